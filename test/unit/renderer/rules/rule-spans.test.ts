import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleSpans } from '../../../../renderer/pages/rules/rule-spans.ts';

/** `kind:text` of each part. */
function parts(text: string): string[] {
  return ruleSpans(text).map(({ kind, from, to }) => `${kind}:${text.slice(from, to)}`);
}

test('a rule has a type, a payload, a target and flags', () => {
  assert.deepEqual(parts('IP-CIDR,192.0.2.0/24,office,no-resolve'), [
    ...['type:IP-CIDR', 'payload:192.0.2.0/24', 'target:office', 'flag:no-resolve'],
  ]);
  assert.deepEqual(parts('MATCH,DIRECT'), ['type:MATCH', 'target:DIRECT']);
  assert.deepEqual(parts('DOMAIN,ads.test,REJECT-DROP'), [
    ...['type:DOMAIN', 'payload:ads.test', 'refusal:REJECT-DROP'],
  ]);
});

test('commas in parentheses, and in an expression, are part of the payload', () => {
  assert.deepEqual(parts('AND,((DOMAIN,a.test),(NETWORK,udp)),office'), [
    ...['type:AND', 'payload:((DOMAIN,a.test),(NETWORK,udp))', 'target:office'],
  ]);
  assert.deepEqual(parts('DOMAIN-REGEX,^a{1,3}$,office'), [
    ...['type:DOMAIN-REGEX', 'payload:^a{1,3}$', 'target:office'],
  ]);
});

test('a name may be that of a flag, what is half typed has no target, and other text is no rule', () => {
  assert.deepEqual(parts('DOMAIN,a.test,src'), ['type:DOMAIN', 'payload:a.test', 'target:src']);
  assert.deepEqual(parts('DOMAIN,a.test'), ['type:DOMAIN', 'payload:a.test']);
  assert.deepEqual(parts('DOMAIN'), ['type:DOMAIN']);
  assert.deepEqual(parts('hello, world'), []);
  assert.deepEqual(parts(''), []);
});
