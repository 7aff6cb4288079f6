import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { HostsFile, parseHosts } from '../../../../core/dns/hosts-file.ts';

/** As the file is now. */
async function lookup(hosts: HostsFile, name: string): Promise<readonly string[]> {
  await hosts.refresh();
  return hosts.get(name);
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-hosts-'));
after(() => rmSync(folder, { recursive: true }));

test('every name of a line has its address', () => {
  const names = parseHosts('192.0.2.1 one One.Test # comment\n\t192.0.2.2\ttwo\n');
  assert.deepEqual(
    [...names],
    [
      ['one', ['192.0.2.1']],
      ['one.test', ['192.0.2.1']],
      ['two', ['192.0.2.2']],
    ],
  );
});

test('a name on several lines has all their addresses, each once', () => {
  const names = parseHosts('192.0.2.1 a\n2001:db8::1 a\n192.0.2.1 a\n');
  assert.deepEqual(names.get('a'), ['192.0.2.1', '2001:db8::1']);
});

test('lines without an address are skipped', () => {
  assert.deepEqual([...parseHosts('# 192.0.2.1 a\nnonsense b\n192.0.2.300 c\n\n192.0.2.1\n')], []);
});

test('a name such as an object inherits is not found', async () => {
  const path = join(folder, 'hosts');
  writeFileSync(path, '192.0.2.1 a\n');
  const hosts = new HostsFile(path);
  assert.deepEqual(await lookup(hosts, 'constructor'), []);
});

test('a file that is missing or no file has no names', async () => {
  assert.deepEqual(await lookup(new HostsFile(join(folder, 'missing')), 'a'), []);
  assert.deepEqual(await lookup(new HostsFile(folder), 'a'), []);
});

test('a file that is gone is forgotten', async () => {
  const path = join(folder, 'gone');
  writeFileSync(path, '192.0.2.1 a\n');
  const hosts = new HostsFile(path);
  assert.deepEqual(await lookup(hosts, 'a'), ['192.0.2.1']);
  rmSync(path);
  assert.deepEqual(await lookup(hosts, 'a'), []);
});
