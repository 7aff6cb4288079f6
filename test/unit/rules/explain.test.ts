import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, formatExplanation } from '../../../rules/explain.ts';
import { TUN_INBOUND } from '../../../rules/flow-facts.ts';
import type { FlowFacts } from '../../../rules/flow-facts.ts';
import { parseIp } from '../../../rules/ip.ts';
import { parseRule } from '../../../rules/parse-rule.ts';
import type { Rule } from '../../../rules/rule.ts';

function rulesOf(...lines: string[]): Rule[] {
  return lines.map((line, index) => {
    const { rule } = parseRule(line, { line: index + 10, column: 5 });
    assert.ok(rule, line);
    return rule;
  });
}

function factsOf(changes: Partial<FlowFacts>): FlowFacts {
  const srcIp = parseIp('192.0.2.1');
  const dstIp = parseIp('203.0.113.5');
  assert.ok(srcIp && dstIp);
  return {
    network: 'tcp',
    srcIp,
    srcPort: 40000,
    dstIp,
    dstPort: 443,
    domain: 'www.example.org',
    dstIpResolved: false,
    zone: 'host',
    dscp: 0,
    inbound: TUN_INBOUND,
    process: null,
    ...changes,
  };
}

function reasons(rules: readonly Rule[], facts: FlowFacts): string[] {
  return explain(rules, facts).steps.map(({ result, reason }) => `${result}: ${reason}`);
}

test('says what each rule compared and why it missed, up to the one that matched', () => {
  const rules = rulesOf(
    'DOMAIN,example.com,P',
    'DOMAIN-SUFFIX,example.com,P',
    'DOMAIN-KEYWORD,shop,P',
    'IP-CIDR,10.0.0.0/8,P',
    'SRC-IP-CIDR,10.0.0.0/8,P',
    'DST-PORT,80,P',
    'DST-PORT,80/8000-9000,P',
    'SRC-PORT,1-1024,P',
    'NETWORK,udp,P',
    'GEOIP,CN,P',
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
  const rules = rulesOf('DOMAIN,example.com,P', 'MATCH,DIRECT');
  const [first] = reasons(rules, factsOf({ domain: null }));
  assert.equal(first, 'missed: the domain is unknown');
});

test('a domain that nobody looked for leaves the outcome open', () => {
  const rules = rulesOf('DST-PORT,80,P', 'DOMAIN,example.com,P', 'MATCH,DIRECT');
  const { steps, outcome } = explain(rules, factsOf({ domain: undefined }));
  assert.deepEqual(
    steps.map(({ result }) => result),
    ['missed', 'undecided', 'matched'],
  );
  assert.deepEqual(outcome, { kind: 'need-domain', index: 1 });
});

test('says that no-resolve kept an address out of the comparison', () => {
  const rules = rulesOf('IP-CIDR,203.0.113.0/24,P,no-resolve', 'IP-CIDR,10.0.0.0/8,P');
  for (const facts of [factsOf({ dstIp: undefined }), factsOf({ dstIpResolved: true })]) {
    const [first] = reasons(rules, facts);
    assert.equal(first, 'missed: no-resolve, and no rule before it has the name resolved');
  }
});

test('as text: one line for each rule, and the decision', () => {
  const rules = rulesOf('DST-PORT,80,P', 'MATCH,Q');
  assert.equal(
    formatExplanation(explain(rules, factsOf({}))),
    [
      '- 1. DST-PORT,80,P (line 10): port 443 is not 80',
      '+ 2. MATCH,Q (line 11): matches everything',
      '=> Q: decided by rule 2',
    ].join('\n'),
  );
});

test('as text: a long list is cut where it is least interesting', () => {
  const rules = rulesOf(...Array<string>(100).fill('DST-PORT,80,P'), 'MATCH,Q');
  const lines = formatExplanation(explain(rules, factsOf({})), 3).split('\n');
  assert.deepEqual(lines, [
    '  … 98 rules before these did not match',
    '- 99. DST-PORT,80,P (line 108): port 443 is not 80',
    '- 100. DST-PORT,80,P (line 109): port 443 is not 80',
    '+ 101. MATCH,Q (line 110): matches everything',
    '=> Q: decided by rule 101',
  ]);
});

test('as text: hostile names cannot act on a terminal', () => {
  const rules = rulesOf('MATCH,\u001b[31mred');
  assert.ok(!formatExplanation(explain(rules, factsOf({}))).includes('\u001b'));
});
