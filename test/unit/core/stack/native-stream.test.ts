import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ACK, FIN, RST } from '../../../packets/tcp.ts';
import { families, StackLab } from './stack-lab.ts';

const big = Buffer.alloc(3_000_000, 'sluice ');

for (const family of families) {
  test(`IPv${family}: bytes pass both ways, and are counted`, async (t) => {
    const { client, stream } = await new StackLab(t).open(family);
    stream.write('hello');
    assert.equal(String(await client.read(5)), 'hello');
    client.send('good morning');
    const [data] = (await once(stream, 'data')) as [Buffer];
    assert.equal(String(data), 'good morning');
    assert.deepEqual(stream.counts(), { received: 12, sent: 5 });
  });

  test(`IPv${family}: more than the windows hold passes in both directions at once`, async (t) => {
    const { client, stream } = await new StackLab(t).open(family);
    stream.pipe(stream);
    await client.sendAll(big);
    assert(big.equals(await client.read(big.length)));
  });

  test(`IPv${family}: the application ends first, and still receives`, async (t) => {
    const { client, stream } = await new StackLab(t).open(family);
    client.send('question');
    client.fin();
    const chunks = await stream.toArray();
    assert.equal(String(Buffer.concat(chunks as Buffer[])), 'question');
    stream.end('answer');
    assert.equal(await client.ended(), 'fin');
    assert.equal(String(client.received), 'answer');
    await closed(stream);
  });

  test(`IPv${family}: the stream ends first, and still receives`, async (t) => {
    const { client, stream } = await new StackLab(t).open(family);
    stream.end('greeting');
    assert.equal(await client.ended(), 'fin');
    client.send('last words');
    client.fin();
    assert.equal(String(Buffer.concat((await stream.toArray()) as Buffer[])), 'last words');
    await closed(stream);
  });

  test(`IPv${family}: a reset of the application is an error of the stream`, async (t) => {
    const { client, stream } = await new StackLab(t).open(family);
    client.reset();
    const [error] = (await once(stream, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ERR_STREAM_ECONNRESET');
    assert.equal(stream.destroyed, true);
  });

  test(`IPv${family}: destroying the stream resets the application`, async (t) => {
    const { client, stream } = await new StackLab(t).open(family);
    stream.destroy();
    assert.equal(await client.ended(), 'reset');
    assert.equal(client.heard.at(-1)?.flags, RST | ACK);
  });
}

test('an unread stream closes its window, and nothing is lost when it is read', async (t) => {
  const { client, stream } = await new StackLab(t).open(4, { windowScale: 3 });
  const sent = client.sendAll(big);
  await client.until(() => client.peerWindow < 1460);
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await sent;
  await lastByte(chunks, big.length);
  assert(big.equals(Buffer.concat(chunks)));
});

test('an application that does not read holds writers back', async (t) => {
  const { client, stream } = await new StackLab(t).open(4);
  client.window = 0;
  client.segment({});
  let written = 0;
  while (stream.write(big.subarray(0, 65_536))) written += 65_536;
  assert(written < 4_000_000);
  client.window = 65_535;
  client.segment({});
  await once(stream, 'drain');
});

test('many small writes while the window is closed arrive when it opens', async (t) => {
  const { client, stream } = await new StackLab(t).open(4);
  client.window = 0;
  client.segment({});
  await delay(50);
  const pieces = Array.from({ length: 3000 }, (_, n) => `${n},`);
  for (const piece of pieces) stream.write(piece);
  await delay(50);
  client.window = 65_535;
  client.segment({});
  const all = pieces.join('');
  assert.equal(String(await client.read(all.length)), all);
});

test('an application that ends and then reads slowly gets everything', async (t) => {
  const { client, stream } = await new StackLab(t).open(4);
  client.send('question');
  client.fin();
  stream.resume();
  await once(stream, 'end');
  client.window = 0;
  client.segment({});
  await delay(50);
  stream.end(Buffer.alloc(100_000, 'answer '));
  // Longer than lwIP's own patience for the last acknowledgement.
  await delay(2500);
  client.window = 65_535;
  client.segment({});
  assert.equal(await client.ended(), 'fin');
  assert.equal(client.received.length, 100_000);
});

test('nobody hears of what comes after the end', async (t) => {
  const { client, stream } = await new StackLab(t).open(4);
  client.send('all');
  client.fin();
  client.segment({ data: Buffer.from('more') });
  const chunks = await stream.toArray();
  assert.equal(String(Buffer.concat(chunks as Buffer[])), 'all');
  stream.end();
  await client.hears((segment) => segment.flags === (FIN | ACK));
});

async function closed(stream: { readonly closed: boolean } & NodeJS.EventEmitter): Promise<void> {
  if (!stream.closed) await once(stream, 'close');
}

async function lastByte(chunks: readonly Buffer[], size: number): Promise<void> {
  const total = (): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  while (total() < size) await delay(5);
}
