import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { families, StackLab } from './stack-lab.ts';

const big = Buffer.alloc(4_000_000, 'spliced ');

for (const family of families) {
  test(`IPv${family}: spliced bytes pass both ways, and are counted`, async (t) => {
    const lab = new StackLab(t);
    const { client, stream, remote, socket } = await lab.openPair(family);
    const done = lab.stack.splice(stream, remote);
    socket.pipe(socket);
    await client.sendAll(big);
    assert(big.equals(await client.read(big.length)));
    client.fin();
    assert.equal(await client.ended(), 'fin');
    assert.deepEqual(await done, { up: big.length, down: big.length, error: null });
  });

  test(`IPv${family}: the application's end reaches the server, which goes on sending`, async (t) => {
    const lab = new StackLab(t);
    const { client, stream, remote, socket } = await lab.openPair(family);
    const done = lab.stack.splice(stream, remote);
    client.send('question');
    client.fin();
    assert.equal(await text(socket), 'question');
    socket.write('an ');
    await client.read(3);
    socket.end('answer');
    assert.equal(await client.ended(), 'fin');
    assert.equal(String(client.received), 'an answer');
    assert.equal((await done).error, null);
  });

  test(`IPv${family}: the server's end reaches the application, which goes on sending`, async (t) => {
    const lab = new StackLab(t);
    const { client, stream, remote, socket } = await lab.openPair(family);
    const done = lab.stack.splice(stream, remote);
    socket.end('banner');
    assert.equal(await client.ended(), 'fin');
    assert.equal(String(client.received), 'banner');
    client.send('late ');
    await lab.machine.barrier();
    client.send('words');
    client.fin();
    assert.equal(await text(socket), 'late words');
    assert.equal((await done).error, null);
  });

  test(`IPv${family}: the application's reset reaches the server`, async (t) => {
    const lab = new StackLab(t);
    const { client, stream, remote, socket } = await lab.openPair(family);
    const done = lab.stack.splice(stream, remote);
    const broken = once(socket, 'error') as Promise<[NodeJS.ErrnoException]>;
    socket.resume();
    client.reset();
    assert.equal((await broken)[0].code, 'ECONNRESET');
    assert.equal(((await done).error as NodeJS.ErrnoException).code, 'ERR_STREAM_ECONNRESET');
  });

  test(`IPv${family}: the server's reset reaches the application, after what was sent before it`, async (t) => {
    const lab = new StackLab(t);
    const { client, stream, remote, socket } = await lab.openPair(family);
    const done = lab.stack.splice(stream, remote);
    socket.write('an answer to what was not read');
    await delay(20);
    socket.resetAndDestroy();
    assert.equal(await client.ended(), 'reset');
    assert.equal(String(client.received), 'an answer to what was not read');
    assert.equal(((await done).error as NodeJS.ErrnoException).code, 'ERR_STREAM_ECONNRESET');
  });
}

test('a reset right behind the last bytes does not overtake them', async (t) => {
  const lab = new StackLab(t);
  const { client, stream, remote, socket } = await lab.openPair(4);
  const done = lab.stack.splice(stream, remote);
  socket.write('an answer to what was not read', () => socket.resetAndDestroy());
  assert.equal(await client.ended(), 'reset');
  assert.equal(String(client.received), 'an answer to what was not read');
  await done;
});

test('a server that does not read closes the window of the application; nothing is lost', async (t) => {
  const lab = new StackLab(t);
  const { client, stream, remote, socket } = await lab.openPair(4, { windowScale: 3 });
  const done = lab.stack.splice(stream, remote);
  const huge = Buffer.alloc(12_000_000, 'held back ');
  const sent = client.sendAll(huge);
  await client.until(() => client.peerWindow < 1460);
  const received = buffer(socket);
  await sent;
  client.fin();
  assert(huge.equals(await received));
  socket.end();
  assert.equal((await done).error, null);
});

test('an application that does not read holds the server back; nothing is lost', async (t) => {
  const lab = new StackLab(t);
  const { client, stream, remote, socket } = await lab.openPair(4);
  client.window = 0;
  client.segment({});
  const done = lab.stack.splice(stream, remote);
  const huge = Buffer.alloc(12_000_000, 'held back ');
  assert.equal(socket.write(huge), false);
  await delay(100);
  assert(socket.writableLength > 0);
  client.window = 65_535;
  client.segment({});
  assert(huge.equals(await client.read(huge.length)));
  socket.end();
  client.fin();
  assert.equal((await done).error, null);
});

test('bytes read before the splice are not sent again; those that wait come first, in order', async (t) => {
  const lab = new StackLab(t);
  const { client, stream, remote, socket } = await lab.openPair(4);
  client.send('read,');
  const [head] = await firstData(stream);
  assert.equal(String(head), 'read,');
  // Arrives in JavaScript, and nobody takes it.
  client.send('buffered,');
  await untilBuffered(stream, 9);
  // Arrives in the same moment as the splice.
  client.send('queued,');
  const done = lab.stack.splice(stream, remote);
  client.send('spliced');
  client.fin();
  assert.equal(await text(socket), 'buffered,queued,spliced');
  socket.end();
  assert.equal((await done).up, 'read,buffered,queued,spliced'.length);
});

test('a sniffed head is put back and sent once', async (t) => {
  const lab = new StackLab(t);
  const { client, stream, remote, socket } = await lab.openPair(4);
  client.send('GET / HTTP/1.1\r\n');
  const [head] = await firstData(stream);
  stream.unshift(head);
  const done = lab.stack.splice(stream, remote);
  client.send('Host: example\r\n\r\n');
  client.fin();
  assert.equal(await text(socket), 'GET / HTTP/1.1\r\nHost: example\r\n\r\n');
  socket.end();
  assert.equal((await done).error, null);
});

test('an end that came before the splice is passed on', async (t) => {
  const lab = new StackLab(t);
  const { client, stream, remote, socket } = await lab.openPair(4);
  client.send('all of it');
  client.fin();
  stream.read(0);
  await untilBuffered(stream, 9);
  await lab.machine.barrier();
  const done = lab.stack.splice(stream, remote);
  assert.equal(await text(socket), 'all of it');
  socket.end('and back');
  assert.equal(await client.ended(), 'fin');
  assert.equal(String(client.received), 'and back');
  assert.equal((await done).error, null);
});

test('bytes of the server that came before the splice arrive first', async (t) => {
  const lab = new StackLab(t);
  const { client, stream, remote, socket } = await lab.openPair(4);
  socket.write('before,');
  remote.read(0);
  await untilBuffered(remote, 7);
  const done = lab.stack.splice(stream, remote);
  socket.end('after');
  client.fin();
  assert.equal(await client.ended(), 'fin');
  assert.equal(String(client.received), 'before,after');
  await done;
});

test('written before the splice, read after it', async (t) => {
  const lab = new StackLab(t);
  const { client, stream, remote, socket } = await lab.openPair(4);
  stream.write('hello,');
  remote.write('hi,');
  const done = lab.stack.splice(stream, remote);
  socket.end('server');
  client.send('client');
  client.fin();
  assert.equal(await text(socket), 'hi,client');
  assert.equal(await client.ended(), 'fin');
  assert.equal(String(client.received), 'hello,server');
  await done;
});

test('a stream that is no native one is piped', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  const echo = new PassThrough();
  const done = lab.stack.splice(stream, echo);
  client.send('there and back');
  assert.equal(String(await client.read(14)), 'there and back');
  client.fin();
  assert.equal(await client.ended(), 'fin');
  assert.deepEqual(await done, { up: 14, down: 14, error: null });
});

test('a piped stream that breaks resets the application', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  const broken = new PassThrough();
  const done = lab.stack.splice(stream, broken);
  broken.destroy(new Error('the upstream broke'));
  assert.equal(await client.ended(), 'reset');
  assert.equal((await done).error?.message, 'the upstream broke');
});

test('destroying an end breaks the splice off', async (t) => {
  const lab = new StackLab(t);
  const { client, stream, remote, socket } = await lab.openPair(4);
  const done = lab.stack.splice(stream, remote);
  socket.resume();
  const broken = once(socket, 'error');
  stream.destroy();
  assert.equal(await client.ended(), 'reset');
  await broken;
  assert.notEqual((await done).error, null);
});

test('a splice with an end that is gone already ends at once', async (t) => {
  const lab = new StackLab(t);
  const { client, stream, remote, socket } = await lab.openPair(4);
  const broken = once(remote, 'error');
  remote.resume();
  socket.resetAndDestroy();
  await broken;
  assert.notEqual((await lab.stack.splice(stream, remote)).error, null);
  assert.equal(await client.ended(), 'reset');
});

test('a reset of a server that had ended reaches an application that is silent', async (t) => {
  const lab = new StackLab(t);
  const { client, stream, remote, socket } = await lab.openPair(4);
  const done = lab.stack.splice(stream, remote);
  client.send('never read');
  socket.end();
  assert.equal(await client.ended(), 'fin');
  // Closed with unread bytes, a socket resets its peer (RFC 9293 3.10.4).
  socket.destroy();
  await client.hears((segment) => (segment.flags & 4) !== 0);
  assert.notEqual((await done).error, null);
});

test('an answer to an upload that the server breaks off arrives before the reset', async (t) => {
  const lab = new StackLab(t);
  const { client, stream, remote, socket } = await lab.openPair(4, { windowScale: 3 });
  const done = lab.stack.splice(stream, remote);
  void client.sendAll(big);
  await client.until(() => client.heard.length > 20);
  socket.write('413 too much', () => socket.destroy());
  assert.equal(await client.ended(), 'reset');
  assert.equal(String(client.received), '413 too much');
  await done;
});

async function firstData(stream: Readable): Promise<[Buffer]> {
  const [chunk] = (await once(stream, 'readable').then(() => [stream.read() as Buffer])) as [
    Buffer,
  ];
  return [chunk];
}

async function untilBuffered(stream: Readable | Socket, size: number): Promise<void> {
  while (stream.readableLength < size) await delay(2);
}
