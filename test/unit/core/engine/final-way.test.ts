import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mode, WayOutStatus } from '../../../../core/api/status.ts';
import { finalWay } from '../../../../core/engine/final-way.ts';
import { LocalUpstreams } from '../../../../core/engine/local-upstreams.ts';
import { Policy } from '../../../../core/engine/policy.ts';
import { compileRules } from '../../../../rules/compile.ts';
import { GroupLab, configOf } from '../groups/group-lab.ts';

const GROUPS =
  'proxy-groups: [{name: g, type: select, proxies: [a, b, DIRECT, REJECT]}, {name: outer, type: select, proxies: [g, c]}, {name: spread, type: load-balance, proxies: [a, b]}]';

function wayOf(
  rules: string,
  mode: Mode = 'rule',
  prepare?: (lab: GroupLab) => void,
): WayOutStatus {
  const yaml = `${GROUPS}\nrules: [${rules}]`;
  const lab = new GroupLab(yaml);
  prepare?.(lab);
  const config = configOf(yaml);
  const local = new LocalUpstreams(config, {
    isOwnAddress: () => false,
    resolverPorts: () => [],
    owns: async () => false,
  });
  const policy = new Policy(config, compileRules(config), lab.groups, local);
  policy.mode = mode;
  return finalWay(policy);
}

test('the rule that matches everything is followed through its groups', () => {
  const { target, chain, upstream } = wayOf('"DOMAIN,x.test,c", "MATCH,outer"');
  assert.deepEqual([target, chain, upstream], ['outer', ['outer', 'g', 'a'], 'a']);
});

test('without such a rule flows go straight out', () => {
  const { target, upstream } = wayOf('"DOMAIN,x.test,c"');
  assert.deepEqual([target, upstream], ['DIRECT', 'DIRECT']);
});

test('the mode goes before the rules', () => {
  assert.equal(wayOf('"MATCH,outer"', 'direct').upstream, 'DIRECT');
  assert.equal(wayOf('"MATCH,outer"', 'global').target, 'GLOBAL');
});

test('what is refused has no way, and what each flow chooses for itself no upstream', () => {
  const refused = wayOf('"MATCH,REJECT"');
  assert.deepEqual([refused.chain, refused.upstream], [[], null]);
  const spread = wayOf('"MATCH,spread"');
  assert.deepEqual([spread.chain, spread.upstream], [['spread'], null]);
});

test('the latest test is told, one that failed as well', () => {
  const tested = wayOf('"MATCH,g"', 'rule', (lab) => lab.measured({ a: 35 }));
  assert.deepEqual([tested.delay, tested.alive], [35, true]);
  assert.ok(tested.testedAt !== null);
  const failed = wayOf('"MATCH,g"', 'rule', (lab) => lab.measured({ a: 0 }));
  assert.deepEqual([failed.delay, failed.alive], [null, false]);
  assert.equal(wayOf('"MATCH,g"').testedAt, null);
});
