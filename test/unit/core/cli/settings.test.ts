/** `sluice get` and `sluice set`, as processes of their own, with a core to change. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { EditResult } from '../../../../core/api/edit.ts';
import type { Setting } from '../../../../core/api/settings.ts';
import { Core } from '../../../../core/core.ts';
import { createLogger } from '../../../../core/log/logger.ts';
import { QuietPlatform } from '../engine/quiet-platform.ts';

const program = join(import.meta.dirname, '../../../../core/cli/sluice.mjs');
const TEXT = '# mine\nmode: rule # as ever\nsecret: hunter2\ndns:\n  # no IPv6\n  ipv6: no\n';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let dir = '';
let path = '';
let core: Core;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-cli-settings-'));
  path = join(dir, 'config.yaml');
  writeFileSync(path, TEXT);
  core = await Core.start({
    configPath: path,
    stateDir: join(dir, 'state'),
    log: createLogger({ level: 'silent', write: () => undefined }),
    openPlatform: async () => new QuietPlatform(),
    deviceOf: ({ tun }) => ({ kind: 'memory', mtu: tun.mtu }),
  });
});

afterEach(async () => {
  await core.stop();
  rmSync(dir, { recursive: true });
});

function sluice(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, SLUICE_STATE_DIR: join(dir, 'state') };
    execFile(process.execPath, [program, ...args], { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

const text = (): string => readFileSync(path, 'utf8');

test('settings are shown with the line that sets them, and secrets only when asked for', async () => {
  const { out } = await sluice('get');
  assert.match(out, /^dns\.ipv6 +6 +false\n/m);
  assert.match(out, /^tun\.mtu +1500\n/m);
  assert.match(out, /^secret +3 +\(not shown\)\n/m);
  assert.equal((await sluice('get', 'secret')).out, 'hunter2\n');
  assert.equal((await sluice('get', 'tun.dns-hijack')).out, 'any:53\ntcp://any:53\n');
  const below = (await sluice('get', 'sluice.limits', '--json')).out;
  const listed = JSON.parse(below) as Setting[];
  assert.ok(listed.length > 1 && listed.every((one) => one.path.startsWith('sluice.limits.')));
  assert.equal((JSON.parse((await sluice('get', 'mode', '--json')).out) as Setting).value, 'rule');
});

test('a setting is changed, in force, and reset', async () => {
  assert.match((await sluice('set', 'mode', 'direct')).out, /^Applied\.\n/);
  assert.equal(text(), TEXT.replace('mode: rule', 'mode: direct'));
  assert.equal(core.status().mode, 'direct');
  const done = await sluice('set', 'tun.mtu', '1400', '--json');
  const { result } = JSON.parse(done.out) as EditResult;
  assert.deepEqual(result.restartNeeded, ['tun.mtu']);
  await sluice('set', 'tun.mtu', '--default');
  await sluice('set', 'mode', 'rule');
  assert.equal(text(), TEXT);
});

test('lists and maps are set', async () => {
  await sluice('set', 'dns.nameserver', '192.0.2.53', 'tls://192.0.2.54');
  await sluice('set', 'hosts', 'nas.test=192.0.2.1', 'dev.test=192.0.2.2,192.0.2.3');
  assert.equal(
    text(),
    `${TEXT}  nameserver: [192.0.2.53, tls://192.0.2.54]\nhosts:\n  nas.test: 192.0.2.1\n  dev.test: [192.0.2.2, 192.0.2.3]\n`,
  );
  assert.match((await sluice('get', 'hosts')).out, /^dev\.test=192\.0\.2\.2,192\.0\.2\.3$/m);
});

test('what makes no sense changes nothing and says why', async () => {
  for (const [args, code, message] of [
    [['tun.mtu', '99'], 1, /from 1280 to 65535.*ERR_SETTING_INVALID/],
    [['dns.respect-rules', 'true'], 1, /proxy-server-nameserver.*ERR_EDIT_INVALID/],
    [['tun.mtv', '1400'], 2, /no setting "tun\.mtv".*tun\.mtu/],
    [['tun.mtu', '1400', '1500'], 2, /takes one value/],
    [['tun.mtu'], 2, /VALUE is missing/],
    [['tun.mtu', '1400', '--default'], 2, /takes no value/],
    [['hosts', 'nas.test'], 2, /NAME=VALUE/],
    [[], 2, /PATH is missing/],
  ] as const) {
    const outcome = await sluice('set', ...args);
    assert.equal(outcome.code, code, `${args.join(' ')}: ${outcome.err}`);
    assert.match(outcome.err, message);
  }
  assert.match((await sluice('get', 'nowhere')).err, /no setting "nowhere"/);
  assert.equal(text(), TEXT);
});
