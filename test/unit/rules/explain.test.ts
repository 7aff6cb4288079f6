import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleProgram } from '../../../rules/compile.ts';
import { explain } from '../../../rules/explain.ts';
import type { FlowFacts } from '../../../rules/flow-facts.ts';
import { factsOf as plainFactsOf, programOf } from './sample-program.ts';

function factsOf(changes: Partial<FlowFacts>): FlowFacts {
  return plainFactsOf({ domain: 'www.example.org', ...changes });
}

function reasons(program: RuleProgram, facts: FlowFacts): string[] {
  return explain(program, facts).steps.map(({ result, reason }) => `${result}: ${reason}`);
}

test('says what each rule compared and why it missed, up to the one that matched', () => {
  const rules = programOf(
    'DOMAIN,example.com,P',
    'DOMAIN-SUFFIX,example.com,P',
    'DOMAIN-KEYWORD,shop,P',
    'IP-CIDR,10.0.0.0/8,P',
    'SRC-IP-CIDR,10.0.0.0/8,P',
    'DST-PORT,80,P',
    'DST-PORT,80/8000-9000,P',
    'SRC-PORT,1-1024,P',
    'NETWORK,udp,P',
    'DOMAIN,..,P',
    'DOMAIN-SUFFIX,example.org,Q',
    'MATCH,DIRECT',
  );
  assert.deepEqual(reasons(rules, factsOf({})), [
    'missed: www.example.org is not example.com',
    'missed: www.example.org is not example.com or below it',
    'missed: www.example.org does not contain shop',
    'missed: destination 203.0.113.5 is not in 10.0.0.0/8',
    'missed: source 192.0.2.1 is not in 10.0.0.0/8',
    'missed: port 443 is not 80',
    'missed: port 443 is not in 80/8000-9000',
    'missed: source port 40000 is not in 1-1024',
    'missed: the flow is tcp',
    'missed: this rule never matches, as `sluice check` warns',
    'matched: www.example.org is example.org or below it',
  ]);
});

test('a domain that is known to be absent is a miss', () => {
  const rules = programOf('DOMAIN,example.com,P', 'MATCH,DIRECT');
  const [first] = reasons(rules, factsOf({ domain: null }));
  assert.equal(first, 'missed: the domain is unknown');
});

test('a domain that nobody looked for leaves the outcome open', () => {
  const rules = programOf('DST-PORT,80,P', 'DOMAIN,example.com,P', 'MATCH,DIRECT');
  const { steps, outcome } = explain(rules, factsOf({ domain: undefined }));
  assert.deepEqual(
    steps.map(({ result }) => result),
    ['missed', 'undecided', 'matched'],
  );
  assert.deepEqual(outcome, { kind: 'need-domain', index: 1 });
});

test('says that no-resolve kept an address out of the comparison', () => {
  const rules = programOf('IP-CIDR,203.0.113.0/24,P,no-resolve', 'IP-CIDR,10.0.0.0/8,P');
  for (const facts of [factsOf({ dstIp: undefined }), factsOf({ dstIpResolved: true })]) {
    const [first] = reasons(rules, facts);
    assert.equal(first, 'missed: no-resolve, and no rule before it has the name resolved');
  }
});
