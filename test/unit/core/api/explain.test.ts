import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExplainRequest } from '../../../../core/api/explain.ts';

test('what was not given stays absent', () => {
  assert.deepEqual(parseExplainRequest({ host: 'a.com' }), { host: 'a.com' });
});

test('every field is taken', () => {
  const request = {
    host: 'a.com',
    port: 1,
    network: 'udp',
    source: '192.0.2.1',
    sourcePort: 65_535,
    zone: 'wsl',
    process: 'curl',
    processPath: '/usr/bin/curl',
    uid: 0,
    dscp: 46,
    inType: 'SOCKS5',
    inName: 'lan',
    inUser: 'me',
    inPort: 1080,
    address: '192.0.2.9',
  };
  assert.deepEqual(parseExplainRequest(request), request);
});

test('an error names the field, what it must be and what it is', () => {
  assert.throws(() => parseExplainRequest({ host: 'a.com', port: '80' }), {
    code: 'ERR_REQUEST_INVALID',
    message: 'port must be a whole number from 1 to 65535, not "80".',
  });
});

test('an unknown field is named with those that are known', () => {
  assert.throws(() => parseExplainRequest({ host: 'a.com', prot: 80 }), /"prot".*host, port/);
});

test('a hostile value does not come back whole', () => {
  assert.throws(
    () => parseExplainRequest({ host: 'a'.repeat(100_000) }),
    (error: Error) => error.message.length < 200,
  );
});
