/** Rules, rule sets and flows for tests: short ways to write them, and the truth as facts. */
import assert from 'node:assert/strict';
import type { RuleProgram } from '../../../rules/compile.ts';
import type { FlowFacts } from '../../../rules/flow-facts.ts';
import { TUN_INBOUND } from '../../../rules/flow-facts.ts';
import { formatIp, parseIp } from '../../../rules/ip.ts';
import type { Ip } from '../../../rules/ip.ts';
import { runAtOnce } from '../../../rules/pace.ts';
import { parseRule } from '../../../rules/parse-rule.ts';
import type { Rule } from '../../../rules/rule.ts';

import type { RuleContext, RuleSet, RuleSetSlot } from '../../../rules/rule-set.ts';
import { ClassicalSetBuilder } from '../../../rules/sets/classical-set.ts';
import { DomainSetBuilder } from '../../../rules/sets/domain-set.ts';
import { PrefixSetBuilder } from '../../../rules/sets/prefix-set.ts';
import type { ListedSet, World } from './naive-matcher.ts';
import { countries, systems } from './naive-matcher.ts';

/** The first rule stands in line 1. */
export function rulesOf(...lines: string[]): Rule[] {
  return lines.map((line, index) => {
    const { rule, problems } = parseRule(line, { line: index + 1, column: 1 });
    assert.ok(rule, `${line}: ${problems[0]?.message}`);
    return rule;
  });
}

export function programOf(...lines: string[]): RuleProgram {
  return { rules: rulesOf(...lines), subRules: new Map() };
}

export function ipOf(text: string): Ip {
  const ip = parseIp(text);
  assert.ok(ip, text);
  return ip;
}

export function factsOf(changes: Partial<FlowFacts> = {}): FlowFacts {
  return {
    network: 'tcp',
    srcIp: ipOf('192.0.2.1'),
    srcPort: 40000,
    dstIp: ipOf('203.0.113.5'),
    dstPort: 443,
    domain: null,
    dstIpResolved: false,
    zone: 'host',
    dscp: 0,
    inbound: TUN_INBOUND,
    process: null,
    ...changes,
  };
}

/** What is known of a flow before anybody has asked for more. */
export function firstFacts(world: World): FlowFacts {
  const { network, srcPort, dstPort, zone, dscp, inbound, user } = world;
  const dstIp = world.dstIp === null ? null : ipOf(world.dstIp);
  return {
    ...{ network, srcPort, dstPort, zone, dscp },
    srcIp: ipOf(world.srcIp),
    // A flow that came with its name alone has it from the start.
    domain: world.ipKnown ? undefined : world.domain,
    dstIp: world.ipKnown ? dstIp : undefined,
    dstIpResolved: false,
    inbound: { ...inbound, user },
    process: undefined,
  };
}

function domainSetOf(...entries: string[]): RuleSet {
  const builder = new DomainSetBuilder();
  entries.forEach((entry, index) => assert.ok(builder.add(entry, index + 1), entry));
  return runAtOnce(builder.build());
}

function prefixSetOf(...entries: string[]): RuleSet {
  const builder = new PrefixSetBuilder();
  entries.forEach((entry, index) => assert.ok(builder.add(entry, index + 1), entry));
  return runAtOnce(builder.build());
}

/** Rule sets by name, which are lists of GEOSITE as well, and the countries of the naive matcher. */
export function contextOf(sets: ReadonlyMap<string, ListedSet>): RuleContext {
  const slots = new Map<string, RuleSetSlot>();
  const context: RuleContext = {
    ruleSets: slots,
    geosite: (code) => slots.get(code) ?? null,
    geoip: (ip) => {
      const country = countries[formatIp(ip)[0] ?? ''];
      return country === undefined ? [] : [country];
    },
    asn: (ip) => systems[formatIp(ip)[0] ?? ''] ?? 0,
  };
  for (const [name, { behavior, entries }] of sets) {
    let current: RuleSet;
    if (behavior === 'domain') current = domainSetOf(...entries);
    else if (behavior === 'ipcidr') current = prefixSetOf(...entries);
    else {
      const builder = new ClassicalSetBuilder(context);
      entries.forEach((entry, index) => builder.add(entry, index + 1));
      current = runAtOnce(builder.build());
    }
    slots.set(name, { name, current });
  }
  return context;
}
