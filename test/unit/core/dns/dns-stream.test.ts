import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import test from 'node:test';
import { serveDnsStream } from '../../../../core/dns/dns-stream.ts';
import type { Answering } from '../../../../core/dns/dns-stream.ts';

const client = { address: '198.18.0.1', port: 4000, transport: 'tcp' } as const;

function frame(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}

/** Reads frames of a stream as texts. */
async function* framesOf(stream: Duplex): AsyncGenerator<string> {
  let received = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      yield received.toString('utf8', 2, end);
      received = received.subarray(end);
    }
  }
}

function serve(answer: Answering['answer']): Duplex {
  const [near, far] = duplexPair({ allowHalfOpen: true });
  serveDnsStream({ answer }, far, client);
  return near;
}

async function all(stream: Duplex): Promise<string[]> {
  const frames: string[] = [];
  for await (const one of framesOf(stream)) frames.push(one);
  return frames;
}

test('several messages are answered, however they are cut up', async () => {
  const stream = serve((message, from) => {
    assert.equal(from, client);
    return Buffer.from(`re: ${String(message)}`);
  });
  const bytes = Buffer.concat([frame('one'), frame('two'), frame('x'.repeat(3000))]);
  for (const byte of bytes.subarray(0, 12)) stream.write(Buffer.of(byte));
  stream.end(bytes.subarray(12));
  assert.deepEqual(await all(stream), ['re: one', 're: two', `re: ${'x'.repeat(3000)}`]);
});

test('an answer that is there does not wait for one that is not', async () => {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const stream = serve((message) =>
    String(message) === 'slow' ? promise : Buffer.from(String(message)),
  );
  stream.end(Buffer.concat([frame('slow'), frame('fast')]));
  const frames = framesOf(stream);
  assert.equal((await frames.next()).value, 'fast');
  resolve(Buffer.from('slow'));
  assert.equal((await frames.next()).value, 'slow');
  assert.equal((await frames.next()).done, true);
});

test('what has no answer ends the connection', async () => {
  const stream = serve(() => null);
  stream.on('error', () => {});
  stream.write(frame('garbage'));
  assert.deepEqual(await all(stream).catch(() => []), []);
});

test('more queries than may be under way are not read', async () => {
  const open: (() => void)[] = [];
  let asked = 0;
  const stream = serve((message) => {
    asked += 1;
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    open.push(() => resolve(Buffer.from(message)));
    return promise;
  });
  stream.end(Buffer.concat(Array.from({ length: 200 }, (_, index) => frame(`${index}`))));
  const answers = all(stream);
  while (asked < 64) await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(asked, 64);
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    next();
    await new Promise(setImmediate);
  }
  assert.equal((await answers).length, 200);
});

test('whoever does not read his answers is not asked for more', async () => {
  let asked = 0;
  const stream = serve(() => {
    asked += 1;
    return Buffer.alloc(30_000);
  });
  stream.end(Buffer.concat(Array.from({ length: 100 }, () => frame('more'))));
  for (let n = 0; n < 20; n += 1) await new Promise(setImmediate);
  assert.ok(asked < 20, `${asked} were taken`);
  assert.equal((await all(stream)).length, 100);
});

test('a connection that breaks while an answer is being made hurts nobody', async () => {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const stream = serve(() => promise);
  stream.on('error', () => {});
  stream.write(frame('one'));
  await new Promise(setImmediate);
  stream.destroy();
  resolve(Buffer.from('late'));
  await new Promise(setImmediate);
});
