import assert from 'node:assert/strict';
import test from 'node:test';
import { flagsOf, partsOf, textOf } from '../../../../renderer/pages/rules/rule-parts.ts';

test('a rule is taken apart and put together again', () => {
  for (const rule of [
    'DOMAIN-SUFFIX,example.com,office',
    'IP-CIDR,10.0.0.0/8,DIRECT,no-resolve',
    'RULE-SET,ads,REJECT,no-resolve,src',
    'PROCESS-NAME,curl,香港 01',
    'MATCH,DIRECT',
  ]) {
    const parts = partsOf(rule);
    assert.ok(parts !== null, rule);
    assert.equal(textOf(parts), rule);
  }
  assert.deepEqual(partsOf(' domain , a.test , DIRECT '), {
    ...{ type: 'DOMAIN', payload: 'a.test', target: 'DIRECT', flags: [] },
  });
});

test('what a form cannot say stays text', () => {
  for (const rule of [
    'AND,((DOMAIN,a.test),(NETWORK,udp)),REJECT',
    'SUB-RULE,(NETWORK,tcp),mine',
    'DOMAIN-REGEX,^a{1,3}\\.test$,DIRECT',
    'DOMAIN,a.test',
    'MATCH',
    '',
  ]) {
    assert.equal(partsOf(rule), null, rule);
  }
});

test('a rule that lacks something is no text, and flags go only where they mean something', () => {
  const whole = { type: 'DOMAIN', payload: 'a.test', target: 'DIRECT', flags: ['no-resolve'] };
  assert.equal(textOf(whole), 'DOMAIN,a.test,DIRECT');
  assert.equal(textOf({ ...whole, payload: ' ' }), '');
  assert.equal(textOf({ ...whole, target: '' }), '');
  assert.equal(textOf({ ...whole, type: 'MATCH', payload: '' }), 'MATCH,DIRECT');
  assert.deepEqual(flagsOf('DOMAIN'), []);
});
