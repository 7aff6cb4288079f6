import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import { LocalUpstreams } from '../../../../core/engine/local-upstreams.ts';
import { compileRules } from '../../../../rules/compile.ts';
import { Policy } from '../../../../core/engine/policy.ts';
import type { Decision } from '../../../../core/engine/policy.ts';
import { Proxies } from '../../../../core/groups/proxies.ts';
import { TUN_INBOUND } from '../../../../rules/flow-facts.ts';
import type { FlowFacts } from '../../../../rules/flow-facts.ts';
import { parseIp } from '../../../../rules/ip.ts';
import { ScriptedUpstream, idleProxies } from './engine-lab.ts';

const tcp: FlowFacts = {
  network: 'tcp',
  srcIp: parseIp('198.18.0.1')!,
  srcPort: 40_000,
  dstIp: parseIp('192.0.2.80')!,
  dstPort: 443,
  domain: null,
  dstIpResolved: false,
  zone: 'host',
  dscp: 0,
  inbound: TUN_INBOUND,
  process: null,
};
const udp: FlowFacts = { ...tcp, network: 'udp' };

/** Proxies a, b and c, and the groups and rules given. */
function policyOf(yaml: string, proxies = newProxies()): Policy {
  const names = ['a', 'b', 'c'];
  const list = names.map((name) => `{name: ${name}, type: socks5, server: 192.0.2.1, port: 1}`);
  const { config, problems } = parseConfig(`proxies: [${list.join(', ')}]\n${yaml}`, 'test.yaml');
  assert.ok(config, JSON.stringify(problems));
  const groups = proxies.prepare(config);
  proxies.use(groups, config);
  const local = new LocalUpstreams(config, {
    isOwnAddress: () => false,
    resolverPorts: () => [],
    owns: async () => false,
  });
  return new Policy(config, compileRules(config), groups, local);
}

function newProxies(): Proxies {
  const unscripted = (): Promise<never> => Promise.reject(new Error('this is not scripted'));
  return new Proxies({
    ...idleProxies,
    outbound: { connectTcp: unscripted, resolve: unscripted },
    buildUpstream: ({ name, type }) => {
      if (type === 'direct') return new ScriptedUpstream(name, 'Direct');
      return type === 'socks5' ? new ScriptedUpstream(name, 'Socks5') : null;
    },
  });
}

function decide(policy: Policy, facts: FlowFacts): Decision {
  const decision = policy.decide(facts);
  assert.equal(decision.kind, 'decided');
  return decision;
}

test('what was decided once is not decided again', () => {
  const policy = policyOf('rules: ["MATCH,a"]');
  assert.equal(decide(policy, tcp), decide(policy, tcp));
  policy.mode = 'global';
  assert.equal(decide(policy, tcp), decide(policy, tcp));
});

test('a rule that passes leaves the decision to the next one, also through a group', () => {
  const group = 'proxy-groups: [{name: g, type: select, proxies: [PASS, a]}]\n';
  const rules =
    'rules: ["NETWORK,tcp,PASS", "DST-PORT,443,g", "IP-CIDR,192.0.2.0/24,b", "MATCH,c"]';
  const { ruleIndex, ruleText, target, chain } = decide(policyOf(group + rules), tcp);
  assert.deepEqual([ruleIndex, ruleText, target, chain], [2, 'IP-CIDR,192.0.2.0/24,b', 'b', ['b']]);
});

test('where every rule passes, the end of the list decides', () => {
  const { ruleIndex, target } = decide(policyOf('rules: ["MATCH,PASS"]'), tcp);
  assert.deepEqual([ruleIndex, target], [-1, 'DIRECT']);
});

test('a need after a rule that passes is the need of the flow', () => {
  const policy = policyOf('rules: ["DST-PORT,443,PASS", "DOMAIN,x.test,a", "MATCH,b"]');
  assert.deepEqual(policy.decide({ ...tcp, domain: undefined }).kind, 'need-domain');
});

test('the mode decides over the rules, and can be switched', () => {
  const group = 'proxy-groups: [{name: g, type: select, proxies: [b]}]\n';
  const policy = policyOf(`${group}rules: ["MATCH,REJECT"]`);
  assert.equal(decide(policy, tcp).destination, 'reject');
  policy.mode = 'global';
  assert.deepEqual(decide(policy, tcp).chain, ['GLOBAL', 'g', 'b']);
  assert.equal(decide(policy, udp).ruleText, 'mode: global');
  policy.mode = 'direct';
  assert.deepEqual(decide(policy, tcp).chain, ['DIRECT']);
});

test('in global mode nothing passes to the rules', () => {
  const group = 'proxy-groups: [{name: GLOBAL, type: select, proxies: [PASS]}]\n';
  const policy = policyOf(`mode: global\n${group}rules: ["MATCH,a"]`);
  assert.equal(decide(policy, tcp).destination, 'reject');
});

test('a decision says what each group chose, and why', () => {
  const groups =
    'proxy-groups: [{name: outer, type: select, proxies: [inner, a]}, {name: inner, type: select, proxies: [b]}]\n';
  assert.deepEqual(decide(policyOf(`${groups}rules: ["MATCH,outer"]`), tcp).why, [
    { group: 'outer', member: 'inner', reason: 'first' },
    { group: 'inner', member: 'b', reason: 'first' },
  ]);
});

test('UDP goes to the next member that carries it, of the innermost group first', () => {
  const groups =
    'proxy-groups: [{name: outer, type: select, proxies: [DIRECT, inner, c]}, {name: inner, type: select, proxies: [a, REJECT, DIRECT, b]}]\n';
  const text = `${groups}rules: ["DST-PORT,443,inner", "MATCH,outer"]`;
  const policy = policyOf(text);
  const decision = decide(policy, udp);
  const found = policy.udpAlternative(decision, ({ name }) => name === 'b');
  assert.deepEqual(found?.chain, ['inner', 'b']);
  assert.deepEqual(found.why, [{ group: 'inner', member: 'b', reason: 'udp' }]);
  assert.equal(found.ruleIndex, 0);
  assert.equal(
    policy.udpAlternative(decision, () => false),
    null,
  );
  // Never straight out.
  assert.equal(
    policy.udpAlternative(decision, ({ type }) => type === 'Direct'),
    null,
  );
});

test('UDP goes on to the group around, where the inner one has nobody', () => {
  const groups =
    'proxy-groups: [{name: outer, type: select, proxies: [inner, c]}, {name: inner, type: select, proxies: [a]}]\n';
  const policy = policyOf(`${groups}rules: ["MATCH,outer"]`);
  const found = policy.udpAlternative(decide(policy, udp), ({ name }) => name === 'c');
  assert.deepEqual(found?.chain, ['outer', 'c']);
});

test('a proxy that did not change is the same upstream in the next configuration', () => {
  const proxies = newProxies();
  const before = decide(policyOf('rules: ["MATCH,a"]', proxies), tcp).destination;
  const after = decide(policyOf('# moved\n\nrules: ["MATCH,a"]', proxies), tcp).destination;
  assert.equal(after, before);
  const other = decide(
    policyOf('sluice: {connect-timeout: 500}\nrules: ["MATCH,a"]', proxies),
    tcp,
  );
  assert.notEqual(other.destination, before);
});

test('what datagrams do where a group has disable-udp is told as it is', () => {
  const policy = policyOf(
    'proxy-groups: [{name: g, type: select, proxies: [a], disable-udp: true}]\nrules: ["MATCH,g"]',
  );
  assert.equal(decide(policy, udp).destination, 'reject');
  assert.deepEqual(policy.leadsTo('g', udp).chain, []);
  assert.deepEqual(decide(policy, tcp).chain, ['g', 'a']);
});

test('a load-balance group is asked for every flow, others are not', () => {
  const groups =
    'proxy-groups: [{name: g, type: load-balance, strategy: round-robin, proxies: [a, b]}]\n';
  const policy = policyOf(`${groups}rules: ["MATCH,g"]`);
  const chains = [1, 2, 3, 4].map(() => decide(policy, tcp).chain.join());
  assert.deepEqual(chains, ['g,a', 'g,b', 'g,a', 'g,b']);
  assert.deepEqual(policy.hits.get(0)?.count, 4);
});

test('names lead to upstreams', () => {
  const policy = policyOf('proxy-groups: [{name: g, type: select, proxies: [c]}]\n');
  assert.equal(policy.upstreamNamed('g'), policy.upstreamNamed('c'));
  assert.equal(policy.upstreamNamed('REJECT'), 'reject');
  assert.equal(policy.upstreamNamed('nobody'), null);
});
