import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';

const launcher = path.join(import.meta.dirname, '../../../../core/cli/sluice.mjs');

/** Makes Node say that it is an old one; what it starts says the truth. */
const pretendOld =
  'data:text/javascript,' +
  "Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.0.0'}})";

/** A project that has the real launcher, and a main of the test's own. */
function project(t: TestContext, main: string): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'sluice-launcher-'));
  t.after(() => rmSync(dir, { recursive: true }));
  mkdirSync(path.join(dir, 'core/cli'), { recursive: true });
  copyFileSync(launcher, path.join(dir, 'core/cli/sluice.mjs'));
  writeFileSync(path.join(dir, 'core/cli/main.ts'), main);
  writeFileSync(path.join(dir, 'package.json'), '{ "type": "module" }');
  return dir;
}

function withOwnNode(dir: string): string {
  mkdirSync(path.join(dir, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, path.join(dir, 'node_modules/.bin/node'));
  return dir;
}

function start(dir: string, nodeArgs: string[], args: string[]): ChildProcess {
  const file = path.join(dir, 'core/cli/sluice.mjs');
  return spawn(process.execPath, [...nodeArgs, file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function finish(child: ChildProcess): Promise<{ out: string; err: string; code: number }> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (bytes) => (out += bytes));
  child.stderr?.on('data', (bytes) => (err += bytes));
  const [code] = await once(child, 'close');
  return { out, err, code };
}

const echo = `export async function main(argv: string[]): Promise<number> {
  console.log(JSON.stringify([...argv, Number.parseInt(process.versions.node) >= 24]));
  return 7;
}`;

test('the arguments go to main and its result is the exit code', async (t) => {
  const { out, code } = await finish(start(project(t, echo), [], ['check', 'a b']));
  assert.deepEqual([out, code], ['["check","a b",true]\n', 7]);
});

test('an old Node hands over to the one of the project', async (t) => {
  const dir = withOwnNode(project(t, echo));
  const { out, code } = await finish(start(dir, ['--import', pretendOld], ['check', 'a b']));
  assert.deepEqual([out, code], ['["check","a b",true]\n', 7]);
});

test('an old Node without the one of the project says what to do', async (t) => {
  const { err, code } = await finish(start(project(t, echo), ['--import', pretendOld], ['check']));
  assert.match(err, /needs Node 24 .*npm ci/);
  assert.equal(code, 1);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} to the old Node reaches main once`, async (t) => {
    const main = `export async function main(): Promise<number> {
      let count = 0;
      process.on('${signal}', () => { count += 1; });
      const alive = setInterval(() => {
        if (count > 0) setTimeout(() => { clearInterval(alive); done(count); }, 100);
      }, 10);
      const { promise, resolve: done } = Promise.withResolvers<number>();
      console.log('ready');
      return promise;
    }`;
    const child = start(withOwnNode(project(t, main)), ['--import', pretendOld], ['flows']);
    assert.ok(child.stdout);
    const lines = createInterface(child.stdout);
    await once(lines, 'line');
    child.kill(signal);
    const [code] = await once(child, 'close');
    assert.equal(code, 1);
  });
}
