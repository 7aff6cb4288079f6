/** Random rules and flows from a small world, so that they meet, overlap and shadow each other often. */
import fc from 'fast-check';
import { parseRule } from '../../../rules/parse-rule.ts';
import type { Rule } from '../../../rules/rule.ts';
import type { World } from './naive-matcher.ts';

const label = fc.constantFrom('a', 'b', 'ab', 'ba', 'aa', 'a-b', 'com');
const domain = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const spelled = fc
  .tuple(domain, fc.boolean(), fc.boolean())
  .map(([name, upper, dot]) => (upper ? name.toUpperCase() : name) + (dot ? '.' : ''));
const keyword = fc.constantFrom('a', 'b', 'ab', 'b.a', 'aba', '-', 'A', 'com', 'a.b.a', 'bab');
const ip4 = fc
  .tuple(fc.constantFrom(10, 11, 138), fc.constantFrom(0, 128), fc.constantFrom(0, 1), fc.nat(3))
  .map((bytes) => bytes.join('.'));
const ip6 = fc
  .tuple(fc.constantFrom('2001', 'a001'), fc.constantFrom('0', '8000'), fc.nat(3))
  .map(([first, second, last]) => `${first}:${second}::${last}`);
const ip = fc.oneof(ip4, ip6);
const cidr = fc.oneof(
  fc.tuple(ip4, fc.constantFrom(0, 1, 7, 8, 9, 16, 24, 30, 31, 32)),
  fc.tuple(ip6, fc.constantFrom(0, 1, 16, 17, 32, 33, 64, 96, 126, 127, 128)),
);
const cidrText = cidr.map(([address, length]) => `${address}/${length}`);
const port = fc.nat(6);
const portText = fc.oneof(
  port.map(String),
  fc.tuple(port, port).map(([first, last]) => `${first}-${last}`),
);
const ports = fc.array(portText, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

const line = fc
  .oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constant('DOMAIN'), spelled) },
    { weight: 4, arbitrary: fc.tuple(fc.constant('DOMAIN-SUFFIX'), spelled) },
    { weight: 3, arbitrary: fc.tuple(fc.constant('DOMAIN-KEYWORD'), keyword) },
    { weight: 6, arbitrary: fc.tuple(fc.constantFrom('IP-CIDR', 'IP-CIDR6'), cidrText) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('SRC-IP-CIDR'), cidrText) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom('DST-PORT', 'SRC-PORT'), ports) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('NETWORK'), fc.constantFrom('tcp', 'UDP')) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('GEOIP'), fc.constant('CN')) },
    { weight: 1, arbitrary: fc.constant(['MATCH'] as const) },
  )
  .chain((fields) =>
    fc
      .tuple(fc.constantFrom('DIRECT', 'P'), fc.constantFrom([], ['no-resolve'], ['src']))
      .map(([target, flags]) => [...fields, target, ...flags].join(',')),
  );

export const arbitraryRules: fc.Arbitrary<Rule[]> = fc.array(line, { maxLength: 30 }).map((lines) =>
  lines.map((text, index) => {
    const { rule } = parseRule(text, { line: index + 1, column: 1 });
    if (rule === null) throw new Error(`the generator made a bad rule: ${text}`);
    return rule;
  }),
);

export const arbitraryWorld: fc.Arbitrary<World> = fc
  .record({
    network: fc.constantFrom('tcp' as const, 'udp' as const),
    srcIp: ip,
    srcPort: port,
    dstPort: port,
    domain: fc.option(domain),
    dstIp: fc.option(ip),
    ipKnown: fc.boolean(),
  })
  // A flow without a name came with its address.
  .filter((world) =>
    world.dstIp !== null ? world.domain !== null || world.ipKnown : !world.ipKnown,
  );
