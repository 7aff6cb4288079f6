import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

const source = (path: string): string =>
  JSON.stringify(join(import.meta.dirname, '../../../../core', path));

/** A process that ends as `sluice run` does, with a core that says what is asked of it. */
function start(core: string, then = ''): ChildProcess {
  const program = `
    const { Ending } = await import(${source('cli/ending.ts')});
    const { createLogger } = await import(${source('log/logger.ts')});
    const say = (word) => process.stdout.write(word + '\\n');
    const ending = new Ending(createLogger({ level: 'info', write: (line) => process.stderr.write(line) }));
    const alive = setInterval(() => {}, 1000);
    const code = ending.wait(${core});
    say('ready');
    ${then}
    process.exitCode = await code;
    clearInterval(alive);
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const politeCore = `{
  reload: async () => say('reload'),
  stop: async () => { say('stop'); return true; },
}`;

interface End {
  readonly code: number | null;
  readonly out: string[];
  readonly err: string;
}

/** Sends each signal when the line before it has come, and waits for the end. */
async function end(
  child: ChildProcess,
  signals: readonly (readonly [string, NodeJS.Signals])[],
): Promise<End> {
  const out: string[] = [];
  let err = '';
  const waiting = [...signals];
  createInterface({ input: child.stdout! }).on('line', (line) => {
    out.push(line);
    if (line === waiting[0]?.[0]) child.kill(waiting.shift()?.[1]);
  });
  child.stderr!.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} stops the core and ends well`, async () => {
    const { code, out } = await end(start(politeCore), [['ready', signal]]);
    assert.deepEqual([code, out], [0, ['ready', 'stop']]);
  });
}

test('SIGHUP has the configuration read again', async () => {
  const { code, out } = await end(start(politeCore), [
    ['ready', 'SIGHUP'],
    ['reload', 'SIGTERM'],
  ]);
  assert.deepEqual([code, out], [0, ['ready', 'reload', 'stop']]);
});

test('a reload that fails is logged and ends nothing', async () => {
  const core = `{
    reload: async () => { setTimeout(say, 50, 'failed'); throw new Error('scripted'); },
    stop: async () => true,
  }`;
  const { code, err } = await end(start(core), [
    ['ready', 'SIGHUP'],
    ['failed', 'SIGTERM'],
  ]);
  assert.equal(code, 0);
  assert.match(err, /error RELOAD scripted/);
});

test('a second signal, later, ends at once', async () => {
  const core = `{
    reload: async () => undefined,
    stop: () => { setTimeout(say, 700, 'again'); return new Promise(() => {}); },
  }`;
  const { code, err } = await end(start(core), [
    ['ready', 'SIGINT'],
    ['again', 'SIGINT'],
  ]);
  assert.equal(code, 130);
  assert.match(err, /sluice cleanup/);
});

test('the same Ctrl-C that comes twice is one', async () => {
  const core = `{
    reload: async () => undefined,
    stop: () => {
      process.kill(process.pid, 'SIGINT');
      return new Promise((resolve) => process.once('SIGINT', () => setTimeout(resolve, 50, true)));
    },
  }`;
  const { code } = await end(start(core), [['ready', 'SIGINT']]);
  assert.equal(code, 0);
});

test('what could not be put back is a failure', async () => {
  const core = '{ reload: async () => undefined, stop: async () => false }';
  const { code } = await end(start(core), [['ready', 'SIGTERM']]);
  assert.equal(code, 1);
});

const defects = {
  'an uncaught exception': "setImmediate(() => { throw new TypeError('broken on purpose'); });",
  'an unhandled rejection': "void Promise.reject(new TypeError('broken on purpose'));",
};
for (const [name, then] of Object.entries(defects)) {
  test(`${name} stops the core before it ends the process`, async () => {
    const { code, out, err } = await end(start(politeCore, then), []);
    assert.deepEqual([code, out], [70, ['ready', 'stop']]);
    assert.match(err, /error ERR_INTERNAL .*broken on purpose/);
  });
}
