/**
 * A kernel's TCP against the stack over a TUN, in a network namespace that the caller made: sends
 * random bytes through the stack to an echo server, in both families at once, and prints for each
 * whether they came back as they were.
 *
 * `faulty-link.ts BYTES DEVICE`, the device as JSON.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect, createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { DeviceSpec } from '../../../core/native/binding.d.ts';
import { Stack } from '../../../core/stack/stack.ts';
import type { TcpFlow } from '../../../core/stack/tcp-flow.ts';

const [bytes = '', device = ''] = process.argv.slice(2);
const unbound = { device: '', address4: '', address6: '' };

execFileSync('ip', ['link', 'set', 'lo', 'up']);
const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.pipe(socket);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;

const spliced: Promise<Error | null>[] = [];
const stack = new Stack({
  device: JSON.parse(device) as DeviceSpec,
  limits: { maxFlows: 10, maxHalfOpen: 10, maxUdpSessions: 10, maxBufferBytes: 64 << 20 },
  handlers: {
    onTcpFlow: (flow) => spliced.push(relay(flow)),
    onUdpPeer: () => undefined,
    onUdpData: () => undefined,
    onUdpMore: () => undefined,
    onEcho: () => undefined,
    onEchoClosed: () => undefined,
    onUdpSessionClosed: () => undefined,
    onDeviceLost: () => undefined,
  },
});

async function relay(flow: TcpFlow): Promise<Error | null> {
  const { signal } = new AbortController();
  const remote = await stack.connectTcp('127.0.0.1', port, unbound, signal);
  const { error } = await stack.splice(await flow.accept(), remote);
  return error;
}

const name = stack.deviceName;
execFileSync('ip', ['-batch', '-'], {
  input: [
    `link set ${name} up`,
    `addr add 10.0.0.1/24 dev ${name}`,
    `addr add fd00::1/64 dev ${name} nodad`,
    `route add 198.51.100.0/24 dev ${name}`,
    `route add 2001:db8:1::/64 dev ${name}`,
  ].join('\n'),
});

async function roundTrip(host: string): Promise<boolean> {
  const sent = randomBytes(Number(bytes));
  const client = connect({ host, port: 80, allowHalfOpen: true });
  client.end(sent);
  return sent.equals(await buffer(client));
}

const intact = await Promise.all([roundTrip('198.51.100.1'), roundTrip('2001:db8:1::1')]);
const errors = await Promise.all(spliced);
console.log(JSON.stringify({ intact, errors, counters: stack.counters() }));
stack.close();
server.close();
