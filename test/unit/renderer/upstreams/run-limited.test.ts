import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runLimited } from '../../../../renderer/pages/upstreams/run-limited.ts';

test('no more than so many jobs run at once, and all are done', async () => {
  let running = 0;
  let most = 0;
  let done = 0;
  const job = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    done += 1;
  };
  await runLimited(
    Array.from({ length: 20 }, () => job),
    3,
    new AbortController().signal,
  );
  assert.deepEqual({ most, done }, { most: 3, done: 20 });
});

test('none begins after it was cancelled; those that have begun end', async () => {
  const abort = new AbortController();
  let begun = 0;
  let ended = 0;
  const job = async (): Promise<void> => {
    begun += 1;
    if (begun === 3) abort.abort();
    await Promise.resolve();
    ended += 1;
  };
  await runLimited(
    Array.from({ length: 20 }, () => job),
    2,
    abort.signal,
  );
  assert.deepEqual({ begun, ended }, { begun: 3, ended: 3 });
});
