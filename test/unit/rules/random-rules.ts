/** Random rules and flows from a small world, so that they meet, overlap and shadow each other often. */
import fc from 'fast-check';
import { parseProviderLine } from '../../../rules/parse-clause.ts';
import { parseRule } from '../../../rules/parse-rule.ts';
import type { Clause, Rule } from '../../../rules/rule.ts';
import type { ListedSet, Program, World } from './naive-matcher.ts';

const label = fc.constantFrom('a', 'b', 'ab', 'ba', 'aa', 'a-b', 'com', 'xn--fsq');
const domain = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const spelled = fc
  .tuple(domain, fc.boolean(), fc.boolean())
  .map(([name, upper, dot]) => (upper ? name.toUpperCase() : name) + (dot ? '.' : ''))
  .map((name) => name.replace(/xn--fsq/i, '例'));
const keyword = fc.constantFrom('a', 'b', 'ab', 'b.a', 'aba', '-', 'A', 'com', 'a.b.a', 'bab');
const wildcard = fc.constantFrom('*', '*.com', 'a?', '*.a*.com', '?', 'a.b.*', '*B*', 'ab*?');
const regex = fc.constantFrom(
  ...[
    '^a',
    'b$',
    '^(a|ab)\\.com$',
    'a.b',
    '^[ab]+\\.',
    'a{1,2}',
    '(ba)+',
    '^ab\\.a.*',
    'A[.]b',
    '',
  ],
);
const ip4 = fc
  .tuple(fc.constantFrom(10, 11, 138, 192), fc.constantFrom(0, 128), fc.nat(1), fc.nat(3))
  .map((bytes) => bytes.join('.'));
const ip6 = fc
  .tuple(fc.constantFrom('2001', 'a001'), fc.constantFrom('0', '8000'), fc.nat(3))
  .map(([first, second, last]) => `${first}:${second}::${last}`);
const ip = fc.oneof(ip4, ip6);
const cidr = fc
  .oneof(
    fc.tuple(ip4, fc.constantFrom(0, 1, 7, 8, 9, 16, 24, 30, 31, 32)),
    fc.tuple(ip6, fc.constantFrom(0, 1, 16, 17, 32, 33, 64, 96, 126, 127, 128)),
  )
  .map(([address, length]) => `${address}/${length}`);
const suffix = fc
  .oneof(
    fc.tuple(ip4, fc.constantFrom(1, 2, 8, 9, 24, 32)),
    fc.tuple(ip6, fc.constantFrom(1, 2, 64, 100, 128)),
  )
  .map(([address, length]) => `${address}/${length}`);
const small = fc.nat(6);
const range = fc.tuple(small, small).map(([first, last]) => `${first}-${last}`);
const numbers = fc
  .array(fc.oneof(small.map(String), range), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
const code = fc.constantFrom('CN', 'us', 'lan', '!cn', '!LAN', 'fr');
const asn = fc.constantFrom('1', '2', '3', '9');
const program = fc.constantFrom('curl', 'Curl', 'ssh', '/bin/curl', '/BIN/ssh', '*/curl', '*s*');
const programRegex = fc.constantFrom('^curl$', 'c.*l', '^/bin/', 'ssh|curl', '[sc]');
const setName = fc.constantFrom('names', 'nets', 'mixed', 'missing');
const siteName = fc.constantFrom('names', '!names', 'missing', '!missing');

const flags = fc.constantFrom([], ['no-resolve'], ['src']);

function list(...values: string[]): fc.Arbitrary<string> {
  return fc
    .uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 })
    .map((chosen) => chosen.join('/'));
}

function kind(weight: number, types: string[], payload: fc.Arbitrary<string>) {
  return { weight, arbitrary: fc.tuple(fc.constantFrom(...types), payload) };
}

/** Type and payload of what is not made of others. */
const simple = fc.oneof(
  kind(4, ['DOMAIN', 'DOMAIN-SUFFIX'], spelled),
  kind(2, ['DOMAIN-KEYWORD'], keyword),
  kind(1, ['DOMAIN-WILDCARD'], wildcard),
  kind(
    1,
    ['DOMAIN-REGEX'],
    regex.filter((text) => text !== ''),
  ),
  kind(5, ['IP-CIDR', 'IP-CIDR6', 'SRC-IP-CIDR'], cidr),
  kind(1, ['IP-SUFFIX', 'SRC-IP-SUFFIX'], suffix),
  kind(1, ['GEOIP', 'SRC-GEOIP'], code),
  kind(1, ['IP-ASN', 'SRC-IP-ASN'], asn),
  kind(2, ['DST-PORT', 'SRC-PORT', 'IN-PORT', 'DSCP', 'UID'], numbers),
  kind(1, ['NETWORK'], fc.constantFrom('tcp', 'UDP')),
  kind(1, ['ZONE'], list('host', 'WSL', 'container', 'lan')),
  kind(1, ['IN-TYPE'], list('tun', 'SOCKS', 'HTTP')),
  kind(1, ['IN-NAME', 'IN-USER'], list('x', 'y')),
  kind(1, ['PROCESS-NAME', 'PROCESS-PATH'], program),
  kind(1, ['PROCESS-NAME-WILDCARD', 'PROCESS-PATH-WILDCARD'], program),
  kind(1, ['PROCESS-NAME-REGEX', 'PROCESS-PATH-REGEX'], programRegex),
  kind(1, ['GEOSITE'], siteName),
  kind(2, ['RULE-SET'], setName),
);

const clauseText = (withSets: boolean): fc.Arbitrary<string> =>
  fc.letrec<{ clause: string; logic: string }>((tie) => ({
    clause: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      {
        weight: 5,
        arbitrary: fc
          .tuple(simple, flags)
          .filter(([[type]]) => withSets || type !== 'RULE-SET')
          .map(([fields, extra]) => [...fields, ...flagsFor(fields[0], extra)].join(',')),
      },
      { weight: 2, arbitrary: tie('logic') },
    ),
    logic: fc.oneof(
      { depthSize: 'small' },
      tie('clause').map((member) => `NOT,((${member}))`),
      fc
        .tuple(
          fc.constantFrom('AND', 'OR'),
          fc.array(tie('clause'), { minLength: 1, maxLength: 3 }),
        )
        .map(([type, members]) => `${type},(${members.map((one) => `(${one})`).join(',')})`),
    ),
  })).clause;

function flagsFor(type: string, extra: readonly string[]): readonly string[] {
  return /^(IP-|GEOIP|RULE-SET)/.test(type) ? extra : [];
}

const target = fc.constantFrom('DIRECT', 'P', 'P', 'P', 'PASS');

/** A member's text and its target as one rule: the target stands before the flags of simple types. */
function ruleText(clause: string, to: string): string {
  if (/^(AND|OR|NOT)|-REGEX/.test(clause)) return `${clause},${to}`;
  const [type = '', payload = '', ...extra] = clause.split(',');
  return [type, payload, to, ...extra].join(',');
}

const plainLine = fc.tuple(clauseText(true), target).map(([clause, to]) => ruleText(clause, to));

const line = (lists: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 12, arbitrary: plainLine },
    { weight: 1, arbitrary: target.map((to) => `MATCH,${to}`) },
    ...(lists.length === 0
      ? []
      : [
          {
            weight: 1,
            arbitrary: fc
              .tuple(clauseText(true), fc.constantFrom(...lists))
              .map(([clause, list]) => `SUB-RULE,(${clause}),${list}`),
          },
        ]),
  );

function rulesOf(lines: readonly string[]): Rule[] {
  return lines.map((text, index) => {
    const { rule, problems } = parseRule(text, { line: index + 1, column: 1 });
    if (rule === null) throw new Error(`a bad rule was made: ${text}: ${problems[0]?.message}`);
    return rule;
  });
}

const nameEntry = fc
  .tuple(fc.constantFrom('', '+.', '.', '*.'), fc.array(fc.oneof(label, fc.constant('*'))))
  .map(([prefix, labels]) => prefix + ['a', ...labels].reverse().join('.'));

const sets = fc.record({
  names: fc.array(nameEntry, { maxLength: 6 }),
  nets: fc.array(cidr, { maxLength: 6 }),
  mixed: fc.array(clauseText(false), { maxLength: 6 }),
});

function clauseOf(text: string): Clause {
  const { clause, problems } = parseProviderLine(text);
  if (clause === null) throw new Error(`a bad entry was made: ${text}: ${problems[0]?.message}`);
  return clause;
}

export const arbitraryProgram: fc.Arbitrary<Program> = fc
  .tuple(
    fc.array(line(['first', 'second']), { maxLength: 25 }),
    fc.array(line(['second']), { maxLength: 5 }),
    fc.array(line([]), { maxLength: 5 }),
    sets,
  )
  .map(([rules, first, second, { names, nets, mixed }]) => ({
    rules: rulesOf(rules),
    subRules: new Map([
      ['first', rulesOf(first)],
      ['second', rulesOf(second)],
    ]),
    sets: new Map<string, ListedSet>([
      ['names', { behavior: 'domain', entries: names }],
      ['nets', { behavior: 'ipcidr', entries: nets }],
      ['mixed', { behavior: 'classical', entries: mixed }],
    ]),
    clauses: new Map([['mixed', mixed.map(clauseOf)]]),
  }));

export const arbitraryWorld: fc.Arbitrary<World> = fc
  .record({
    network: fc.constantFrom('tcp' as const, 'udp' as const),
    srcIp: ip,
    srcPort: small,
    dstPort: small,
    domain: fc.option(domain),
    dstIp: fc.option(ip),
    ipKnown: fc.boolean(),
    zone: fc.constantFrom('host' as const, 'wsl' as const, 'lan' as const),
    dscp: small,
    inbound: fc.record({
      type: fc.constantFrom('TUN', 'SOCKS5', 'HTTP'),
      name: fc.constantFrom('', 'x'),
      port: small,
    }),
    user: fc.constantFrom('', 'y'),
    process: fc.option(
      fc.record({
        name: fc.constantFrom('curl', 'CURL', 'ssh'),
        path: fc.constantFrom('/bin/curl', '/bin/SSH', ''),
        uid: small,
      }),
    ),
  })
  // A flow without a name came with its address.
  .filter((world) =>
    world.dstIp !== null ? world.domain !== null || world.ipKnown : !world.ipKnown,
  );
