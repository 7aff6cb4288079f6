import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { CompiledRules } from '../../../rules/compile.ts';
import { explain } from '../../../rules/explain.ts';
import { TUN_INBOUND } from '../../../rules/flow-facts.ts';
import type { FlowFacts } from '../../../rules/flow-facts.ts';
import { parseIp } from '../../../rules/ip.ts';
import type { Outcome } from '../../../rules/outcome.ts';
import { parseRule } from '../../../rules/parse-rule.ts';
import type { Rule } from '../../../rules/rule.ts';
import type { World } from './naive-matcher.ts';
import { naiveMatch } from './naive-matcher.ts';
import { arbitraryRules, arbitraryWorld } from './random-rules.ts';

function rulesOf(...lines: string[]): Rule[] {
  return lines.map((line, index) => {
    const { rule } = parseRule(line, { line: index + 1, column: 1 });
    assert.ok(rule, line);
    return rule;
  });
}

function ipOf(text: string): NonNullable<FlowFacts['dstIp']> {
  const ip = parseIp(text);
  assert.ok(ip);
  return ip;
}

function factsOf(changes: Partial<FlowFacts> = {}): FlowFacts {
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

/** Asks as the engine does: finds out what is needed, and nothing else. */
function decide(rules: readonly Rule[], world: World): { outcome: Outcome; facts: FlowFacts } {
  const compiled = new CompiledRules(rules);
  const truth = world.dstIp === null ? null : ipOf(world.dstIp);
  let facts = factsOf({
    network: world.network,
    srcIp: ipOf(world.srcIp),
    srcPort: world.srcPort,
    dstPort: world.dstPort,
    // A flow that came with its name alone has it from the start.
    domain: world.ipKnown ? undefined : world.domain,
    dstIp: world.ipKnown ? truth : undefined,
  });
  for (;;) {
    const outcome = compiled.match(facts);
    assert.deepEqual(explain(rules, facts).outcome, outcome);
    if (outcome.kind === 'need-domain') {
      assert.equal(facts.domain, undefined);
      const without = compiled.match({ ...facts, domain: null });
      const other = without.kind === 'decided' ? without.index : -1;
      assert.ok(other < 0 || outcome.index < other, 'asks for a domain that changes nothing');
      facts = { ...facts, domain: world.domain };
    } else if (outcome.kind === 'need-ip') {
      assert.equal(facts.dstIp, undefined);
      facts = { ...facts, dstIp: truth, dstIpResolved: true };
    } else {
      return { outcome, facts };
    }
  }
}

test('decides as a walk through the list does, and so does explain', () => {
  fc.assert(
    fc.property(arbitraryRules, arbitraryWorld, (rules, world) => {
      const { outcome } = decide(rules, world);
      assert.ok(outcome.kind === 'decided');
      assert.equal(outcome.index, naiveMatch(rules, world));
      assert.equal(outcome.rule, rules[outcome.index] ?? null);
      assert.equal(outcome.target, rules[outcome.index]?.target ?? 'DIRECT');
    }),
    { numRuns: 3000 },
  );
});

test('a captured flow is decided without its domain when no domain rule comes first', () => {
  const compiled = new CompiledRules(
    rulesOf('DST-PORT,443,P', 'DOMAIN,example.com,DIRECT', 'MATCH,DIRECT'),
  );
  const outcome = compiled.match(factsOf({ domain: undefined }));
  assert.ok(outcome.kind === 'decided');
  assert.equal(outcome.target, 'P');
});

test('a domain rule before the matching rule asks for the domain', () => {
  const compiled = new CompiledRules(
    rulesOf('DST-PORT,80,P', 'DOMAIN-KEYWORD,x,P', 'MATCH,DIRECT'),
  );
  assert.deepEqual(compiled.match(factsOf({ domain: undefined })), {
    kind: 'need-domain',
    index: 1,
  });
});

test('a name is resolved for the first address rule that has not said no-resolve', () => {
  const compiled = new CompiledRules(
    rulesOf('IP-CIDR,10.0.0.0/8,P,no-resolve', 'IP-CIDR,10.0.0.0/8,Q', 'MATCH,DIRECT'),
  );
  const facts = factsOf({ domain: 'example.com', dstIp: undefined });
  assert.deepEqual(compiled.match(facts), { kind: 'need-ip', index: 1 });
  const resolved = compiled.match({ ...facts, dstIp: ipOf('10.1.1.1'), dstIpResolved: true });
  assert.ok(resolved.kind === 'decided');
  assert.equal(resolved.target, 'Q');
});

test('an IPv4-mapped destination meets IPv4 rules', () => {
  const compiled = new CompiledRules(rulesOf('IP-CIDR,10.0.0.0/8,P', 'MATCH,DIRECT'));
  const outcome = compiled.match(factsOf({ dstIp: ipOf('::ffff:10.1.2.3') }));
  assert.ok(outcome.kind === 'decided');
  assert.equal(outcome.target, 'P');
});

test('without rules everything goes DIRECT', () => {
  assert.deepEqual(new CompiledRules([]).match(factsOf({ domain: undefined })), {
    kind: 'decided',
    index: -1,
    rule: null,
    target: 'DIRECT',
  });
});

test('port rules that cover everything many times over are compiled at once', () => {
  const everything = Array<string>(50).fill('0-65535').join('/');
  const rules = rulesOf(...Array<string>(2000).fill(`DST-PORT,${everything},P`));
  const outcome = new CompiledRules(rules).match(factsOf());
  assert.ok(outcome.kind === 'decided');
  assert.equal(outcome.index, 0);
});

const data = new URL('../../../../shared/data/rules/', import.meta.url);
const skip = existsSync(data) ? false : 'the public rule lists (../shared/data) are not here';

test('real lists decide as a walk through them does', { skip }, () => {
  const payload = (file: string): string[] =>
    Array.from(
      readFileSync(new URL(file, data), 'utf8').matchAll(/^ {2}- '(.+)'$/gm),
      (match) => match[1] ?? '',
    );
  const domainRule = (name: string, target: string): string =>
    name.startsWith('+.') ? `DOMAIN-SUFFIX,${name.slice(2)},${target}` : `DOMAIN,${name},${target}`;
  const names = [...payload('gfw.txt'), ...payload('proxy.txt')];
  const rules = rulesOf(
    ...payload('private.txt').map((name) => domainRule(name, 'DIRECT')),
    ...names.map((name) => domainRule(name, 'P')),
    ...payload('lancidr.txt').map((cidr) => `IP-CIDR,${cidr},DIRECT`),
    ...payload('cncidr.txt').map((cidr) => `IP-CIDR,${cidr},Q`),
    'MATCH,P',
  );
  assert.ok(rules.length > 30_000);
  const compiled = new CompiledRules(rules);
  const random = fc.sample(fc.tuple(fc.nat(), fc.ipV4(), fc.boolean()), { numRuns: 60, seed: 7 });
  for (const [pick, dstIp, named] of random) {
    const name = (names[pick % names.length] ?? '').replace(/^\+\./, 'www.');
    const world: World = {
      network: 'tcp',
      srcIp: '192.0.2.1',
      srcPort: 40000,
      dstPort: 443,
      domain: named ? name : null,
      dstIp,
      ipKnown: true,
    };
    const outcome = compiled.match(factsOf({ domain: world.domain, dstIp: ipOf(dstIp) }));
    assert.ok(outcome.kind === 'decided');
    assert.equal(outcome.index, naiveMatch(rules, world), `${world.domain} ${dstIp}`);
  }
});
