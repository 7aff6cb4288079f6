/** Everything that was changed outside the process is gone again, however the process ends. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { CleanUpReport, TunnelOptions } from '../../core/platform/platform.ts';
import { PlatformLab, far4, tunnelOptions, whyNot } from './platform-lab.ts';
import type { PlatformHost, TunEcho } from './platform-lab.ts';

/** What a terminal does to the `ip` children of a process: SIGINT for those in its process group. */
function pressCtrlC(pid: number): void {
  for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')) {
    try {
      const isIp = readFileSync(`/proc/${child}/cmdline`, 'utf8').startsWith('ip\0');
      const stat = readFileSync(`/proc/${child}/stat`, 'utf8').replace(/^.*\) /, '');
      const hasOwnGroup = stat.split(' ')[2] === child;
      if (isIp && !hasOwnGroup) process.kill(Number(child), 'SIGINT');
    } catch {
      // It has ended meanwhile.
    }
  }
}

describe('undoing on Linux', { skip: whyNot() }, () => {
  let lab: PlatformLab;
  let untouched: string;
  let tun: TunEcho;
  let host: PlatformHost;
  let state: string;

  const up = (options: Partial<TunnelOptions> = {}): Promise<unknown> =>
    host.call('up', { ...tunnelOptions, ...options });

  before(async () => {
    lab = await PlatformLab.start();
    state = join(lab.folder, 'state');
    untouched = await lab.routing();
  });
  after(() => lab.stop());
  beforeEach(async () => {
    tun = await lab.openTun();
    host = lab.openHost();
    await host.call('open');
  });
  afterEach(async () => {
    await Promise.all([host.kill(), tun.kill()]);
    const last = lab.openHost();
    await last.call('cleanUp');
    await last.end();
  });

  test('down leaves everything as it was', async () => {
    await up({ routeExcludeAddress: ['198.51.100.0/24', '2001:db8:51::/48'] });
    assert.notEqual(await lab.routing(), untouched);
    await host.call('down');
    assert.equal(await lab.routing(), untouched);
    assert.equal(existsSync(join(state, 'journal')), false);
  });

  test('close leaves everything as it was', async () => {
    await host.call('watch', '');
    await up();
    await host.call('close');
    assert.equal(await lab.routing(), untouched);
  });

  test('down works where the device is already gone', async () => {
    await up();
    await tun.kill();
    await host.call('down');
    assert.equal(await lab.routing(), untouched);
  });

  test('down works while somebody holds Ctrl-C', async () => {
    await up();
    const pressed = setInterval(() => pressCtrlC(host.pid), 1);
    try {
      await host.call('down');
    } finally {
      clearInterval(pressed);
    }
    assert.equal(await lab.routing(), untouched);
  });

  test('the journal is written for us alone', async () => {
    await up();
    assert.equal(statSync(state).mode & 0o777, 0o700);
    assert.equal(statSync(join(state, 'journal')).mode & 0o777, 0o600);
  });

  describe('after a kill -9', () => {
    beforeEach(async () => {
      await up({
        tableIndex: 4242,
        ruleIndex: 7000,
        routeExcludeAddress: ['198.51.100.0/24', '2001:db8:51::/48'],
      });
      await Promise.all([host.kill(), tun.kill()]);
      assert.notEqual(await lab.routing(), untouched);
      host = lab.openHost();
    });

    test('cleanUp leaves everything as it was and says what it undid', async () => {
      const report = await host.call<CleanUpReport>('cleanUp');
      assert.equal(await lab.routing(), untouched);
      assert.match(report.undone.join('\n'), /IPv4 policy rules from 7000 to 7010/);
      assert.match(report.undone.join('\n'), /IPv6 routes of table 4242/);
      assert.deepEqual(report.warnings, []);
    });

    test('cleanUp a second time finds nothing', async () => {
      await host.call('cleanUp');
      const report = await host.call<CleanUpReport>('cleanUp');
      assert.deepEqual(report, { undone: [], notices: [], warnings: [] });
    });

    test('the next start leaves everything as it was', async () => {
      await host.call('open');
      assert.equal(await lab.routing(), untouched);
    });

    test('a line that was cut off is one warning, and the rest is undone', async () => {
      const path = join(state, 'journal');
      writeFileSync(path, `${readFileSync(path, 'utf8')}{"kind":"linux-rou`);
      const report = await host.call<CleanUpReport>('cleanUp');
      assert.equal(report.warnings.length, 1);
      assert.equal(await lab.routing(), untouched);
    });
  });

  test('rules and routes at the usual place are removed though the journal is lost', async () => {
    await up({ routeExcludeAddress: ['198.51.100.0/24'] });
    await Promise.all([host.kill(), tun.kill()]);
    rmSync(join(state, 'journal'));
    host = lab.openHost();
    await host.call('cleanUp');
    assert.equal(await lab.routing(), untouched);
  });

  test('a forged journal cannot remove rules and routes of others', async () => {
    lab.ip(
      'home',
      'rule add priority 7005 from 10.99.0.0/16 lookup 4242',
      'route add 10.98.0.0/16 via 192.0.2.1 table 4242',
    );
    try {
      const before = await lab.routing();
      await host.kill();
      const forged = [
        { kind: 'linux-routing', data: { device: 'eth0', tableIndex: 4242, ruleIndex: 7000 } },
        { kind: 'linux-routing', data: { device: 'eth0', tableIndex: 254, ruleIndex: 0 } },
        { kind: 'linux-address', data: { device: 'eth0', family: 4, address: '192.0.2.2/24' } },
        { kind: 'shell', data: 'ip route flush table main' },
      ];
      writeFileSync(
        join(state, 'journal'),
        forged.map((line) => `${JSON.stringify(line)}\n`).join(''),
      );
      host = lab.openHost();
      const report = await host.call<CleanUpReport>('cleanUp');
      assert.deepEqual(report.undone, []);
      assert.equal(report.warnings.length, 1);
      assert.match(report.warnings.join(), /ignored 2 of 4 lines, beginning with line 2/);
      assert.equal(await lab.routing(), before);
    } finally {
      lab.ip('home', 'rule del priority 7005', 'route del 10.98.0.0/16 table 4242');
    }
  });

  test('the rules of another program in our range are one error, and nothing is changed', async () => {
    lab.ip('home', 'rule add priority 9003 from 10.99.0.0/16 lookup 2022');
    try {
      const before = await lab.routing();
      await assert.rejects(up(), { code: 'ERR_ROUTING_CONFLICT' });
      assert.equal(await lab.routing(), before);
    } finally {
      lab.ip('home', 'rule del priority 9003');
    }
  });

  test('options that make no sense are an error, and the tunnel stays as it is', async () => {
    await up();
    const before = await lab.routing();
    await assert.rejects(up({ routeAddress: ['10.0.0.0/8; id'] }), { code: 'ERR_TUN_OPTIONS' });
    await assert.rejects(up({ address4: '10.7.0.9/24' }), { code: 'ERR_TUN_ADDRESS' });
    await assert.rejects(up({ device: 'a b' }), { code: 'ERR_TUN_OPTIONS' });
    await assert.rejects(up({ tableIndex: 254 }), { code: 'ERR_TUN_OPTIONS' });
    await assert.rejects(up({ ruleIndex: 32760 }), { code: 'ERR_TUN_OPTIONS' });
    assert.equal(await lab.routing(), before);
  });

  test('where the system refuses a change, everything is undone', async () => {
    await assert.rejects(up({ device: 'nothere' }), { code: 'ERR_ROUTING' });
    assert.equal(await lab.routing(), untouched);
  });

  test('a second Sluice with a state folder of its own leaves the first alone', async () => {
    await up();
    const before = await lab.routing();
    const secondTun = await lab.openTun('sluice1');
    const second = lab.openHost(join(lab.folder, 'second'));
    assert.deepEqual(await second.call('open'), { undone: [], notices: [], warnings: [] });
    await assert.rejects(second.call('up', { ...tunnelOptions, device: 'sluice1' }), {
      code: 'ERR_ROUTING_CONFLICT',
    });
    await second.call('close');
    await second.end();
    await secondTun.kill();
    assert.equal(await lab.routing(), before);
    assert.equal(await lab.ask('home', far4), 'tun');
  });
});
