import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatRule, parseRule } from '../../../rules/parse-rule.ts';

const position = { line: 3, column: 5 };

for (const [text, condition] of [
  ['DOMAIN,Example.com.,P', { kind: 'domain', domain: 'example.com' }],
  ['domain-suffix,bücher.example,P', { kind: 'domain-suffix', suffix: 'xn--bcher-kva.example' }],
  ['DOMAIN-KEYWORD,GooGle,P', { kind: 'domain-keyword', keyword: 'google' }],
  ['DST-PORT,80,P', { kind: 'dst-port', ranges: [{ first: 80, last: 80 }] }],
  [
    'SRC-PORT,80/9000-8000,P',
    {
      kind: 'src-port',
      ranges: [
        { first: 80, last: 80 },
        { first: 8000, last: 9000 },
      ],
    },
  ],
  ['NETWORK,UDP,P', { kind: 'network', network: 'udp' }],
  ['MATCH,P', { kind: 'always' }],
] as const) {
  test(`reads ${text}`, () => {
    const { rule, problems } = parseRule(text, position);
    assert.deepEqual(problems, []);
    assert.deepEqual(rule?.condition, condition);
    assert.equal(rule.target, 'P');
    assert.deepEqual(rule.position, position);
  });
}

test('the flags of an address rule are read', () => {
  const kind = (text: string): unknown => parseRule(text, position).rule?.condition;
  const ip = { family: 4, w0: 10 << 24, w1: 0, w2: 0, w3: 0 };
  const prefix = { ip, length: 8 };
  assert.deepEqual(kind('IP-CIDR,10.0.0.0/8,P'), { kind: 'dst-ip', prefix, noResolve: false });
  assert.deepEqual(kind('IP-CIDR,10.0.0.0/8,P,no-resolve'), {
    kind: 'dst-ip',
    prefix,
    noResolve: true,
  });
  assert.deepEqual(kind('IP-CIDR,10.0.0.0/8,P,src'), { kind: 'src-ip', prefix });
  assert.deepEqual(kind('SRC-IP-CIDR,10.0.0.0/8,P'), { kind: 'src-ip', prefix });
});

for (const [text, code, offset, message] of [
  ['', 'rule-empty', 0, /empty/],
  [' , ', 'rule-empty', 0, /empty/],
  ['DOMAIN-SUFIX,a.b,P', 'rule-type-unknown', 0, /did you mean "DOMAIN-SUFFIX"/],
  ['  NONSENSE,a,P', 'rule-type-unknown', 2, /unknown rule type "NONSENSE"$/],
  ['DOMAIN', 'rule-payload-missing', 6, /no payload/],
  ['DOMAIN, ,P', 'rule-payload-missing', 8, /nothing to compare/],
  ['DOMAIN,a.b', 'rule-target-missing', 10, /"DOMAIN,a.b,DIRECT"/],
  ['MATCH', 'rule-target-missing', 5, /"MATCH,DIRECT"/],
  ['DOMAIN,a.b, ', 'rule-target-missing', 12, /no target/],
  ['IP-CIDR,10.0.0.0,P', 'rule-payload-invalid', 8, /10\.0\.0\.0\/32/],
  ['IP-CIDR, 10.0.0.0/33,P', 'rule-payload-invalid', 9, /0 to 32/],
  ['DST-PORT,65536,P', 'rule-payload-invalid', 9, /"65536" is not a port/],
  ['DST-PORT,1-2-3,P', 'rule-payload-invalid', 9, /not a port/],
  ['NETWORK,icmp,P', 'rule-payload-invalid', 8, /tcp or udp/],
] as const) {
  test(`refuses ${JSON.stringify(text)} and points at the mistake`, () => {
    const { rule, problems } = parseRule(text, position);
    assert.equal(rule, null);
    const [problem] = problems;
    assert.ok(problem);
    assert.equal(problem.severity, 'error');
    assert.equal(problem.code, code);
    assert.equal(problem.offset, offset);
    assert.match(problem.message, message);
  });
}

for (const [text, code] of [
  ['GEOIP,CN,P,no-resolve', 'rule-type-unsupported'],
  ['AND,((DOMAIN,a.b),(NETWORK,UDP)),P', 'rule-type-unsupported'],
  ['DOMAIN,*.example.com,P', 'rule-never-matches'],
  ['DOMAIN-SUFFIX,1.2.3.4,P', 'rule-never-matches'],
  ['DOMAIN-KEYWORD,a/b,P', 'rule-never-matches'],
] as const) {
  test(`takes ${text} with a warning, and it never matches`, () => {
    const { rule, problems } = parseRule(text, position);
    assert.equal(rule?.condition.kind, 'never');
    assert.equal(rule.target, 'P');
    assert.deepEqual(
      problems.map(({ severity, code }) => [severity, code]),
      [['warning', code]],
    );
  });
}

test('commas belong to the payload of logical and regular-expression rules', () => {
  const { rule } = parseRule('AND,((DOMAIN,a.b),(NETWORK,UDP)),P', position);
  assert.equal(rule?.payload, '((DOMAIN,a.b),(NETWORK,UDP))');
  assert.equal(parseRule('DOMAIN-REGEX,^a{1,2}$,P', position).rule?.payload, '^a{1,2}$');
});

test('an unknown flag is a warning with a suggestion', () => {
  const { rule, problems } = parseRule('IP-CIDR,10.0.0.0/8,P,no-resolv', position);
  assert.ok(rule);
  assert.equal(problems[0]?.code, 'rule-flag-unknown');
  assert.equal(problems[0].offset, 21);
  assert.match(problems[0].message, /did you mean "no-resolve"/);
});

test('a rule that was written is read as the same rule', () => {
  for (const text of [
    'DOMAIN,example.com,P',
    'IP-CIDR,10.0.0.0/8,P,no-resolve',
    'IP-CIDR6,2001:db8::/32,P,src',
    'SRC-IP-CIDR,10.0.0.0/8,P',
    'MATCH,P',
  ]) {
    const { rule } = parseRule(text, position);
    assert.ok(rule);
    assert.equal(formatRule(rule), text);
  }
});

test('no text makes the parser throw, and every text gives a rule or an error', () => {
  const fields = fc.array(
    fc.oneof(
      fc.constantFrom('DOMAIN', 'IP-CIDR', 'DST-PORT', 'AND', 'MATCH', 'no-resolve', '10.0.0.0/8'),
      fc.string({ unit: 'grapheme' }),
    ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(
      fields.map((parts) => parts.join(',')),
      (text) => {
        const { rule, problems } = parseRule(text, position);
        const hasError = problems.some(({ severity }) => severity === 'error');
        assert.equal(rule === null, hasError);
        for (const { offset } of problems) assert.ok(offset >= 0 && offset <= text.length);
      },
    ),
    { numRuns: 2000 },
  );
});

test('hostile text is shown harmlessly', () => {
  const { problems } = parseRule(`\u001b[31mX${'y'.repeat(10_000)},a,b`, position);
  const message = problems[0]?.message ?? '';
  assert.ok(message.length < 200);
  assert.doesNotMatch(message, /\p{Cc}/u);
});

const data = new URL('../../../../shared/data/rules/', import.meta.url);
const skip = existsSync(data) ? false : 'the public rule lists (../shared/data) are not here';

test('every line of the real lists is a rule without a problem', { skip }, () => {
  for (const [file, rule] of [
    ['direct.txt', (payload: string) => `DOMAIN,${payload.replace(/^\+\./, '')},P`],
    ['gfw.txt', (payload: string) => `DOMAIN-SUFFIX,${payload.replace(/^\+\./, '')},P`],
    ['cncidr.txt', (payload: string) => `IP-CIDR,${payload},P`],
    ['telegramcidr.txt', (payload: string) => `IP-CIDR6,${payload},P`],
  ] as const) {
    const text = readFileSync(new URL(file, data), 'utf8');
    for (const [, payload = ''] of text.matchAll(/^ {2}- '(.+)'$/gm)) {
      const { problems } = parseRule(rule(payload), position);
      assert.deepEqual(problems, [], payload);
    }
  }
});
