import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileRules } from '../../../rules/compile.ts';
import { lintRules } from '../../../rules/lint/lint.ts';
import { formatRule } from '../../../rules/parse-rule.ts';
import { EMPTY_CONTEXT } from '../../../rules/rule-set.ts';
import type { RuleContext } from '../../../rules/rule-set.ts';
import { arbitraryProgram, arbitraryWorld } from './random-rules.ts';
import { contextOf, firstFacts, ipOf, programOf, rulesOf } from './sample-program.ts';

/** `line code` of each finding. */
function found(lines: readonly string[], context: RuleContext = EMPTY_CONTEXT): string[] {
  return lintRules(programOf(...lines), context).map(
    ({ position, code }) => `${position.line} ${code}`,
  );
}

for (const [what, lines, expected] of [
  ['a duplicate', ['DOMAIN,a.com,P', 'DOMAIN,A.com.,Q', 'MATCH,P'], ['2 rule-duplicate']],
  ['a domain under a suffix', ['DOMAIN-SUFFIX,a.com,P', 'DOMAIN,x.a.com,Q'], ['2 rule-shadowed']],
  [
    'a suffix under a suffix',
    ['DOMAIN-SUFFIX,com,P', 'DOMAIN-SUFFIX,a.com,P'],
    ['2 rule-shadowed'],
  ],
  [
    'a name with a keyword in it',
    ['DOMAIN-KEYWORD,goo,P', 'DOMAIN-SUFFIX,google.com,Q'],
    ['2 rule-shadowed'],
  ],
  [
    'a keyword in a keyword',
    ['DOMAIN-KEYWORD,goo,P', 'DOMAIN-KEYWORD,google,Q'],
    ['2 rule-shadowed'],
  ],
  ['a suffix after a name of it', ['DOMAIN,a.com,P', 'DOMAIN-SUFFIX,a.com,P'], []],
  ['a prefix in a prefix', ['IP-CIDR,10.0.0.0/8,P', 'IP-CIDR,10.1.0.0/16,Q'], ['2 rule-shadowed']],
  [
    'the same with no-resolve',
    ['IP-CIDR,10.0.0.0/8,P', 'IP-CIDR,10.0.0.0/8,Q,no-resolve'],
    ['2 rule-shadowed'],
  ],
  ['no-resolve does not cover', ['IP-CIDR,10.0.0.0/8,P,no-resolve', 'IP-CIDR,10.1.0.0/16,Q'], []],
  ['source and destination', ['SRC-IP-CIDR,10.0.0.0/8,P', 'IP-CIDR,10.1.0.0/16,Q'], []],
  [
    'ports in ports',
    ['DST-PORT,1-100/443,P', 'DST-PORT,80/443,Q', 'DST-PORT,80/101,Q'],
    ['2 rule-shadowed'],
  ],
  [
    'after MATCH',
    ['MATCH,P', 'DOMAIN,a.com,P', 'MATCH,P'],
    ['2 rule-unreachable', '3 rule-unreachable'],
  ],
  [
    'what passes covers nothing',
    ['DOMAIN-SUFFIX,a.com,PASS', 'DOMAIN,x.a.com,Q', 'MATCH,PASS', 'MATCH,Q'],
    [],
  ],
  [
    'bits beyond the length',
    ['IP-CIDR,10.0.0.1/8,P', 'IP-CIDR6,2001:db8::/32,P'],
    ['1 rule-host-bits'],
  ],
  ['DNS before domains', ['GEOIP,CN,P', 'DOMAIN,a.com,P'], ['1 rule-forces-dns']],
  ['no DNS before domains', ['GEOIP,CN,P,no-resolve', 'DOMAIN,a.com,P', 'GEOIP,US,P'], []],
  [
    'broad keywords',
    ['DOMAIN-KEYWORD,com,P', 'DOMAIN-KEYWORD,ab,P', 'DOMAIN-KEYWORD,example,P'],
    ['1 rule-keyword-broad', '2 rule-keyword-broad'],
  ],
  [
    'a duplicate of logic',
    ['AND,((DOMAIN,a.b),(NETWORK,udp)),P', 'AND,((DOMAIN,a.b),(NETWORK,udp)),P'],
    ['2 rule-duplicate'],
  ],
] as const) {
  test(`finds ${what}`, () => assert.deepEqual(found(lines), expected));
}

test('a name that a list before it contains is found, and an empty list', () => {
  const context = contextOf(
    new Map([
      ['ads', { behavior: 'domain', entries: ['a.com', '+.b.com'] }],
      ['none', { behavior: 'domain', entries: [] }],
    ]),
  );
  const lines = [
    'RULE-SET,ads,P',
    'DOMAIN,a.com,Q',
    'DOMAIN-SUFFIX,a.com,Q',
    'DOMAIN-SUFFIX,x.b.com,Q',
  ];
  assert.deepEqual(found([...lines, 'NOT,((RULE-SET,none)),P'], context), [
    '2 rule-shadowed',
    '4 rule-shadowed',
    '5 provider-empty',
  ]);
  // What a list contains may change: it is for a person to decide.
  const [first] = lintRules(programOf(...lines), context);
  assert.equal(first?.fix?.isSafe, false);
});

test('what may be removed never decided anything', () => {
  fc.assert(
    fc.property(arbitraryProgram, arbitraryWorld, (program, world) => {
      const context = contextOf(program.sets);
      const superfluous = new Set(
        lintRules(program, context).flatMap(({ fix }) =>
          fix?.isSafe === true && fix.replace === null ? [fix.rule] : [],
        ),
      );
      const rules = program.rules.filter((rule) => !superfluous.has(rule));
      const dstIp = world.dstIp === null ? null : ipOf(world.dstIp);
      const { domain, process } = world;
      const given = { ...firstFacts(world), domain, process };
      for (const facts of [given, { ...given, dstIp, dstIpResolved: true }, { ...given, dstIp }]) {
        const before = compileRules(program, context).match(facts);
        const after = compileRules({ ...program, rules }, context).match(facts);
        assert.equal(after.kind, before.kind);
        assert.ok(before.kind !== 'decided' || after.kind === 'decided');
        if (before.kind === 'decided') assert.equal(before.target, (after as typeof before).target);
      }
    }),
    { numRuns: 500 },
  );
});

test('a hundred thousand rules are no more than a few passes', () => {
  const lines = Array.from(
    { length: 50_000 },
    (_, n) => `DOMAIN-SUFFIX,n${n}.example${n % 9}.com,P`,
  );
  const prefixes = Array.from({ length: 50_000 }, (_, n) => {
    return `IP-CIDR,${10 + (n >> 12)}.${(n >> 4) & 255}.${(n & 15) * 16}.0/20,P`;
  });
  const all = [...lines, ...prefixes, 'DOMAIN,x.n7.example7.com,P'];
  const rules = all.flatMap((line) => rulesOf(line));
  const findings = lintRules({ rules, subRules: new Map() }, EMPTY_CONTEXT);
  const shadowed = findings.filter(({ code }) => code === 'rule-shadowed');
  assert.deepEqual(
    shadowed.map(({ fix }) => (fix === null ? '' : formatRule(fix.rule))),
    ['DOMAIN,x.n7.example7.com,P'],
  );
});
