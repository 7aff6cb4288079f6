import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { DnsQueriesFrame, DnsQueryAnswer, DnsQueryList } from '../../../../core/api/dns.ts';
import { endpoints } from '../../../../core/api/endpoints.ts';
import { ControlClient } from '../../../../core/cli/control-client.ts';
import { ControlServer } from '../../../../core/control/server.ts';
import { CONTROL_SOCKET } from '../../../../core/platform/state-dir.ts';
import { CannedService } from '../control/canned-service.ts';
import { openLab, tcp } from '../dns/dns-lab.ts';
import type { DnsLab } from '../dns/dns-lab.ts';
import { a, query, reply } from '../dns/messages.ts';
import { hostsOf } from '../dns/scripted-exchange.ts';

const program = join(import.meta.dirname, '../../../../core/cli/sluice.mjs');

let dir = '';
let lab: DnsLab;
let server: ControlServer;
const service = new CannedService();

before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-dns-'));
  lab = await openLab({
    hosts: hostsOf({ 'box.test': { kind: 'addresses', addresses: ['192.0.2.7'] } }),
  });
  lab.exchange.script = (message, { name }) =>
    name === 'dead.test' ? null : reply(message, { answers: [a(name, '192.0.2.1')] });
  server = new ControlServer(service, lab.log);
  await server.listen(join(dir, CONTROL_SOCKET));
});

beforeEach(() => {
  service.dns = lab.service;
});

after(async () => {
  await server.close();
  await lab.service.close();
  rmSync(dir, { recursive: true });
});

/** Runs `sluice dns ARGS` as a process of its own. */
function dns(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, SLUICE_STATE_DIR: dir };
    execFile(process.execPath, [program, 'dns', ...args], { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

test('a query shows who answered: the pool, a server by its policy, the cache, the hosts', async () => {
  const fake = await dns('query', 'site.test');
  assert.equal(fake.code, 0);
  assert.match(fake.out, /site\.test 1 A 198\.18\.[0-9.]+\n.*pool of fake addresses/s);
  const real = await dns('query', 'site.test', '--real');
  assert.match(
    real.out,
    /192\.0\.2\.1\n.*a server\nServer {4}udp:\/\/192\.0\.2\.53:53\nPolicy {4}nameserver/s,
  );
  assert.match((await dns('query', 'site.test', 'a', '--real')).out, /From {6}the cache/);
  assert.match((await dns('query', 'box.test')).out, /From {6}the hosts/);
});

test('a query without an answer says why, and ends with 1', async () => {
  const { code, out } = await dns('query', 'dead.test', 'TXT');
  assert.equal(code, 1);
  assert.match(out, /SERVFAIL, no records\n.*Error {5}no server answers \[ERR_DNS_UNREACHABLE\]/s);
});

test('queries are listed, newest first, and for programs', async () => {
  await lab.ask(query('txt.test', 'TXT'), tcp);
  const { out } = await dns('queries', '--limit', '2');
  const [heading, first] = out.split('\n');
  assert.match(heading ?? '', /^TIME +CLIENT +TYPE +NAME/);
  assert.match(first ?? '', /198\.18\.0\.1:40001\/tcp +TXT +txt\.test/);
  const { queries } = JSON.parse((await dns('queries', '--json')).out) as DnsQueryList;
  assert.equal(queries[0]?.name, 'txt.test');
  const answer = JSON.parse((await dns('query', 'box.test', '--json')).out) as DnsQueryAnswer;
  assert.deepEqual(answer.records, [{ name: 'box.test', type: 'A', ttl: 10, data: '192.0.2.7' }]);
});

test('a watcher hears of queries alone, and with the flows', async () => {
  const client = new ControlClient(join(dir, CONTROL_SOCKET));
  const alone = client.stream(endpoints.watchDnsQueries, { query: { interval: 100 } });
  const beside = client.stream(endpoints.watchFlows, { query: { interval: 100 } });
  await alone.next();
  await beside.next();
  await lab.ask(query('new.test', 'TXT'));
  const found = async (
    frames: AsyncGenerator<Pick<DnsQueriesFrame, 'queries'>>,
  ): Promise<string> => {
    for await (const { queries } of frames) if (queries[0] !== undefined) return queries[0].name;
    return '';
  };
  assert.deepEqual(await Promise.all([found(alone), found(beside)]), ['new.test', 'new.test']);
});

test('flush forgets what it is told to', async () => {
  await dns('query', 'site.test');
  await dns('query', 'site.test', '--real');
  assert.equal((await dns('flush')).out, 'Flushed: the answers.\n');
  assert.deepEqual(
    [lab.service.totals().cacheEntries, lab.service.totals().fakeNames > 0],
    [0, true],
  );
  await dns('flush', 'fake-ip');
  assert.equal(lab.service.totals().fakeNames, 0);
});

test('wrong words are mistakes of the user', async () => {
  const wrong = [['query'], ['query', 'a', 'b', 'c'], ['flush', 'x'], ['nonsense'], []];
  for (const args of [...wrong, ['queries', '--limit', '0'], ['queries', 'x']]) {
    assert.equal((await dns(...args)).code, 2, args.join(' '));
  }
  const { code, err } = await dns('query', 'site.test', 'NONSENSE');
  assert.deepEqual([code, err.includes('ERR_REQUEST_INVALID')], [1, true]);
});

test('without a resolver the answer says so', async () => {
  service.dns = null;
  const { code, err } = await dns('query', 'site.test');
  assert.equal(code, 1);
  assert.match(err, /ERR_DNS_OFF/);
});
