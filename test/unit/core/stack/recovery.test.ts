/** What TCP does when packets are lost, late, doubled or cut (RFC 9293, RFC 5681, RFC 6298). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ACK, FIN, mssOption, seqAdd, SYN } from '../../../packets/tcp.ts';
import type { TcpClient } from '../../../packets/tcp-client.ts';
import { StackLab } from './stack-lab.ts';

test('a SYN-ACK that is lost is sent again', async (t) => {
  const lab = new StackLab(t);
  const client = lab.client(4);
  client.acknowledges = false;
  client.syn();
  const accepted = (await lab.nextFlow()).accept();
  await client.until(() => client.heard.length === 2);
  assert.equal(client.heard[1]?.flags, SYN | ACK);
  assert.equal(client.heard[1]?.seq, client.heard[0]?.seq);
  client.segment({ ack: client.expected });
  await accepted;
});

test('a SYN that comes again gets its SYN-ACK again', async (t) => {
  const lab = new StackLab(t);
  const client = lab.client(4);
  client.acknowledges = false;
  client.syn();
  const accepted = (await lab.nextFlow()).accept();
  await client.hears(() => true);
  client.syn();
  await client.until(() => client.heard.length === 2);
  assert.equal(lab.waitingFlows, 0);
  client.segment({ ack: client.expected });
  await accepted;
});

test('data that is not acknowledged is sent again', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  client.acknowledges = false;
  stream.write('lost');
  const isLost = (segment: { readonly data: Buffer }): boolean => String(segment.data) === 'lost';
  await client.until(() => client.heard.filter(isLost).length === 2);
  client.acknowledges = true;
  await client.read(4);
  stream.write(', found');
  assert.equal(String((await client.read(11 + 4)).subarray(-7)), ', found');
});

test('three duplicate acknowledgements bring the hole at once', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  client.acknowledges = false;
  const first = client.expected;
  stream.write(Buffer.alloc(10 * 1460));
  await client.hears((segment) => segment.data.length > 0);
  await lab.machine.barrier();
  const before = client.heard.length;
  for (let n = 0; n < 3; n += 1) client.segment({ ack: first });
  await lab.machine.barrier();
  assert.equal(client.heard[before]?.seq, first);
});

test('after a timeout, what a fast retransmit could not send yet still comes first', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  client.acknowledges = false;
  const first = client.expected;
  const text = Buffer.alloc(3 * 1460, 'in order ');
  stream.write(text);
  await client.until(() => client.heard.filter(({ data }) => data.length > 0).length === 3);
  client.window = 0;
  client.send('x');
  const options = sackOf(first, 1460, 2920);
  for (let n = 0; n < 3; n += 1) client.segment({ ack: first, options });
  await delay(1500);
  const before = client.heard.length;
  client.window = 65_535;
  client.segment({ ack: first });
  const { seq } = await client.hears(({ data }) => data.length > 1, before);
  assert.equal(seq, first);
  client.acknowledges = true;
  client.segment({ ack: first });
  assert(text.equals(await received(client, first, text.length)));
});

for (const ending of ['more bytes', 'the end'] as const) {
  test(`${ending} while a segment waits to be sent again: it comes behind all the others`, async (t) => {
    const lab = new StackLab(t);
    const { client, stream } = await lab.open(4);
    client.acknowledges = false;
    const first = client.expected;
    for (const word of ['one ', 'two ', 'three ']) {
      stream.write(word);
      await client.hears(({ data }) => String(data) === word);
    }
    // The window is closed: what three duplicates ask for cannot be sent yet.
    client.window = 0;
    client.send('x');
    for (let n = 0; n < 3; n += 1) client.segment({ ack: first, options: sackOf(first, 4, 14) });
    await lab.machine.barrier();
    const last = ending === 'the end' ? '' : 'four ';
    if (last === '') stream.end();
    else stream.write(last);
    await lab.machine.barrier();
    const before = client.heard.length;
    client.window = 65_535;
    client.acknowledges = true;
    client.segment({ ack: first });
    const all = `one two three ${last}`;
    assert.equal(String(await received(client, first, all.length)), all);
    if (last !== '') return;
    const { seq, data } = await client.hears(({ flags }) => (flags & FIN) !== 0, before);
    assert.equal(seqAdd(seq, data.length), seqAdd(first, all.length));
  });
}

test('a FIN that is lost is sent again', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  client.acknowledges = false;
  stream.end();
  await client.until(() => client.heard.filter(({ flags }) => (flags & FIN) !== 0).length === 2);
});

test('segments in any order, doubled and overlapping, make one stream', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  const text = 'the quick brown fox jumps over the lazy dog';
  const start = client.seq;
  const pieces = [
    [30, 43],
    [10, 20],
    [10, 25],
    [35, 40],
    [15, 32],
    [10, 20],
    [5, 12],
    [0, 43],
    [0, 10],
  ] as const;
  for (const [from, to] of pieces) {
    client.segment({ seq: seqAdd(start, from), data: Buffer.from(text.slice(from, to)) });
  }
  client.seq = seqAdd(start, text.length);
  client.fin();
  assert.equal(String(Buffer.concat((await stream.toArray()) as Buffer[])), text);
});

test('what arrives early is announced as a SACK block', async (t) => {
  const lab = new StackLab(t);
  const client = lab.client(4);
  client.acknowledges = false;
  client.segment({ flags: SYN, seq: 1000, ack: 0, options: Buffer.from([4, 2, 1, 1]) });
  client.seq = 1001;
  const accepted = (await lab.nextFlow()).accept();
  await client.hears(() => true);
  client.segment({});
  await accepted;
  client.segment({ seq: 1101, data: Buffer.alloc(50) });
  const { ack, options } = await client.hears((segment) => segment.options.includes(5), 1);
  assert.equal(ack, 1001);
  const block = options.subarray(options.indexOf(5) + 2);
  assert.deepEqual([block.readUInt32BE(0), block.readUInt32BE(4)], [1101, 1151]);
});

test('a closed window is probed, and its opening is heard', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4, { window: 0 });
  const before = client.heard.length;
  stream.write('patience');
  // RFC 9293 3.8.6.1: the opening itself may be lost, so the sender asks.
  await client.hears((segment) => segment.data.length === 1, before);
  client.window = 65_535;
  client.segment({});
  assert.equal(String(await client.read(8)), 'patience');
});

test('a window of a few bytes is used', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4, { window: 10 });
  stream.write('more than ten bytes');
  assert.equal(String(await client.read(19)), 'more than ten bytes');
  assert(client.heard.every(({ data }) => data.length <= 10));
});

test('a tiny window does not stop a large write', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4, { window: 20 });
  stream.write(Buffer.alloc(100_000, 'piece by piece '));
  await client.read(2000);
  client.window = 65_535;
  await client.read(100_000);
});

test('bytes beyond the window are not taken, and may come again', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  const text = Buffer.alloc(80_000, 'window ');
  client.send(text);
  await lab.machine.barrier();
  const { ack } = client.heard.at(-1)!;
  const taken = ack - (client.seq - text.length);
  assert(taken <= 65_535, `${taken} bytes taken`);
  const received: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => received.push(chunk));
  await client.until(() => client.peerWindow > 20_000);
  client.seq = ack;
  client.send(text.subarray(taken));
  client.fin();
  await once(stream, 'end');
  assert(text.equals(Buffer.concat(received)));
});

test('an early segment across the window is cut, not fatal', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  const start = client.seq;
  const text = Buffer.alloc(66_000, 'window ');
  client.segment({ seq: seqAdd(start, 60_000), flags: ACK | FIN, data: text.subarray(60_000) });
  client.segment({ seq: start, data: text.subarray(0, 60_000) });
  await client.hears((segment) => segment.ack === seqAdd(start, 65_535));
  stream.resume();
  await client.until(() => client.peerWindow > 1000);
  client.segment({ seq: seqAdd(start, 65_535), flags: ACK | FIN, data: text.subarray(65_535) });
  await once(stream, 'end');
  assert.equal(stream.counts().received, text.length);
});

test('an acknowledgement of what was queued again ends the wait for a window', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  client.acknowledges = false;
  stream.write('lost');
  await client.until(() => client.heard.filter(({ data }) => data.length > 0).length === 1);
  client.window = 0;
  client.segment({});
  // Long enough for the retransmission to meet the closed window.
  await delay(1500);
  client.segment({ ack: seqAdd(client.expected, 4) });
  await delay(300);
  client.expected = seqAdd(client.expected, 4);
  client.window = 65_535;
  client.segment({});
  client.acknowledges = true;
  stream.write('found');
  await client.hears((segment) => String(segment.data) === 'found');
});

test('no segment is larger than the application takes', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4, { mss: 500 });
  stream.write(Buffer.alloc(20_000));
  await client.read(20_000);
  assert.equal(Math.max(...client.heard.map(({ data }) => data.length)), 500);
});

test('no segment is larger than the MTU, whatever the application says', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(6, { mss: 9000 });
  stream.write(Buffer.alloc(20_000));
  await client.read(20_000);
  assert.equal(Math.max(...client.heard.map(({ data }) => data.length)), 1440);
});

test('an application that wants single bytes gets more', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4, { mss: 1 });
  stream.write(Buffer.alloc(1000));
  await client.read(1000);
  assert(client.heard.length < 100);
});

test('the size of segments is not changed after the handshake', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4, { mss: 1000 });
  client.segment({ options: mssOption(100) });
  await lab.machine.barrier();
  stream.write(Buffer.alloc(20_000));
  await client.read(20_000);
  assert.equal(Math.max(...client.heard.map(({ data }) => data.length)), 1000);
});

test('acknowledgements of what was never sent are answered, not believed', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  const before = client.heard.length;
  client.segment({ ack: seqAdd(client.expected, 1_000_000) });
  const answer = await client.hears(() => true, before);
  assert.equal(answer.flags, ACK);
  stream.write('unmoved');
  assert.equal(String(await client.read(7)), 'unmoved');
});

/** One block, from the first number; it makes an acknowledgement a duplicate (RFC 6675 section 2). */
function sackOf(first: number, from: number, to: number): Buffer {
  const options = Buffer.alloc(12, 1);
  options.set([5, 10], 2);
  options.writeUInt32BE(seqAdd(first, from), 4);
  options.writeUInt32BE(seqAdd(first, to), 8);
  return options;
}

/** The bytes from sequence number `first` on, from whatever segments brought them. */
async function received(client: TcpClient, first: number, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  const holes = new Set(Array.from({ length: size }, (_, n) => n));
  await client.until(() => {
    for (const { seq, data } of client.heard) {
      const at = (seq - first) | 0;
      if (data.length === 0 || at < 0) continue;
      data.copy(bytes, at);
      for (let n = at; n < at + data.length; n += 1) holes.delete(n);
    }
    return holes.size === 0;
  });
  return bytes;
}
