/** The programs behind real sockets of this machine. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import type { Network } from '../../../../core/api/flows.ts';
import { FlowOwners } from '../../../../core/process/flow-owners.ts';
import { SocketHolders } from '../../../../core/process/socket-holders.ts';
import type { ProcessFacts } from '../../../../rules/flow-facts.ts';

const us: ProcessFacts = {
  name: basename(process.execPath),
  path: process.execPath,
  uid: process.getuid?.() ?? null,
};

const servers: Server[] = [];
const owners = new FlowOwners(() => true, new SocketHolders());

/** A server on a free port that keeps what it accepts open. */
async function listen(address: string): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, address);
  await once(server, 'listening');
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

async function dial(port: number, address: string): Promise<Socket> {
  const socket = connect(port, address);
  await once(socket, 'connect');
  return socket;
}

function find(
  network: Network,
  local: [string, number],
  peer: [string, number],
): Promise<ProcessFacts | null> {
  return owners.find(
    network,
    { address: local[0], port: local[1] },
    { address: peer[0], port: peer[1] },
  );
}

after(() => {
  for (const server of servers) server.close();
});

for (const [listens, address] of [
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
] as const) {
  test(`a TCP connection over ${address} is ours`, async () => {
    const port = await listen(listens);
    const socket = await dial(port, address);
    assert.deepEqual(await find('tcp', [address, socket.localPort!], [address, port]), us);
    socket.destroy();
  });
}

test('a socket that speaks both families has its IPv4 connections', async () => {
  const port = await listen('127.0.0.1');
  const socket = await dial(port, '::ffff:127.0.0.1');
  const mapped = await find(
    'tcp',
    ['::ffff:127.0.0.1', socket.localPort!],
    ['::ffff:127.0.0.1', port],
  );
  assert.deepEqual(mapped, us);
  assert.deepEqual(await find('tcp', ['127.0.0.1', socket.localPort!], ['127.0.0.1', port]), us);
  socket.destroy();
});

test('the listener of a port does not answer for a connection that is not there', async () => {
  const port = await listen('0.0.0.0');
  assert.equal(await find('tcp', ['127.0.0.1', port], ['192.0.2.1', 443]), null);
});

for (const [type, bound, from, to] of [
  ['udp4', '0.0.0.0', '127.0.0.1', '192.0.2.1'],
  ['udp4', '127.0.0.1', '127.0.0.1', '192.0.2.1'],
  ['udp6', '::', '::1', '2001:db8::1'],
  ['udp6', '::', '127.0.0.1', '192.0.2.1'],
] as const) {
  test(`a ${type} socket at ${bound} is ours when it sends from ${from}`, async () => {
    const socket = createSocket(type);
    await new Promise<void>((resolve) => socket.bind(0, bound, resolve));
    const { port } = socket.address();
    assert.deepEqual(await find('udp', [from, port], [to, 53]), us);
    socket.close();
    await once(socket, 'close');
    assert.equal(await find('udp', [from, port], [to, 53]), null);
  });
}

test('a connected UDP socket is found by whom it talks to', async () => {
  const socket = createSocket('udp4');
  socket.connect(53, '127.0.0.1');
  await once(socket, 'connect');
  const { port } = socket.address();
  assert.deepEqual(await find('udp', ['127.0.0.1', port], ['127.0.0.1', 53]), us);
  assert.equal(await find('udp', ['127.0.0.1', port], ['127.0.0.1', 54]), null);
  socket.close();
});

test('a flow that does not come from this machine has no program', async () => {
  const port = await listen('127.0.0.1');
  const socket = await dial(port, '127.0.0.1');
  const guests = new FlowOwners(() => false, new SocketHolders());
  const local = { address: '127.0.0.1', port: socket.localPort! };
  assert.equal(await guests.find('tcp', local, { address: '127.0.0.1', port }), null);
  socket.destroy();
});

test('questions that come together are all answered', async () => {
  const port = await listen('127.0.0.1');
  const sockets = await Promise.all(Array.from({ length: 50 }, () => dial(port, '127.0.0.1')));
  const answers = await Promise.all(
    [...sockets, ...sockets].map((socket) =>
      find('tcp', ['127.0.0.1', socket.localPort!], ['127.0.0.1', port]),
    ),
  );
  assert.deepEqual(
    answers,
    Array.from({ length: 100 }, () => us),
  );
  for (const socket of sockets) socket.destroy();
});

test('a connection in TIME_WAIT is nobody’s', async () => {
  const port = await listen('127.0.0.1');
  const socket = await dial(port, '127.0.0.1');
  const { localPort } = socket;
  socket.end();
  await once(socket, 'close');
  assert.equal(await find('tcp', ['127.0.0.1', localPort!], ['127.0.0.1', port]), null);
});

/** Prints the local port of a connection that it keeps. */
const program = `
  const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1', () => console.log(socket.localPort));
`;

async function dialFrom(
  command: string,
  port: number,
  uid?: number,
): Promise<{ child: ChildProcess; localPort: number }> {
  const child = spawn(command, ['-e', program, `${port}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid }),
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, localPort: Number(line) };
}

test("another program's connection is that program's, also after its file was replaced", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-owner-'));
  const copy = join(folder, 'a browser (of sorts)');
  copyFileSync(process.execPath, copy);
  const port = await listen('127.0.0.1');
  const { child, localPort } = await dialFrom(copy, port);
  rmSync(folder, { recursive: true });
  try {
    const facts = await find('tcp', ['127.0.0.1', localPort], ['127.0.0.1', port]);
    assert.deepEqual(facts, { name: 'a browser (of sorts)', path: copy, uid: us.uid });
  } finally {
    child.kill();
  }
});

test(
  "another user's connection has that user",
  { skip: us.uid !== 0 && 'needs root' },
  async () => {
    const folder = mkdtempSync('/var/tmp/sluice-owner-');
    const copy = join(folder, 'node');
    copyFileSync(process.execPath, copy);
    chmodSync(folder, 0o755);
    const port = await listen('127.0.0.1');
    const { child, localPort } = await dialFrom(copy, port, 12_345);
    try {
      const facts = await find('tcp', ['127.0.0.1', localPort], ['127.0.0.1', port]);
      assert.deepEqual(facts, { name: 'node', path: copy, uid: 12_345 });
    } finally {
      child.kill();
      rmSync(folder, { recursive: true });
    }
  },
);
