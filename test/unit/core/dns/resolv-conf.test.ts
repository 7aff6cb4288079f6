import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseResolvConf } from '../../../../core/dns/resolv-conf.ts';

test('servers keep their order, their family and their scope', () => {
  const text = 'nameserver 192.0.2.53\nnameserver fe80::1%eth0\nnameserver 2001:db8::53 # home\n';
  assert.deepEqual(parseResolvConf(text).servers, ['192.0.2.53', 'fe80::1%eth0', '2001:db8::53']);
});

test('a server that is no address is skipped', () => {
  assert.deepEqual(
    parseResolvConf('nameserver dns.test\nnameserver\nnameserver 192.0.2.1\n').servers,
    ['192.0.2.1'],
  );
});

test('without a server it is the local one', () => {
  assert.deepEqual(parseResolvConf('').servers, ['127.0.0.1']);
});

test('no more servers are asked than a person would wait for', () => {
  const text = Array.from({ length: 20 }, (_, n) => `nameserver 192.0.2.${n}\n`).join('');
  assert.equal(parseResolvConf(text).servers.length, 6);
});

test('the last search or domain line counts', () => {
  const text = 'domain old.test\nsearch Office.test. lab.test\n; search no.test\n';
  assert.deepEqual(parseResolvConf(text).search, ['office.test', 'lab.test']);
});

test('options bound how long it takes', () => {
  const { timeout, attempts } = parseResolvConf('options rotate timeout:3 attempts:1\n');
  assert.deepEqual({ timeout, attempts }, { timeout: 3000, attempts: 1 });
});

test('options out of bounds are brought within', () => {
  const { timeout, attempts } = parseResolvConf('options timeout:0 attempts:999\n');
  assert.deepEqual({ timeout, attempts }, { timeout: 1000, attempts: 3 });
});
