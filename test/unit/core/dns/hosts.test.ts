import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { resolverOf } from './resolver-lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-hosts-'));
after(() => rmSync(folder, { recursive: true }));
const hostsFile = join(folder, 'hosts');
const paths = {
  hosts: hostsFile,
  resolvConf: '/dev/null',
  resolvedConf: '/dev/null',
  original: '/dev/null',
};
writeFileSync(hostsFile, '192.0.2.50 file.test second.test\n192.0.2.51 both.test\n');

const yaml = `
hosts:
  exact.test: 192.0.2.1
  both.test: 192.0.2.9
  "*.one.test": 192.0.2.2
  "+.all.test": [192.0.2.3, "2001:db8::3"]
  alias.test: exact.test
  away.test: file.test
  here.test: lan
  a.loop.test: a.loop.test2
  a.loop.test2: b.loop.test
  "*.loop.test": a.loop.test
`;

test('a name has what the most specific pattern says', (t) => {
  const hosts = resolverOf(t, yaml, { paths });
  const of = (name: string): unknown => {
    const entry = hosts.lookup(name);
    return entry?.kind === 'addresses' ? entry.addresses : (entry?.name ?? null);
  };
  assert.deepEqual(of('exact.test'), ['192.0.2.1']);
  assert.deepEqual(of('x.one.test'), ['192.0.2.2']);
  assert.equal(of('one.test'), null);
  assert.equal(of('y.x.one.test'), null);
  assert.deepEqual(of('all.test'), ['192.0.2.3', '2001:db8::3']);
  assert.deepEqual(of('y.x.all.test'), ['192.0.2.3', '2001:db8::3']);
  assert.equal(of('alias.test'), 'exact.test');
  assert.equal(of('constructor'), null);
  assert.equal(of(''), null);
});

test('lan is the addresses by which others reach this machine', (t) => {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const entry = resolverOf(t, yaml, { paths }).lookup('here.test');
  assert.ok(entry?.kind === 'addresses');
  for (const { address, internal } of own) {
    const isForOthers = !internal && !/^(169\.254\.|fe80)/.test(address);
    assert.equal(entry.addresses.includes(address), isForOthers, address);
  }
});

test('the system’s file comes after the configuration, and may be left out', async (t) => {
  const { signal } = new AbortController();
  const both = resolverOf(t, yaml, { paths });
  assert.deepEqual(await both.resolve('file.test', 'client', signal), ['192.0.2.50']);
  assert.deepEqual(await both.resolve('both.test', 'client', signal), ['192.0.2.9']);
  assert.deepEqual(both.lookup('second.test'), { kind: 'addresses', addresses: ['192.0.2.50'] });
  const without = resolverOf(t, `${yaml}dns: {use-system-hosts: false}`, { paths });
  await assert.rejects(without.resolve('file.test', 'client', signal));
  const neither = resolverOf(t, `${yaml}dns: {use-system-hosts: false, use-hosts: false}`, {
    paths,
  });
  assert.equal(neither.lookup('exact.test'), null);
});

test('an address leads back to its name, where one name has it', async (t) => {
  const hosts = resolverOf(t, yaml, { paths });
  await hosts.resolve('file.test', 'client', new AbortController().signal);
  assert.equal(hosts.reverse('192.0.2.1'), 'exact.test');
  assert.equal(hosts.reverse('192.0.2.50'), 'file.test');
  assert.equal(hosts.reverse('192.0.2.2'), null);
  assert.equal(hosts.reverse('192.0.2.77'), null);
});

test('aliases are followed, and a circle of them ends with an error', async (t) => {
  const { signal } = new AbortController();
  const hosts = resolverOf(t, yaml, { paths });
  assert.deepEqual(await hosts.resolve('alias.test', 'client', signal), ['192.0.2.1']);
  assert.deepEqual(await hosts.resolve('away.test', 'client', signal), ['192.0.2.50']);
  await assert.rejects(hosts.resolve('b.loop.test', 'client', signal), { code: 'ERR_DNS_ALIASES' });
});

test('localhost is this machine, whatever resolvers say', async (t) => {
  const { signal } = new AbortController();
  const hosts = resolverOf(t, 'dns: {nameserver: [rcode://name_error]}', { paths });
  assert.deepEqual(await hosts.resolve('localhost', 'client', signal), ['::1', '127.0.0.1']);
  assert.deepEqual(await hosts.resolve('x.LocalHost.', 'client', signal), ['::1', '127.0.0.1']);
});
