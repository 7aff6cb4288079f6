/**
 * What a SOCKS5 handshake costs this process: a program of its own, to be run by hand.
 *
 *   node test/bench/programs/socks-dial.ts [DIALS]
 *
 * Dials through microsocks on loopback, 32 at once, in rounds of `DIALS`, by each of: the connection
 * alone, `socks5Connect` on it, the `socks` package on it by way of `negotiate`, and a whole
 * `Upstream.connect`. Prints CPU time and dials a second; differences between lines are what a step costs.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Attempt } from '../../../core/upstream/attempt.ts';
import { MachineDialer } from '../../../core/upstream/dialer.ts';
import { toEndpoint } from '../../../core/upstream/endpoint.ts';
import { ProxyUpstream } from '../../../core/upstream/proxy-upstream.ts';
import { negotiate } from '../../../core/upstream/socks-client.ts';
import { socks5Connect } from '../../../core/upstream/socks5-connect.ts';
import { socks5Protocol } from '../../../core/upstream/socks5.ts';
import { Wire } from '../../../core/upstream/wire.ts';
import { startMicrosocks } from '../../daemons/socks-servers.ts';

const ATONCE = 32;
const LIMIT_MS = 10_000;
const dials = Number(process.argv[2] ?? 6000);

// Somebody who accepts, in a process of its own.
const site = await startMicrosocks();
const proxy = await startMicrosocks();
const target = toEndpoint({ host: site.address, port: site.port });
const server = toEndpoint({ host: proxy.address, port: proxy.port });
assert.ok(target !== null && server !== null);

const machine = new MachineDialer(
  {
    connectTcp: (address, port) => open(address, port),
    resolve: async (host) => [host],
  },
  'direct',
);
const upstream = new ProxyUpstream({
  name: 'bench',
  server,
  protocol: socks5Protocol({ username: '', password: '', udp: false }, LIMIT_MS),
  tls: null,
  way: () => ({ dialer: machine, chain: [] }),
  connectTimeout: LIMIT_MS,
});
const attempt = new Attempt({ upstream: 'bench', goal: () => 'measure', limitMs: LIMIT_MS });
const never = new AbortController().signal;
const login = { username: '', password: '' };

const ways: Readonly<Record<string, () => Promise<{ destroy(): void }>>> = {
  'connection alone': () => open(server.host, server.port),
  'own handshake': () => over((wire) => socks5Connect(wire, null, target, attempt)),
  'socks package': () =>
    over(async (wire) => {
      const request = { version: 5, command: 'connect', destination: target } as const;
      await negotiate(wire, { ...request, ...login, keepMs: LIMIT_MS }, () => undefined, attempt);
    }),
  'Upstream.connect': () => upstream.connect(target, never),
};

async function over(handshake: (wire: Wire) => Promise<void>): Promise<Socket> {
  const socket = await open(proxy.address, proxy.port);
  const wire = new Wire(socket, attempt);
  await handshake(wire);
  wire.release();
  return socket;
}

function open(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

for (const round of ['warm-up', 'measured', 'measured']) {
  for (const [name, dial] of Object.entries(ways)) {
    const cpu = process.cpuUsage();
    const start = process.hrtime.bigint();
    let left = dials;
    const dialOnAndOn = async (): Promise<void> => {
      while (left-- > 0) (await dial()).destroy();
    };
    await Promise.all(Array.from({ length: ATONCE }, dialOnAndOn));
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    const { user, system } = process.cpuUsage(cpu);
    if (round === 'warm-up') continue;
    const figures = [
      `${(user / dials).toFixed(1)} µs user`,
      `${(system / dials).toFixed(1)} µs system`,
      `${(dials / seconds).toFixed(0)} dials/s`,
      `${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB resident`,
    ];
    console.log(`${name.padEnd(20)} ${figures.join(', ')}`);
  }
}
await Promise.all([site.stop(), proxy.stop()]);
process.exit();
