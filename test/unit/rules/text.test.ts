import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest, quote } from '../../../rules/text.ts';

for (const [name, expected] of [
  ['mixed-prot', 'mixed-port'],
  ['MODE', 'mode'],
  ['rule', 'rules'],
  ['proxy-group', 'proxy-groups'],
  ['xyzzy', null],
  ['m', null],
  ['a'.repeat(10_000), null],
] as const) {
  test(`${name.slice(0, 20)} is taken for ${expected}`, () => {
    assert.equal(
      nearest(name, ['mode', 'mixed-port', 'rules', 'proxies', 'proxy-groups']),
      expected,
    );
  });
}

test('quoted text is short and has nothing that a terminal would act on', () => {
  assert.equal(quote('plain ü 例'), '"plain ü 例"');
  assert.equal(quote('a"b\\c'), '"a\\"b\\\\c"');
  assert.equal(
    quote('\u001b[1m\u009b\u202e\u2028\n'),
    '"\\u{1b}[1m\\u{9b}\\u{202e}\\u{2028}\\u{a}"',
  );
  assert.equal(quote('x'.repeat(100), 5), '"xxxxx…"');
});
