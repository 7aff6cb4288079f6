import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { normalizeDomain } from '../../../rules/domain.ts';
import { encodePunycode } from '../../../rules/punycode.ts';

for (const [text, expected] of [
  ['Example.COM', 'example.com'],
  ['example.com.', 'example.com'],
  ['localhost', 'localhost'],
  ['_sip._tcp.example.com', '_sip._tcp.example.com'],
  ['r3---sn-a.example', 'r3---sn-a.example'],
  ['Bücher.example', 'xn--bcher-kva.example'],
  ['例子。测试', 'xn--fsqu00a.xn--0zwm56d'],
  ['1.2.3.4.example', '1.2.3.4.example'],
] as const) {
  test(`${text} becomes ${expected}`, () => {
    assert.equal(normalizeDomain(text), expected);
  });
}

for (const text of [
  ...['', '.', '..', 'a..b', '.a', 'a b', 'a/b', 'a:80', '1.2.3.4', '1.2.3', '::1', 'a\0b', '*.a'],
  ...[`${'a'.repeat(64)}.example`, `${'a.'.repeat(127)}bc`, 'a'.repeat(100_000)],
]) {
  test(`${JSON.stringify(text.slice(0, 40))} is no domain name`, () => {
    assert.equal(normalizeDomain(text), null);
  });
}

test('the longest name is 253 characters', () => {
  const name = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;
  assert.equal(name.length, 253);
  assert.equal(normalizeDomain(name), name);
  assert.equal(normalizeDomain(`${name}.`), name);
  assert.equal(normalizeDomain(`${name}d`), null);
});

// RFC 3492 section 7.1.
for (const [name, label, expected] of [
  ['Arabic', 'ليهمابتكلموشعربي؟', 'egbpdaj6bu4bxfgehfvwxn'],
  ['Chinese', '他们为什么不说中文', 'ihqwcrb4cv8a8dqg056pqjye'],
  ['Hebrew', 'למההםפשוטלאמדבריםעברית', '4dbcagdahymbxekheh6e0a7fei0b'],
  ['Japanese with digits and letters', '3年b組金八先生', '3b-ww4c5e180e575a65lsy2b'],
  ['hyphens', 'ひとつ屋根の下2', '2-u9tlzr9756bt3uc0v'],
] as const) {
  test(`Punycode of the ${name} sample of RFC 3492`, () => {
    assert.equal(encodePunycode(label), expected);
  });
}

test('international names come out as Node writes them', () => {
  const letters = fc.constantFrom(...Array.from('aöéñжпщ日本語한국ไทยáçø0-9'));
  const label = fc.array(letters, { minLength: 1, maxLength: 12 }).map((chars) => chars.join(''));
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 3 }), (labels) => {
      const name = `${labels.join('.')}.example`;
      const expected = domainToASCII(name);
      // Node refuses more, such as a label that begins with a combining mark.
      if (expected !== '') assert.equal(normalizeDomain(name), expected);
    }),
  );
});

test('what was normalized once stays as it is', () => {
  fc.assert(
    fc.property(fc.oneof(fc.domain(), fc.string(), fc.string({ unit: 'grapheme' })), (text) => {
      const name = normalizeDomain(text);
      if (name !== null) assert.equal(normalizeDomain(name), name);
    }),
  );
});
