import assert from 'node:assert/strict';
import test from 'node:test';
import {
  parseDnsFlushRequest,
  parseDnsQueryRequest,
  readDnsQueriesQuery,
} from '../../../../core/api/dns.ts';

const invalid = { code: 'ERR_REQUEST_INVALID' };

test('a query is a name, and perhaps more', () => {
  assert.deepEqual(parseDnsQueryRequest({ name: 'a.test' }), { name: 'a.test' });
  const all = { name: 'a.test', type: 'AAAA', real: true };
  assert.deepEqual(parseDnsQueryRequest(all), all);
  for (const bad of [
    ...[
      null,
      {},
      { name: '' },
      { name: 'a b' },
      { name: 'a', type: 1 },
      { name: 'a', real: 'yes' },
    ],
    ...[{ name: 'a', more: 1 }, { name: 'x'.repeat(2000) }],
  ]) {
    assert.throws(() => parseDnsQueryRequest(bad), invalid, JSON.stringify(bad)?.slice(0, 60));
  }
});

test('only three things can be flushed', () => {
  assert.deepEqual(parseDnsFlushRequest({ what: 'fake-ip' }), { what: 'fake-ip' });
  for (const bad of [{}, { what: 'everything' }, 'cache']) {
    assert.throws(() => parseDnsFlushRequest(bad), invalid);
  }
});

test('the list has a limit', () => {
  assert.deepEqual(readDnsQueriesQuery({}), {});
  assert.deepEqual(readDnsQueriesQuery({ limit: '5' }), { limit: 5 });
  assert.throws(() => readDnsQueriesQuery({ limit: '100000' }), invalid);
});
