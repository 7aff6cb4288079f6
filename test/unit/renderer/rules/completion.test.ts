import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeRule } from '../../../../renderer/pages/rules/complete-rule.ts';
import { namesIn, sectionAt } from '../../../../renderer/pages/rules/names-in.ts';
import { RULE_TYPES } from '../../../../renderer/pages/rules/rule-types.ts';
import { logicTypes, ruleTypes } from '../../../../rules/rule-types.ts';

const TEXT = `
proxies:
  - {name: "eu 1", type: socks5, server: a.test, port: 1}
  - name: us
    type: http
  - { type: http, name: 'jp' }
proxy-groups:
  - name: Auto # the best
    type: url-test
rule-providers:
  ads:
    behavior: domain
    payload: [a.test]
  "my list":
    behavior: ipcidr
sub-rules:
  office:
    - MATCH,us
rules:
  - DOMAIN,a.test,us
`;

const names = namesIn(TEXT);

test('every rule type is offered, and no other', () => {
  assert.deepEqual([...RULE_TYPES].sort(), [...ruleTypes.keys(), ...logicTypes].sort());
});

test('names are found however they are written', () => {
  assert.deepEqual(names, {
    targets: ['eu 1', 'us', 'jp', 'Auto'],
    ruleSets: ['ads', 'my list'],
    subRules: ['office'],
  });
  assert.deepEqual(namesIn('proxies: ['), { targets: [], ruleSets: [], subRules: [] });
});

test('a line belongs to the last key of the top level before it', () => {
  assert.equal(sectionAt(TEXT), 'rules');
  assert.equal(sectionAt('# rules:\n'), null);
});

test('each field of a rule has its own completions', () => {
  const at = (line: string) =>
    completeRule(line, names, { names: ['curl'], paths: ['/usr/bin/curl'] });
  assert.deepEqual([at('  - DOM')?.kind, at('  - DOM')?.length], ['type', 3]);
  assert.equal(at('  - DOMAIN,a'), null);
  assert.deepEqual(at('  - DOMAIN,a.test,e')?.kind, 'target');
  assert.ok(at('  - DOMAIN,a.test,e')?.options.includes('eu 1'));
  assert.ok(at("  - 'MATCH,")?.options.includes('REJECT'));
  assert.deepEqual(at('  - RULE-SET,')?.options, ['ads', 'my list']);
  assert.deepEqual(at('  - PROCESS-NAME,c')?.options, ['curl']);
  assert.deepEqual(at('  - PROCESS-PATH,/')?.options, ['/usr/bin/curl']);
  assert.equal(at('  - IP-CIDR,10.0.0.0/8,us,')?.kind, 'flag');
  assert.equal(at('  - AND,((DOM')?.kind, 'type');
  assert.equal(at('  - AND,((DOMAIN,a.t'), null);
  assert.equal(at('  - AND,((DOMAIN,a.test),(NETWORK,udp)),')?.kind, 'target');
  assert.deepEqual(at('  - SUB-RULE,(NETWORK,udp),')?.options, ['office']);
  assert.equal(at('rules:'), null);
  assert.equal(at('  - DOMAIN,a.test,us # DO'), null);
});
