import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { streamLines, streamSteps } from '../../../../core/control/ndjson.ts';
import type { StepSource } from '../../../../core/control/ndjson.ts';

/** Serves the steps once; `served` settles as `streamSteps` does. */
async function serve(
  t: TestContext,
  source: StepSource<unknown>,
  closing = new AbortController().signal,
): Promise<{ readonly url: string; readonly served: Promise<void> }> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined);
  const server = createServer((_, response) => {
    streamSteps(response, source, closing).then(resolve, reject);
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
