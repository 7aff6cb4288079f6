import assert from 'node:assert/strict';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import type { Binding } from '../../../../core/native/binding.d.ts';
import { farAddress, families, loopback, StackLab, unbound } from './stack-lab.ts';

const never = new AbortController().signal;

for (const family of families) {
  test(`IPv${family}: an own connection reaches a server, and ends with it`, async (t) => {
    const lab = new StackLab(t);
    const server = await lab.serve(family);
    const stream = await lab.stack.connectTcp(server.address, server.port, unbound, never);
    const socket = await server.accept();
    stream.write('ping');
    socket.resume();
    const [data] = (await once(socket, 'data')) as [Buffer];
    assert.equal(String(data), 'ping');
    socket.end('pong');
    assert.equal(String(Buffer.concat((await stream.toArray()) as Buffer[])), 'pong');
    assert.deepEqual(stream.counts(), { received: 4, sent: 4 });
  });

  test(`IPv${family}: a refused connection is told as refused`, async (t) => {
    const lab = new StackLab(t);
    await assert.rejects(lab.stack.connectTcp(loopback[family], 1, unbound, never), {
      name: 'UpstreamError',
      code: 'ERR_CONNECT_ECONNREFUSED',
      failure: 'refused',
    });
  });

  test(`IPv${family}: no route is told as an unreachable network`, async (t) => {
    const lab = new StackLab(t);
    // Broadcast, or anything at all through a device that leads nowhere.
    const address = family === 4 ? '255.255.255.255' : farAddress[6];
    const binding: Binding = { ...unbound, device: 'lo' };
    await assert.rejects(lab.stack.connectTcp(address, 80, binding, never), {
      code: 'ERR_CONNECT_ENETUNREACH',
      failure: 'net-unreachable',
    });
  });

  test(`IPv${family}: an address that is not this machine's cannot be bound`, async (t) => {
    const lab = new StackLab(t);
    const binding = { ...unbound, [`address${family}`]: farAddress[family] };
    await assert.rejects(lab.stack.connectTcp(loopback[family], 80, binding, never), {
      code: 'ERR_CONNECT_EADDRNOTAVAIL',
      failure: 'net-unreachable',
    });
  });
}

test('a connection is bound to the address it is told to leave from', async (t) => {
  const lab = new StackLab(t);
  const server = await lab.serve(4);
  const binding: Binding = { device: 'lo', address4: '127.0.0.5', address6: '' };
  await lab.stack.connectTcp(server.address, server.port, binding, never);
  assert.equal((await server.accept()).remoteAddress, '127.0.0.5');
});

test('a device that does not exist is an error of the connection', async (t) => {
  const lab = new StackLab(t);
  const binding: Binding = { ...unbound, device: 'nowhere0' };
  await assert.rejects(lab.stack.connectTcp('127.0.0.1', 80, binding, never), {
    code: 'ERR_CONNECT_ENODEV',
  });
});

test('a name is not an address', async (t) => {
  const lab = new StackLab(t);
  await assert.rejects(lab.stack.connectTcp('localhost', 80, unbound, never), { code: 'EINVAL' });
});

test('a connection that is broken off rejects with the reason', async (t) => {
  const lab = new StackLab(t);
  const abort = new AbortController();
  // The loopback device swallows what is not for this machine: nobody ever answers.
  const binding: Binding = { ...unbound, device: 'lo' };
  const connected = lab.stack.connectTcp(farAddress[4], 80, binding, abort.signal);
  await lab.machine.barrier();
  abort.abort(new Error('changed my mind'));
  await assert.rejects(connected, { message: 'changed my mind' });
});

test('an aborted signal begins nothing', async (t) => {
  const lab = new StackLab(t);
  const reason = new Error('too late');
  const connected = lab.stack.connectTcp('127.0.0.1', 1, unbound, AbortSignal.abort(reason));
  await assert.rejects(connected, reason);
});

test('of two connections made in one moment, the first may break off the second', async (t) => {
  const lab = new StackLab(t);
  const server = await lab.serve(4);
  const abort = new AbortController();
  const first = lab.stack
    .connectTcp(server.address, server.port, unbound, never)
    .then(() => abort.abort(new Error('one is enough')));
  const second = lab.stack.connectTcp(server.address, server.port, unbound, abort.signal);
  await assert.rejects(second, { message: 'one is enough' });
  await first;
  await server.accept();
  const unwanted = await server.accept();
  unwanted.resume();
  await new Promise((resolve) => unwanted.once('close', resolve));
});

test('a server that resets is an error of the stream', async (t) => {
  const lab = new StackLab(t);
  const server = await lab.serve(4);
  const stream = await lab.stack.connectTcp(server.address, server.port, unbound, never);
  stream.resume();
  const broken = once(stream, 'error') as Promise<[NodeJS.ErrnoException]>;
  (await server.accept()).resetAndDestroy();
  assert.equal((await broken)[0].code, 'ERR_STREAM_ECONNRESET');
});

test('a packet from an own connection that comes back is refused', async (t) => {
  const lab = new StackLab(t);
  const server = await lab.serve(4);
  // Loopback addresses are bad on the device, so that the own connection needs another one; every
  // address of 127/8 is this machine's, and so is every address of its interfaces.
  const address = machineAddress();
  if (address === null) {
    t.skip('this machine has no address but loopback');
    return;
  }
  const binding: Binding = { ...unbound, address4: address };
  await lab.stack.connectTcp(server.address, server.port, binding, never);
  const socket = await server.accept();
  assert.equal(socket.remoteAddress, address);
  const client = lab.client(4, { src: address, srcPort: socket.remotePort! });
  client.syn();
  assert.equal(await client.ended(), 'reset');
  assert.equal(lab.stack.counters()['ownFlowsRefused'], 1);
  assert.equal(lab.waitingFlows, 0);
});

function machineAddress(): string | null {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.find((entry) => entry?.family === 'IPv4' && !entry.internal)?.address ?? null;
}
