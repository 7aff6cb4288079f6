/** The self test: all is well on a machine that is, and what is broken is found, with what to do about it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import type { CheckName, CheckResult } from '../../core/api/doctor.ts';
import { endpoints } from '../../core/api/endpoints.ts';
import { resolver } from './addresses.ts';
import { Lab } from './lab.ts';
import type { Instance } from './sluice.ts';

const DNS = `dns: {enable: true, enhanced-mode: fake-ip, nameserver: [${resolver.v4}]}\n`;

type Found = ReadonlyMap<CheckName, CheckResult>;

async function examine(sluice: Instance, ...checks: CheckName[]): Promise<Found> {
  const body = checks.length === 0 ? {} : { checks };
  const found = new Map<CheckName, CheckResult>();
  for await (const step of sluice.client.stream(endpoints.doctor, { body })) {
    if (step.kind === 'end') found.set(step.result.check, step.result);
  }
  return found;
}

/** Of one check: its verdict, what it says, and what is to be done. */
async function examineOne(sluice: Instance, check: CheckName): Promise<readonly (string | null)[]> {
  const { verdict, summary, fix } = (await examine(sluice, check)).get(check)!;
  return [verdict, summary.code, fix?.text.code ?? null];
}

function verdicts(found: Found): string[] {
  return [...found].map(([name, { verdict }]) => `${name} ${verdict}`);
}

const WELL = ['uplink ok', 'capture ok', 'dns ok', 'config ok', 'cleanup ok'];

describe('the self test', () => {
  let lab: Lab;
  let sluice: Instance;

  before(async () => {
    lab = await Lab.start();
    sluice = await lab.startSluice(`${DNS}rules:\n  - MATCH,DIRECT\n`);
  });
  after(async () => {
    await sluice.stop();
    lab.stop();
  });

  test('all is well', async () => {
    assert.deepEqual(verdicts(await examine(sluice)), WELL);
  });

  test('its own flows are not listed', async () => {
    await examine(sluice, 'capture');
    assert.deepEqual(await sluice.flows(), []);
  });

  test('the command prints the same, and ends with 0', async () => {
    const { status, stdout } = await sluice.cli('doctor');
    assert.equal(status, 0);
    const lines = stdout.split('\n').filter((line) => /^(ok|warning|failed|skipped)/.test(line));
    assert.deepEqual(
      lines.map((line) => line.split(/ +/, 2).toReversed().join(' ')),
      WELL,
    );
  });

  describe('with a routing rule of another VPN in front', () => {
    before(() => lab.output('home', 'ip', ['rule', 'add', 'priority', '100', 'lookup', 'main']));
    after(() => lab.output('home', 'ip', ['rule', 'del', 'priority', '100']));

    test('programs go past', async () => {
      const expected = ['failed', 'doctor.capture.past', 'doctor.capture.fixVpn'];
      assert.deepEqual(await examineOne(sluice, 'capture'), expected);
      const { details } = (await examine(sluice, 'capture')).get('capture')!;
      const rules = details.find(({ code }) => code === 'doctor.capture.rules');
      assert.equal(rules?.values['rules'], '100: from all lookup main');
    });

    test('names leak', async () => {
      const expected = ['failed', 'doctor.dns.leak', 'doctor.dns.fixRules'];
      assert.deepEqual(await examineOne(sluice, 'dns'), expected);
    });

    test('the command ends with 1, and says what to do', async () => {
      const { status, stdout } = await sluice.cli('doctor', 'capture');
      assert.equal(status, 1);
      assert.match(
        stdout,
        /^failed +capture .+ leaves by eth0\. .+\n.+100: from all lookup main\n +→ .+\n/,
      );
    });
  });

  test('another program has changed resolv.conf: to be taken back by switching off and on', async () => {
    writeFileSync(lab.place('home').resolvConf, 'nameserver 127.0.0.1\n');
    const { fix, ...found } = (await examine(sluice, 'dns')).get('dns')!;
    assert.deepEqual([found.verdict, found.summary.code], ['failed', 'doctor.dns.leak']);
    assert.deepEqual(fix?.action, { kind: 'recapture' });
    await sluice.client.call(endpoints.setCapture, { body: { on: false } });
    assert.deepEqual((await examineOne(sluice, 'dns'))[0], 'skipped');
    await sluice.client.call(endpoints.setCapture, { body: { on: true } });
    assert.deepEqual((await examineOne(sluice, 'dns'))[0], 'ok');
  });

  test('capture is switched off', async () => {
    await sluice.client.call(endpoints.setCapture, { body: { on: false } });
    const expected = ['failed', 'doctor.capture.off', 'doctor.capture.fixOn'];
    assert.deepEqual(await examineOne(sluice, 'capture'), expected);
    await sluice.client.call(endpoints.setCapture, { body: { on: true } });
  });

  test('without a way out', async () => {
    await lab.output('home', 'ip', ['link', 'set', 'eth0', 'down']);
    const expected = ['failed', 'doctor.uplink.none', 'doctor.uplink.fixConnect'];
    assert.deepEqual(await examineOne(sluice, 'uplink'), expected);
    await lab.output('home', 'ip', ['link', 'set', 'eth0', 'up']);
    await lab.output('home', 'ip', ['route', 'add', 'default', 'via', '192.0.2.1']);
  });

  test('without core, what can be is looked at', async () => {
    await sluice.stop();
    const { status, stdout, stderr } = await sluice.cli('doctor');
    assert.equal(status, 1);
    assert.match(stderr, /does not run/);
    assert.match(stdout, /^ok +uplink .+\nok +cleanup /);
  });
});
