import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from '../../../build/lock.ts';

function lockFile(t: TestContext): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'sluice-lock-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return path.join(dir, 'lock');
}

test('holders of a lock follow one another', async (t) => {
  const file = lockFile(t);
  const events: string[] = [];
  const hold = (name: string): Promise<void> =>
    withLock(file, async () => {
      events.push(`${name} in`);
      await sleep(20);
      events.push(`${name} out`);
    });
  await Promise.all([hold('a'), hold('b')]);
  assert.deepEqual(events, ['a in', 'a out', 'b in', 'b out']);
});

test('a lock whose owner is gone is free', async (t) => {
  const file = lockFile(t);
  const { pid } = spawnSync('true');
  writeFileSync(file, String(pid));
  assert.equal(await withLock(file, async () => 'done'), 'done');
});

test('a failure inside lets go of the lock', async (t) => {
  const file = lockFile(t);
  await assert.rejects(
    withLock(file, async () => {
      throw new Error('inside');
    }),
    /inside/,
  );
  assert.equal(existsSync(file), false);
});
