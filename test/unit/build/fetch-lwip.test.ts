import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { fetchLwip, lwipHash, treeHash } from '../../../build/fetch-lwip.ts';

function temporary(t: TestContext): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'sluice-lwip-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

/** A copy of the real source, as somebody would unpack it. */
async function release(t: TestContext): Promise<string> {
  const dir = path.join(temporary(t), 'lwip-2.2.1');
  cpSync(await fetchLwip(), path.join(dir, 'src'), { recursive: true });
  return dir;
}

test('the hash of a tree is the one that the shell gives', (t) => {
  const dir = temporary(t);
  mkdirSync(path.join(dir, 'b/é'), { recursive: true });
  for (const name of ['b.c', 'B.c', 'b/a.c', 'b/é/ü.h', 'b-1']) {
    writeFileSync(path.join(dir, name), `content of ${name}`);
  }
  const pipeline = 'find . -type f | sort | xargs sha256sum | sha256sum';
  const env = { ...process.env, LC_ALL: 'C' };
  const shell = execFileSync('sh', ['-c', pipeline], { cwd: dir, env, encoding: 'utf8' });
  assert.equal(treeHash(dir), shell.split(' ')[0]);
});

test('LWIP_DIR with the release is copied to where the build looks', async (t) => {
  const cache = temporary(t);
  const src = await fetchLwip({ LWIP_DIR: await release(t) }, cache);
  assert.equal(src, path.join(cache, 'lwip-2.2.1/src'));
  assert.equal(treeHash(src), lwipHash);
});

test('LWIP_DIR with one changed byte is refused', async (t) => {
  const dir = await release(t);
  appendFileSync(path.join(dir, 'src/core/tcp.c'), '\n');
  await assert.rejects(fetchLwip({ LWIP_DIR: dir }, temporary(t)), /not the unmodified source/);
});

test('LWIP_DIR with an added file is refused', async (t) => {
  const dir = await release(t);
  writeFileSync(path.join(dir, 'src/core/more.c'), '');
  await assert.rejects(fetchLwip({ LWIP_DIR: dir }, temporary(t)), /not the unmodified source/);
});

test('LWIP_DIR that does not exist is an error', async (t) => {
  const dir = path.join(temporary(t), 'nothing');
  await assert.rejects(fetchLwip({ LWIP_DIR: dir }, temporary(t)), /has no lwIP source/);
});

test('a source that was changed in the cache is replaced', async (t) => {
  const cache = temporary(t);
  const env = { LWIP_DIR: await release(t) };
  const src = await fetchLwip(env, cache);
  appendFileSync(path.join(src, 'core/tcp.c'), '\n');
  assert.equal(treeHash(await fetchLwip(env, cache)), lwipHash);
});
