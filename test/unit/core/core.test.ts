import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Status } from '../../../core/api/status.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { ControlClient } from '../../../core/cli/control-client.ts';
import { Core } from '../../../core/core.ts';
import { createLogger } from '../../../core/log/logger.ts';
import { QuietPlatform } from './engine/quiet-platform.ts';

let dir = '';
let configPath = '';
let platform = new QuietPlatform();
let core: Core | null = null;
const log: string[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-core-'));
  configPath = join(dir, 'config.yaml');
  platform = new QuietPlatform();
  log.length = 0;
});

afterEach(async () => {
  await core?.stop();
  core = null;
  rmSync(dir, { recursive: true });
});

async function start(yaml: string | null): Promise<ControlClient> {
  if (yaml !== null) writeFileSync(configPath, yaml);
  core = await Core.start({
    configPath: yaml === null ? null : configPath,
    stateDir: join(dir, 'state'),
    log: createLogger({ level: 'info', write: (line) => log.push(line) }),
    openPlatform: async () => platform,
    deviceOf: ({ tun }) => ({ kind: 'memory', mtu: tun.mtu }),
  });
  return new ControlClient(join(dir, 'state', 'control.sock'));
}

async function statusUntil(
  client: ControlClient,
  condition: (status: Status) => boolean,
): Promise<Status> {
  for (;;) {
    const status = await client.call(endpoints.status);
    if (condition(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const DIRECT = 'rules: ["MATCH,DIRECT"]\n';

test('a started core answers on its control socket', async () => {
  const client = await start(DIRECT);
  const status = await client.call(endpoints.status);
  assert.equal(status.state, 'running');
  assert.equal(status.pid, process.pid);
  assert.deepEqual(
    [status.config.path, status.config.rules, status.config.rejected],
    [configPath, 1, null],
  );
  assert.deepEqual(status.tun?.changes, ['Nothing was changed.']);
});

test('the built-in configuration runs, and has no file to reload', async () => {
  const client = await start(null);
  const status = await client.call(endpoints.status);
  assert.equal(status.config.path, null);
  await assert.rejects(client.call(endpoints.reload), { code: 'ERR_NO_CONFIG_FILE' });
});

test('stopping gives everything back in reverse', async () => {
  await start(DIRECT);
  await core?.stop();
  assert.deepEqual(platform.calls.slice(-2), ['down', 'close']);
  assert.equal(existsSync(join(dir, 'state', 'control.sock')), false);
  await start(DIRECT);
});

test('a configuration with errors touches nothing', async () => {
  await assert.rejects(start('rules: ["MATCH,NOWHERE"]\n'), { code: 'ERR_CONFIG' });
  assert.equal(existsSync(join(dir, 'state')), false);
});

test('a second core in the same folder is refused and harms nothing', async () => {
  const client = await start(DIRECT);
  const first = core;
  await assert.rejects(start(DIRECT), { code: 'ERR_ALREADY_RUNNING' });
  core = first;
  const status = await client.call(endpoints.status);
  assert.equal(status.state, 'running');
});

test('a failed start gives the state folder back', async () => {
  platform.capable = new Error('scripted');
  await assert.rejects(start(DIRECT), { message: 'scripted' });
  assert.equal(platform.calls.at(-1), 'close');
  platform.capable = null;
  await start(DIRECT);
});

test('saving the file applies it', async () => {
  const client = await start(DIRECT);
  writeFileSync(configPath, 'mode: direct\nrules: ["DST-PORT,1,REJECT", "MATCH,DIRECT"]\n');
  const status = await statusUntil(client, ({ config }) => config.rules === 2);
  assert.equal(status.mode, 'direct');
});

test('saving a broken file changes nothing and says where it is broken, until it is mended', async () => {
  const client = await start(DIRECT);
  writeFileSync(configPath, 'rules:\n  - MATCH,NOWHERE\n');
  const broken = await statusUntil(client, ({ config }) => config.rejected !== null);
  assert.equal(broken.config.rules, 1);
  assert.match(broken.config.rejected?.message ?? '', /config\.yaml:2:/);
  writeFileSync(configPath, DIRECT);
  await statusUntil(client, ({ config }) => config.rejected === null);
});

test('a file that disappears changes nothing', async () => {
  const client = await start(DIRECT);
  rmSync(configPath);
  const status = await statusUntil(client, ({ config }) => config.rejected !== null);
  assert.equal(status.state, 'running');
  assert.match(status.config.rejected?.message ?? '', /no such file/);
});

test('reload answers with every problem of the file', async () => {
  const client = await start(DIRECT);
  writeFileSync(configPath, 'rules:\n  - MATCH,NOWHERE\n  - NONSENSE,x,DIRECT\n');
  const result = await client.call(endpoints.reload);
  assert.equal(result.applied, false);
  assert.deepEqual(
    result.problems.filter(({ severity }) => severity === 'error').map(({ line }) => line),
    [2, 3],
  );
});

test('reload answers with what needs a restart, and the status keeps it', async () => {
  const client = await start(DIRECT);
  writeFileSync(configPath, `${DIRECT}tun: {mtu: 1400}\n`);
  const result = await client.call(endpoints.reload);
  assert.deepEqual([result.applied, result.restartNeeded], [true, ['tun.mtu']]);
  const status = await client.call(endpoints.status);
  assert.deepEqual(status.config.restartNeeded, ['tun.mtu']);
  assert.equal(status.tun?.mtu, 1500);
});

test('the level of the log follows the file', async () => {
  const client = await start(`${DIRECT}log-level: silent\n`);
  log.length = 0;
  writeFileSync(configPath, `${DIRECT}log-level: info\nmode: direct\n`);
  await statusUntil(client, ({ mode }) => mode === 'direct');
  assert.ok(log.some((line) => line.includes('CONFIG_APPLIED')));
});

test('counters of the stack are served', async () => {
  const client = await start(DIRECT);
  const counters = await client.call(endpoints.counters);
  assert.equal(counters['packetsIn'], 0);
  assert.equal(counters['ownFlowsRefused'], 0);
});

test('an explanation is by the configuration in force', async () => {
  const client = await start('rules: ["DOMAIN,a.com,REJECT", "MATCH,DIRECT"]\n');
  const answer = await client.call(endpoints.explain, { body: { host: 'A.com' } });
  assert.equal((answer as { target: string }).target, 'REJECT');
});

test('what the previous run left behind is logged', async () => {
  platform = Object.assign(new QuietPlatform(), {
    leftovers: {
      undone: ['3 rules'],
      notices: ['one file is not ours any more'],
      warnings: ['one line was ignored'],
    },
  });
  await start(DIRECT);
  assert.ok(log.some((line) => line.includes('LEFTOVER_UNDONE 3 rules')));
  assert.ok(log.some((line) => line.includes('warning LEFT_ALONE one file is not ours any more')));
  assert.ok(log.some((line) => line.includes('warning LEFTOVER one line was ignored')));
});
