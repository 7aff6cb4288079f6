import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { ListenerOwner } from '../../../../core/process/listener-owner.ts';
import type { OwnSocket } from '../../../../core/process/listener-owner.ts';
import { SocketHolders } from '../../../../core/process/socket-holders.ts';

/** Listens, dials this test's server from itself and from a child of its own, and prints the ports. */
const program = `
  const net = require('node:net'), { spawn } = require('node:child_process');
  const target = Number(process.argv[1]);
  const child = "const s = require('node:net').connect(" + target + ", '127.0.0.1', () => console.log(s.localPort))";
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const own = net.connect(target, '127.0.0.1', () => {
      spawn(process.execPath, ['-e', child]).stdout.once('data', (text) => {
        console.log([server.address().port, own.localPort, Number(text)].join(' '));
      });
    });
  });
`;

const accepted: Socket[] = [];
let target: Server;
let proxy: ChildProcess;
let other: Socket;
let listens = 0;
let ownPort = 0;
let childPort = 0;

before(async () => {
  target = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(target, 'listening');
  const { port } = target.address() as AddressInfo;
  proxy = spawn(process.execPath, ['-e', program, `${port}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: proxy.stdout! }), 'line')) as [string];
  [listens = 0, ownPort = 0, childPort = 0] = line.split(' ').map(Number);
  other = connect(port, '127.0.0.1');
  await once(other, 'connect');
});

after(() => {
  proxy.kill();
  other.destroy();
  target.close();
  // Its child ends with the connection to this test.
  for (const socket of accepted) socket.destroy();
});

function newOwner(): ListenerOwner {
  return new ListenerOwner(new SocketHolders());
}

function tcp(port: number): OwnSocket {
  const peer = { address: '127.0.0.1', port: (target.address() as AddressInfo).port };
  return { network: 'tcp', local: { address: '127.0.0.1', port }, peer };
}

test('a connection of the listening program is its own', async () => {
  assert.equal(await newOwner().owns([listens], tcp(ownPort)), true);
});

test('so is one of its child', async () => {
  assert.equal(await newOwner().owns([listens], tcp(childPort)), true);
});

test("another program's is not", async () => {
  assert.equal(await newOwner().owns([listens], tcp(other.localPort!)), false);
});

test('nor is one that does not exist, or when nobody listens', async () => {
  const owner = newOwner();
  assert.equal(await owner.owns([listens], tcp(1)), false);
  assert.equal(await owner.owns([1], tcp(ownPort)), false);
});

test('a UDP socket is found though it is bound to no address', async () => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  const { port } = target.address() as AddressInfo;
  const local = { address: '192.0.2.1', port: socket.address().port };
  const question: OwnSocket = { network: 'udp', local, peer: { address: '192.0.2.2', port: 53 } };
  assert.equal(await newOwner().owns([port], question), true);
  assert.equal(await newOwner().owns([listens], question), false);
  socket.close();
});

test('questions that come together are all answered', async () => {
  const owner = newOwner();
  const ports = [ownPort, other.localPort!, childPort, 1];
  const answers = await Promise.all(ports.map((port) => owner.owns([listens], tcp(port))));
  assert.deepEqual(answers, [true, false, true, false]);
});

test('a program that listens after the first look is found by the next', async () => {
  const owner = newOwner();
  await owner.owns([listens], tcp(ownPort));
  const late = createServer().listen(0, '127.0.0.1');
  await once(late, 'listening');
  const { port } = late.address() as AddressInfo;
  assert.equal(await owner.owns([port], tcp(other.localPort!)), true);
  late.close();
});
