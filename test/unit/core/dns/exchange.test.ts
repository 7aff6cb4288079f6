import assert from 'node:assert/strict';
import test from 'node:test';
import { toApiError } from '../../../../core/api/errors.ts';
import { ScriptedExchange, hostsOf, nameSetsOf } from './scripted-exchange.ts';

const client = { address: '192.0.2.1', port: 4000, transport: 'udp' } as const;

test('a failure reaches the control API with its code', async () => {
  const exchange = new ScriptedExchange();
  const question = { name: 'a.test', type: 1 };
  const failure: unknown = await exchange
    .exchange(Buffer.alloc(0), question, client, new AbortController().signal)
    .catch((cause: unknown) => cause);
  assert.deepEqual(toApiError(failure), {
    code: 'ERR_DNS_UNREACHABLE',
    message: 'no server answers',
  });
  assert.deepEqual(exchange.asked, [question]);
});

test('hosts and sets know only what they were given', () => {
  const hosts = hostsOf({ 'a.test': { kind: 'alias', name: 'b.test' } });
  assert.deepEqual(hosts.lookup('a.test'), { kind: 'alias', name: 'b.test' });
  assert.equal(hosts.lookup('b.test'), null);
  const sets = nameSetsOf({ 'geosite:local': ['a.test'] });
  assert.equal(sets('geosite', 'local')?.has('a.test'), true);
  assert.equal(sets('rule-set', 'local'), null);
});
