import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { ruleTypes } from '../../../rules/rule-types.ts';
import { formatClause, formatRule, parseRule } from '../../../rules/parse-rule.ts';

const position = { line: 3, column: 5 };

for (const [text, condition] of [
  ['DOMAIN,Example.com.,P', { kind: 'domain', domain: 'example.com' }],
  ['domain-suffix,bücher.example,P', { kind: 'domain-suffix', suffix: 'xn--bcher-kva.example' }],
  ['DOMAIN-KEYWORD,GooGle,P', { kind: 'domain-keyword', keyword: 'google' }],
  ['DOMAIN-WILDCARD,*.Bücher.example,P', null],
  ['GEOSITE,Google@CN,P', { kind: 'geosite', code: 'google@cn', negated: false }],
  ['GEOSITE,!cn,P', { kind: 'geosite', code: 'cn', negated: true }],
  ['GEOIP,LAN,P', { kind: 'geoip', code: 'lan', negated: false, src: false, noResolve: false }],
  ['SRC-GEOIP,!CN,P', { kind: 'geoip', code: 'cn', negated: true, src: true, noResolve: true }],
  ['IP-ASN,13335,P,no-resolve', { kind: 'ip-asn', asn: 13335, src: false, noResolve: true }],
  ['RULE-SET,ads,P,src', { kind: 'rule-set', name: 'ads', src: true, noResolve: true }],
  ['DST-PORT,80,P', { kind: 'port', of: 'dst', ranges: [{ first: 80, last: 80 }] }],
  [
    'SRC-PORT,9000-8000/80//81,P',
    {
      kind: 'port',
      of: 'src',
      ranges: [
        { first: 80, last: 81 },
        { first: 8000, last: 9000 },
      ],
    },
  ],
  ['IN-PORT,7890,P', { kind: 'port', of: 'in', ranges: [{ first: 7890, last: 7890 }] }],
  ['IN-TYPE,socks/TUN,P', { kind: 'inbound', field: 'type', values: ['SOCKS4', 'SOCKS5', 'TUN'] }],
  ['IN-USER,me/You,P', { kind: 'inbound', field: 'user', values: ['me', 'You'] }],
  ['IN-NAME,x,P', { kind: 'inbound', field: 'name', values: ['x'] }],
  ['PROCESS-NAME,Curl,P', { kind: 'process', field: 'name', text: 'curl' }],
  ['PROCESS-PATH,/bin/Curl,P', { kind: 'process', field: 'path', text: '/bin/curl' }],
  [
    'UID,0/1000-1002,P',
    {
      kind: 'uid',
      ranges: [
        { first: 0, last: 0 },
        { first: 1000, last: 1002 },
      ],
    },
  ],
  ['DSCP,46,P', { kind: 'dscp', ranges: [{ first: 46, last: 46 }] }],
  ['ZONE,WSL/container,P', { kind: 'zone', zones: ['wsl', 'container'] }],
  ['NETWORK,UDP,P', { kind: 'network', network: 'udp' }],
  ['MATCH,P', { kind: 'always' }],
] as const) {
  test(`reads ${text}`, () => {
    const { rule, problems } = parseRule(text, position);
    assert.deepEqual(problems, []);
    if (condition !== null) assert.deepEqual(rule?.condition, condition);
    assert.equal(rule?.target, 'P');
    assert.deepEqual(rule.position, position);
  });
}

test('the flags of an address rule are read', () => {
  const kind = (text: string): unknown => parseRule(text, position).rule?.condition;
  const own = { src: false, noResolve: false };
  const source = { src: true, noResolve: true };
  const ip = { family: 4, w0: 10 << 24, w1: 0, w2: 0, w3: 0 };
  const cidr = { kind: 'ip-cidr', prefix: { ip, length: 8 } };
  assert.deepEqual(kind('IP-CIDR,10.0.0.0/8,P'), { ...cidr, ...own });
  assert.deepEqual(kind('IP-CIDR,10.0.0.0/8,P,no-resolve'), { ...cidr, ...own, noResolve: true });
  assert.deepEqual(kind('IP-CIDR,10.0.0.0/8,P,src'), { ...cidr, ...source });
  assert.deepEqual(kind('SRC-IP-CIDR,10.0.0.0/8,P'), { ...cidr, ...source });
});

test('IP-SUFFIX keeps the last bits alone', () => {
  const { rule } = parseRule('IP-SUFFIX,192.0.2.1/9,P', position);
  const ip = { family: 4, w0: 0x001, w1: 0, w2: 0, w3: 0 };
  assert.deepEqual(rule?.condition, {
    kind: 'ip-suffix',
    suffix: { ip, length: 9 },
    src: false,
    noResolve: false,
  });
});

test('logic is read to its members, with their flags, however it is spaced', () => {
  const text =
    'AND, ( (DOMAIN-REGEX,^(a|b){1,2}\\.com$) , (not,((IP-CIDR,10.0.0.0/8,no-resolve))) ) ,P';
  const { rule, problems } = parseRule(text, position);
  assert.deepEqual(problems, []);
  assert.ok(rule?.condition.kind === 'and');
  const [first, second] = rule.condition.members;
  assert.equal(first?.payload, '^(a|b){1,2}\\.com$');
  assert.ok(second?.condition.kind === 'not');
  assert.equal(formatClause(second.condition.member), 'IP-CIDR,10.0.0.0/8,no-resolve');
});

test('SUB-RULE has one condition and the name of a list', () => {
  for (const text of ['SUB-RULE,(NETWORK,tcp),mine', 'SUB-RULE,((NETWORK,tcp)),mine']) {
    const { rule } = parseRule(text, position);
    assert.ok(rule?.condition.kind === 'sub-rule');
    assert.equal(rule.condition.when.type, 'NETWORK');
    assert.equal(rule.target, 'mine');
  }
});

for (const [text, code, offset, message] of [
  ['', 'rule-empty', 0, /empty/],
  [' , ', 'rule-empty', 1, /empty/],
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
  ['DSCP,64,P', 'rule-payload-invalid', 5, /0 to 63/],
  ['UID,x,P', 'rule-payload-invalid', 4, /user number/],
  ['ZONE,moon,P', 'rule-payload-invalid', 5, /host, wsl/],
  ['IN-TYPE,TUNN,P', 'rule-payload-invalid', 8, /did you mean "TUN"/],
  ['IP-ASN,AS13335,P', 'rule-payload-invalid', 7, /13335/],
  ['IP-SUFFIX,8.8.8.8,P', 'rule-payload-invalid', 10, /last bits/],
  ['GEOIP,C N,P', 'rule-payload-invalid', 6, /country/],
  ['DOMAIN-REGEX,(?=a)b,P', 'rule-payload-invalid', 13, /ahead or behind.*AND with NOT/],
  ['DOMAIN-REGEX,(a)\\1,P', 'rule-payload-invalid', 13, /refers back/],
  ['PROCESS-PATH-REGEX,a++,P', 'rule-payload-invalid', 19, /possessive/],
  ['PROCESS-NAME-REGEX,[a,P', 'rule-payload-invalid', 19, /missing closing/],
  ['DOMAIN-REGEX,(a{999}){999},P', 'rule-payload-invalid', 13, /too large/],
  ['AND,((DOMAIN,a.b),(DST-PORT,x)),P', 'rule-payload-invalid', 28, /not a port/],
  ['AND,((DOMAIN,a.b),P', 'rule-payload-invalid', 4, /"\(" without "\)"/],
  ['AND,(DOMAIN,a.b)),P', 'rule-payload-invalid', 16, /"\)" without "\("/],
  ['OR,(),P', 'rule-empty', 4, /empty/],
  ['NOT,((DOMAIN,a.b),(DOMAIN,c.d)),P', 'rule-payload-invalid', 4, /one rule/],
  ['AND,((MATCH)),P', 'rule-type-misplaced', 6, /MATCH cannot stand here/],
  ['AND,((SUB-RULE,(NETWORK,tcp),x)),P', 'rule-type-misplaced', 6, /SUB-RULE/],
  ['AND,DOMAIN,P', 'rule-payload-invalid', 4, /parentheses/],
  [`${'NOT,('.repeat(40)}DOMAIN,a${')'.repeat(40)},P`, 'rule-too-deep', 84, /16 levels/],
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
    'RULE-SET,ads,P,no-resolve',
    'GEOIP,CN,P,src',
    'AND,((DOMAIN,a.b),(NETWORK,UDP)),P',
    'DOMAIN-REGEX,^a{1,2}$,P',
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
      fc.constantFrom('((', '))', '(DOMAIN', '(NOT', 'SUB-RULE', 'GEOIP', 'DOMAIN-REGEX', '(a*)*$'),
      fc.constantFrom(...ruleTypes.keys()),
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
