/** `sluice get` and `sluice set`, as processes of their own, with a core to change. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { EditResult } from '../../../../core/api/edit.ts';
import type { Setting } from '../../../../core/api/settings.ts';
import { CoreLab } from '../core-lab.ts';

const TEXT = '# mine\nmode: rule # as ever\nsecret: hunter2\ndns:\n  # no IPv6\n  ipv6: no\n';

let lab: CoreLab;

beforeEach(async () => {
  lab = new CoreLab();
  await lab.start(TEXT);
});

afterEach(() => lab.close());

test('settings are shown with the line that sets them, and secrets only when asked for', async () => {
  const { out } = await lab.sluice('get');
  assert.match(out, /^dns\.ipv6 +6 +false\n/m);
  assert.match(out, /^tun\.mtu +1500\n/m);
  assert.match(out, /^secret +3 +\(not shown\)\n/m);
  assert.equal((await lab.sluice('get', 'secret')).out, 'hunter2\n');
  assert.equal((await lab.sluice('get', 'tun.dns-hijack')).out, 'any:53\ntcp://any:53\n');
  const below = (await lab.sluice('get', 'sluice.limits', '--json')).out;
  const listed = JSON.parse(below) as Setting[];
  assert.ok(listed.length > 1 && listed.every((one) => one.path.startsWith('sluice.limits.')));
  assert.equal(
    (JSON.parse((await lab.sluice('get', 'mode', '--json')).out) as Setting).value,
    'rule',
  );
});

test('a setting is changed, in force, and reset', async () => {
  assert.match((await lab.sluice('set', 'mode', 'direct')).out, /^Applied\.\n/);
  assert.equal(lab.text(), TEXT.replace('mode: rule', 'mode: direct'));
  assert.equal(lab.core.status().mode, 'direct');
  const done = await lab.sluice('set', 'tun.mtu', '1400', '--json');
  const { result } = JSON.parse(done.out) as EditResult;
  assert.deepEqual(result.restartNeeded, ['tun.mtu']);
  await lab.sluice('set', 'tun.mtu', '--default');
  await lab.sluice('set', 'mode', 'rule');
  assert.equal(lab.text(), TEXT);
});

test('lists and maps are set', async () => {
  await lab.sluice('set', 'dns.nameserver', '192.0.2.53', 'tls://192.0.2.54');
  await lab.sluice('set', 'hosts', 'nas.test=192.0.2.1', 'dev.test=192.0.2.2,192.0.2.3');
  assert.equal(
    lab.text(),
    `${TEXT}  nameserver: [192.0.2.53, tls://192.0.2.54]\nhosts:\n  nas.test: 192.0.2.1\n  dev.test: [192.0.2.2, 192.0.2.3]\n`,
  );
  assert.match((await lab.sluice('get', 'hosts')).out, /^dev\.test=192\.0\.2\.2,192\.0\.2\.3$/m);
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
    const outcome = await lab.sluice('set', ...args);
    assert.equal(outcome.code, code, `${args.join(' ')}: ${outcome.err}`);
    assert.match(outcome.err, message);
  }
  assert.match((await lab.sluice('get', 'nowhere')).err, /no setting "nowhere"/);
  assert.equal(lab.text(), TEXT);
});
