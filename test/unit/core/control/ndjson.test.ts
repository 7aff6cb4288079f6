import assert from 'node:assert/strict';
import { once } from 'node:events';
import { IncomingMessage, ServerResponse, createServer } from 'node:http';
import { Socket, connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import { chunkedSink, sendFrames } from '../../../../core/control/clash/send-frames.ts';
import { streamLines, streamSteps } from '../../../../core/control/ndjson.ts';
import type { StepSource } from '../../../../core/control/ndjson.ts';

/** Serves the steps once; `served` settles as `streamSteps` does. */
async function serve(
  t: TestContext,
  source: StepSource<unknown>,
  closing = new AbortController().signal,
  onDropped = (): void => undefined,
): Promise<{ readonly url: string; readonly served: Promise<void> }> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined);
  const server = createServer((_, response) => {
    streamSteps(response, source, closing, onDropped).then(resolve, reject);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, served: promise };
}

test('steps are a line each, and the stream ends with them', async (t) => {
  const { url } = await serve(t, {
    async *begin() {
      yield { step: 1 };
      yield { step: 2 };
    },
  });
  assert.equal(await (await fetch(url)).text(), '{"step":1}\n{"step":2}\n');
});

test('work that throws ends the stream short, and the failure is told to the server', async (t) => {
  const { url, served } = await serve(t, {
    async *begin() {
      yield { step: 1 };
      throw new Error('no more');
    },
  });
  await assert.rejects(async () => (await fetch(url)).text());
  await assert.rejects(served, /no more/);
});

test('work hears that its client is gone, or that the server closes', async (t) => {
  for (const who of ['client', 'server']) {
    const closing = new AbortController();
    const { promise: began, resolve } = Promise.withResolvers<void>();
    let heard = false;
    const { url, served } = await serve(
      t,
      {
        async *begin(signal) {
          yield { step: 1 };
          resolve();
          await once(signal, 'abort');
          heard = true;
        },
      },
      closing.signal,
    );
    const client = new AbortController();
    const response = await fetch(url, { signal: client.signal });
    await began;
    if (who === 'client') client.abort();
    else closing.abort();
    await served;
    assert.equal(heard, true, who);
    await response.body?.cancel().catch(() => undefined);
  }
});

for (const [what, open] of Object.entries({
  'a stream of lines': (response: ServerResponse, closing: AbortSignal) =>
    streamLines(response, { interval: 5, next: () => 'line' }, closing, () => undefined),
  'a stream of a dashboard': (response: ServerResponse, closing: AbortSignal) =>
    sendFrames(
      chunkedSink(response),
      { interval: 5, next: () => ['frame'] },
      closing,
      () => undefined,
    ),
})) {
  test(`${what} writes nothing behind its end, however long that is on its way`, async () => {
    // Without a socket nothing leaves, and the answer is never closed.
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    const errors: Error[] = [];
    response.on('error', (error) => errors.push(error));
    const closing = new AbortController();
    open(response, closing.signal);
    closing.abort();
    await setTimeout(50);
    assert.deepEqual(errors, []);
    assert.equal(response.writableEnded, true);
    response.destroy();
  });
}

test('work for who is gone before it begins ends, too', async (t) => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let ended = false;
  const source = {
    async *begin() {
      try {
        yield 1;
        await setImmediate();
        yield 2;
      } finally {
        ended = true;
      }
    },
  };
  const server = createServer((_, response) => {
    response.once('close', () => {
      const { signal } = new AbortController();
      streamSteps(response, source, signal, () => undefined).then(resolve, reject);
    });
    response.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  await promise;
  assert.equal(ended, true);
});

test('work for who reads nothing ends, with a notice', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let dropped = 0;
  let made = 0;
  const { url, served } = await serve(
    t,
    {
      async *begin() {
        for (; made < 1000; made += 1) yield 'x'.repeat(100_000);
      },
    },
    new AbortController().signal,
    () => (dropped += 1),
  );
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1').pause();
  socket.on('error', () => undefined).write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  let before = -1;
  while (made === 0 || made !== before) {
    before = made;
    for (let n = 0; n < 100; n += 1) await setImmediate();
  }
  t.mock.timers.tick(10_000);
  await served;
  assert.equal(dropped, 1);
  assert.ok(made < 1000);
  socket.destroy();
});

test('lines that have more to follow come at once; the reader is waited for', async (t) => {
  let left = 40;
  let most = 0;
  const server = createServer((_, response) => {
    const source = {
      interval: 60_000,
      next: () => {
        most = Math.max(most, response.writableLength);
        left -= 1;
        return 'x'.repeat(100_000);
      },
      hasMore: () => left > 0,
    };
    streamLines(response, source, new AbortController().signal, () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const reader = response.body?.getReader();
  let size = 0;
  while (size < 40 * 100_003) size += (await reader?.read())?.value?.length ?? 0;
  assert.equal(left, 0);
  assert.ok(most < 200_000, `${most} bytes waited`);
  await reader?.cancel();
});
