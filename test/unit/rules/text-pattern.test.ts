import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRegex, parseWildcard } from '../../../rules/text-pattern.ts';
import type { TextPattern } from '../../../rules/text-pattern.ts';

function regex(source: string): TextPattern {
  const parsed = parseRegex(source);
  assert.ok(parsed.ok, source);
  return parsed.value;
}

for (const [source, literal] of [
  ['^ads?\\.example\\.com$', '.example.com'],
  ['Example[.]com', 'example.com'],
  ['^ad[0-9]+\\.host7\\.', '.host7.'],
  ['(google|gstatic)\\.com', '.com'],
  ['a(b(c|d)e)?fgh', 'fgh'],
  ['abc*', 'ab'],
  ['abc?d{2,3}xy', 'ab'],
  ['abc+d', 'abc'],
  ['a|b', ''],
  ['\\d+abc\\w', 'abc'],
  ['[^.]+', ''],
  ['[[:alpha:]]abc', ''],
  ['\\x61bc', ''],
  ['\\Qa.b\\E', ''],
  ['ü', ''],
] as const) {
  test(`what every text that ${source} matches contains`, () => {
    assert.equal(regex(source).literal, literal);
  });
}

test('what a pattern says that its texts contain, they contain', () => {
  const atom = fc.constantFrom(
    ...[
      'a',
      'b',
      'ab',
      '.',
      '\\.',
      '[.]',
      '[ab]',
      '[^a]',
      '(a|b)',
      '(ab)',
      'A',
      '\\d',
      '^',
      '$',
      '|',
      '(a',
      ')',
    ],
  );
  const repeat = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0,1}', '*?');
  const source = fc
    .array(fc.tuple(atom, repeat), { minLength: 1, maxLength: 7 })
    .map((parts) => parts.map((part) => part.join('')).join(''));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '1'), maxLength: 12 });
  fc.assert(
    fc.property(source, text, (written, found) => {
      const parsed = parseRegex(written);
      if (!parsed.ok || !parsed.value.test(found)) return;
      assert.ok(found.includes(parsed.value.literal), `${written} matches ${found}`);
    }),
    { numRuns: 5000 },
  );
});

test('what would backtrack without end comes to an end', () => {
  const text = `${'a'.repeat(4000)}!`;
  for (const source of ['(a+)+$', '^(a|a)*$', '(a*)*b', '^(([a-z])+.)+[A-Z]([a-z])+$']) {
    assert.equal(regex(source).test(text), false, source);
  }
  const wildcard = parseWildcard('*a'.repeat(400));
  assert.ok(wildcard.ok);
  assert.equal(wildcard.value.test(text), false);
});

for (const source of [
  ...['(?=a)', '(?!a)', '(?<=a)b', '(?<!a)b', '(a)\\1', '(?P<n>a)\\k<n>', 'a++', '(?>a)'],
  ...['a{1001}', 'a{99}'.repeat(11), '[', '(', 'x'.repeat(1001)],
]) {
  test(`${source.slice(0, 20)} is refused with a reason`, () => {
    const parsed = parseRegex(source);
    assert.ok(!parsed.ok);
    assert.match(parsed.reason, /bounded time|too large|not a regular expression|longer than/);
  });
}

for (const [pattern, matching, others] of [
  ['*', ['', 'a.b'], []],
  ['a?c', ['abc', 'a.c'], ['ac', 'abbc']],
  ['*.a.*', ['x.a.y', '.a.'], ['a.b', 'xa.b']],
  ['A*B', ['ab', 'axxb'], ['abx']],
] as const) {
  test(`the wildcard ${pattern} is about the whole text`, () => {
    const parsed = parseWildcard(pattern);
    assert.ok(parsed.ok);
    for (const text of matching) assert.ok(parsed.value.test(text), text);
    for (const text of others) assert.ok(!parsed.value.test(text), text);
  });
}
