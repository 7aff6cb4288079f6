import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import {
  controlSocketPath,
  openStateDir,
  stateDirPath,
} from '../../../../core/platform/state-dir.ts';

const source = join(import.meta.dirname, '../../../../core/platform/state-dir.ts');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-state-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the environment chooses the folder, else the system does', () => {
  assert.equal(stateDirPath({ SLUICE_STATE_DIR: '/srv/state' }), '/srv/state');
  assert.equal(stateDirPath({}), '/var/lib/sluice');
  assert.equal(stateDirPath({ SLUICE_STATE_DIR: '' }), '/var/lib/sluice');
});

test('a folder that is made is for its owner alone', () => {
  const path = join(folder, 'a', 'b');
  openStateDir(path).release();
  assert.equal(statSync(path).mode & 0o777, 0o700);
});

test('a second instance is one error that names the first', () => {
  const state = openStateDir(folder);
  try {
    assert.throws(() => openStateDir(folder), {
      code: 'ERR_ALREADY_RUNNING',
      message: new RegExp(`process ${process.pid}`),
    });
  } finally {
    state.release();
  }
});

test('a released folder can be opened again, and a second release does nothing', () => {
  const first = openStateDir(folder);
  first.release();
  const second = openStateDir(folder);
  first.release();
  assert.throws(() => openStateDir(folder), { code: 'ERR_ALREADY_RUNNING' });
  second.release();
});

test('the lock ends with a process that is killed', async (t) => {
  const script =
    `import { openStateDir } from ${JSON.stringify(source)};` +
    // Kept, so that it is not collected, and the lock with it.
    'globalThis.held = openStateDir(process.argv[1]); console.log("locked"); setInterval(() => {}, 1000);';
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script, folder]);
  // Whatever fails here, it must not outlive the test.
  t.after(() => holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  assert.throws(() => openStateDir(folder), {
    code: 'ERR_ALREADY_RUNNING',
    message: new RegExp(`process ${holder.pid}`),
  });
  const exited = once(holder, 'exit');
  holder.kill('SIGKILL');
  await exited;
  openStateDir(folder).release();
});

test('a folder that others may write to is refused', () => {
  chmodSync(folder, 0o777);
  assert.throws(() => openStateDir(folder), { code: 'ERR_STATE_DIR' });
});

test('a link is refused', () => {
  const link = join(folder, 'link');
  symlinkSync(folder, link);
  assert.throws(() => openStateDir(link), { code: 'ERR_STATE_DIR' });
});

test('a file is refused', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  assert.throws(() => openStateDir(file), { code: 'ERR_STATE_DIR' });
});

test('a lock that is no lock is one error', () => {
  writeFileSync(join(folder, 'lock'), 'x'.repeat(5000));
  assert.throws(() => openStateDir(folder), { code: 'ERR_STATE_DIR' });
});

test('the control socket is in the state folder that was chosen, else in the system folder', () => {
  assert.equal(controlSocketPath({ SLUICE_STATE_DIR: '/srv/state' }), '/srv/state/control.sock');
  assert.equal(controlSocketPath({}), '/run/sluice/control.sock');
});
