import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { SYN } from '../../../packets/tcp.ts';
import { buildUdp } from '../../../packets/udp.ts';
import { appAddress, farAddress, StackLab } from './stack-lab.ts';

test('SYNs beyond maxHalfOpen are dropped, and what is established goes on', async (t) => {
  const lab = new StackLab(t, { limits: { maxHalfOpen: 3 } });
  const { client, stream } = await lab.open(4);
  const flood = Array.from({ length: 10 }, () => lab.client(4));
  for (const one of flood) one.syn();
  await lab.machine.barrier();
  assert.equal(lab.waitingFlows, 3);
  assert.equal(lab.stack.counters()['synDropped'], 7);
  assert.equal(lab.stack.counters()['halfOpenNow'], 3);
  stream.write('unharmed');
  assert.equal(String(await client.read(8)), 'unharmed');

  (await lab.nextFlow()).refuse('drop');
  flood[9]!.syn();
  await lab.machine.barrier();
  assert.equal(lab.waitingFlows, 3);
});

test('a handshake that does not end counts as half open', async (t) => {
  const lab = new StackLab(t, { limits: { maxHalfOpen: 1 } });
  const client = lab.client(4);
  client.acknowledges = false;
  client.syn();
  const accepted = (await lab.nextFlow()).accept();
  await client.hears((segment) => (segment.flags & SYN) !== 0);
  lab.client(4).syn();
  await lab.machine.barrier();
  assert.equal(lab.stack.counters()['synDropped'], 1);
  client.segment({ ack: client.expected });
  await accepted;
  lab.client(4).syn();
  await lab.nextFlow();
});

test('SYNs beyond maxFlows are dropped', async (t) => {
  const lab = new StackLab(t, { limits: { maxFlows: 2 } });
  const { stream } = await lab.open(4);
  await lab.open(4);
  lab.client(4).syn();
  await lab.machine.barrier();
  assert.equal(lab.stack.counters()['synDropped'], 1);
  stream.destroy();
  lab.client(4).syn();
  await lab.nextFlow();
});

test('connections that only wait after their close make room for new ones', async (t) => {
  const lab = new StackLab(t, { limits: { maxFlows: 1 } });
  const { client, stream } = await lab.open(4);
  stream.end();
  stream.resume();
  await client.ended();
  client.fin();
  await once(stream, 'close');
  assert.equal(lab.stack.counters()['flowsNow'], 1);
  await lab.open(4);
  assert.equal(lab.stack.counters()['synDropped'], 0);
});

test('datagrams of sessions beyond maxUdpSessions are dropped', async (t) => {
  const lab = new StackLab(t, { limits: { maxUdpSessions: 2 } });
  for (let port = 5000; port < 5004; port += 1) lab.machine.send(datagram(port, 53, 'x'));
  await lab.machine.barrier();
  assert.equal(lab.stack.counters()['udpSessionsNow'], 2);
  assert.equal(lab.stack.counters()['udpDropped'], 2);
});

test('destinations of all sessions together have a limit', async (t) => {
  const lab = new StackLab(t, { limits: { maxUdpSessions: 2 } });
  for (let port = 1; port <= 40; port += 1) lab.machine.send(datagram(5000, port, 'x'));
  await lab.machine.barrier();
  assert.equal(lab.waitingPeers, 32);
  assert.equal(lab.stack.counters()['udpDropped'], 8);
});

test('of the datagrams that wait for a decision, the first ones are kept', async (t) => {
  const lab = new StackLab(t);
  for (let n = 0; n < 20; n += 1) lab.machine.send(datagram(5000, 53, 'x'));
  await lab.machine.barrier();
  assert.equal(lab.stack.counters()['udpDropped'], 4);
});

test('waiting datagrams count as packet memory', async (t) => {
  const lab = new StackLab(t, { limits: { maxBufferBytes: 2 << 20 } });
  for (let n = 0; n < 60; n += 1) {
    lab.machine.send(datagram(5000, 1 + n, 'x'.repeat(60_000)));
  }
  await lab.machine.barrier();
  const { noMemory, bufferBytesNow } = lab.stack.counters();
  assert(noMemory! > 0);
  assert(bufferBytesNow! < 3 << 20);
});

test('beyond maxBufferBytes data is dropped like on a wire, and passes later', async (t) => {
  const lab = new StackLab(t, { limits: { maxBufferBytes: 1 << 20 } });
  const { client, stream } = await lab.open(4, { windowScale: 3 });
  const other = await lab.open(4);
  // More than the limit, read by nobody.
  const piece = Buffer.alloc(1460, 'x');
  for (let n = 0; n < 600; n += 1) client.send(piece);
  await lab.machine.barrier();
  client.send('one too many');
  await lab.machine.barrier();
  assert(lab.stack.counters()['noMemory']! > 0);

  stream.resume();
  other.client.send('passes');
  for (let tries = 0; other.stream.readableLength === 0 && tries < 100; tries += 1) {
    other.stream.read(0);
    await lab.machine.barrier();
    // What was dropped is sent again by whoever sent it.
    other.client.segment({ seq: other.client.seq - 6, data: Buffer.from('passes') });
  }
  assert.equal(String(other.stream.read()), 'passes');
});

test('an unread connection of tiny segments costs about what it holds', async (t) => {
  const lab = new StackLab(t);
  const { client } = await lab.open(4, { windowScale: 3 });
  const before = lab.stack.counters()['bufferBytesNow']!;
  for (let n = 0; n < 3000; n += 1) client.send('x');
  await lab.machine.barrier();
  await client.hears((segment) => segment.ack === client.seq);
  assert(lab.stack.counters()['bufferBytesNow']! - before < 64 * 1024);
});

test('what arrives early does not pin the packets around it', async (t) => {
  const lab = new StackLab(t);
  const early = await lab.open(4);
  const other = await lab.open(4, { windowScale: 3 });
  other.stream.resume();
  const before = lab.stack.counters()['bufferBytesNow']!;
  // A hole for each half megabyte of somebody else's traffic.
  for (let n = 1; n <= 10; n += 1) {
    early.client.segment({ seq: early.client.seq + n * 10, data: Buffer.from('hole') });
    await other.client.sendAll(Buffer.alloc(600_000));
  }
  assert(lab.stack.counters()['bufferBytesNow']! - before < 1 << 20);
});

function datagram(srcPort: number, dstPort: number, text: string): Buffer {
  const endpoints = { src: appAddress[4], srcPort, dst: farAddress[4], dstPort };
  return buildUdp({ ...endpoints, data: Buffer.from(text) });
}
