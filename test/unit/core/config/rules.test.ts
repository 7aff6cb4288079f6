import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { configOf, problemsOf } from './check.ts';

test('rules keep their order and their place in the file', () => {
  const { rules } = configOf(`
rules:
  - DST-PORT,80,DIRECT
  - "NETWORK,udp,REJECT"
  - >-
    MATCH,
    DIRECT
`);
  assert.deepEqual(
    rules.map(({ type, target, position }) => [type, target, position.line, position.column]),
    [
      ['DST-PORT', 'DIRECT', 3, 5],
      ['NETWORK', 'REJECT', 4, 6],
      ['MATCH', 'DIRECT', 5, 5],
    ],
  );
});

for (const [line, expected] of [
  ['- DOMAN,a.b,DIRECT', '2:3 error rule-type-unknown'],
  ['- IP-CIDR,10.0.0.0/33,DIRECT', '2:11 error rule-payload-invalid'],
  ['- "IP-CIDR,10.0.0.0/33,DIRECT"', '2:12 error rule-payload-invalid'],
  ["- 'IP-CIDR,10.0.0.0/33,DIRECT'", '2:12 error rule-payload-invalid'],
  // An escape before it: the column is that of the whole text.
  ['- "\\x49P-CIDR,10.0.0.0/33,DIRECT"', '2:3 error rule-payload-invalid'],
  ['-   DOMAIN,a.b, ofice', '2:17 error target-unknown'],
  ['- [a, b]', '2:3 error value-invalid'],
  ['- DOMAIN,a.b', '2:13 error rule-target-missing'],
  ['- AND,((DOMAIN,a.b),(DST-PORT,x)),DIRECT', '2:31 error rule-payload-invalid'],
  ['- SUB-RULE,(NETWORK,tcp),mine', '2:26 error sub-rule-unknown'],
] as const) {
  test(`points at the mistake in ${line}`, () => {
    const [first] = problemsOf(`rules:\n${line}\n- MATCH,DIRECT\n`);
    assert.ok(first?.startsWith(expected), first);
  });
}

test('a list without MATCH is a warning, since the rest goes DIRECT', () => {
  assert.deepEqual(problemsOf('mode: rule\nrules:\n  - DST-PORT,80,REJECT\n'), [
    '2:1 warning rules-no-match no MATCH rule: flows that no rule matches go DIRECT',
  ]);
});

test('rules after MATCH are a warning, once, at the first', () => {
  assert.deepEqual(problemsOf('rules: ["MATCH,DIRECT", "DST-PORT,80,REJECT", "MATCH,REJECT"]\n'), [
    '1:25 warning rule-unreachable nothing from here on is ever reached: the rule before it is MATCH',
  ]);
});

test('PASS is a target like any other', () => {
  const text = 'rules: ["DST-PORT,80,PASS", "MATCH,PASS", "MATCH,DIRECT"]\n';
  assert.equal(configOf(text).rules[0]?.target, 'PASS');
  assert.deepEqual(problemsOf(text), []);
});

test('lists of sub-rules are read, and lead to each other', () => {
  const { subRules } = configOf(`
sub-rules:
  first:
    - SUB-RULE,(NETWORK,udp),second
    - MATCH,DIRECT
  second: ["DST-PORT,53,DIRECT"]
rules: ["SUB-RULE,(NETWORK,tcp),first", "MATCH,DIRECT"]
`);
  assert.deepEqual(
    [...subRules].map(([name, rules]) => [name, rules.map(({ type }) => type)]),
    [
      ['first', ['SUB-RULE', 'MATCH']],
      ['second', ['DST-PORT']],
    ],
  );
});

test('lists that lead in a circle are an error with the way', () => {
  const problems = problemsOf(`
sub-rules:
  a: ["SUB-RULE,(NETWORK,udp),b"]
  b: ["SUB-RULE,(NETWORK,udp),c"]
  c: ["SUB-RULE,(NETWORK,udp),b"]
rules: ["SUB-RULE,(NETWORK,tcp),a", "MATCH,DIRECT"]
`);
  assert.deepEqual(problems, [
    '5:31 error sub-rule-circle this leads in a circle: "b" -> "c" -> "b"',
  ]);
});

test('a list that is misspelled is an error with a suggestion', () => {
  const [problem] = problemsOf(
    'sub-rules: {mine: []}\nrules: ["SUB-RULE,(NETWORK,tcp),mien", "MATCH,DIRECT"]\n',
  );
  assert.match(problem ?? '', /sub-rule-unknown.*did you mean "mine"/);
});

const data = new URL('../../../../../shared/data/rules/', import.meta.url);
const skip = existsSync(data) ? false : 'the public rule lists (../shared/data) are not here';

test('a real list as rules has no problem and keeps every line', { skip }, () => {
  const list = readFileSync(new URL('gfw.txt', data), 'utf8').matchAll(/^ {2}- '\+\.(.+)'$/gm);
  const lines = Array.from(list, ([, name]) => `  - DOMAIN-SUFFIX,${name},REJECT\n`);
  const text = `rules:\n${lines.join('')}  - MATCH,DIRECT\n`;
  assert.deepEqual(problemsOf(text), []);
  assert.equal(configOf(text).rules.length, lines.length + 1);
  assert.ok(lines.length > 4000);
});
