/** Starting, changing and ending Sluice, in order and not, leaves flows and the machine as they should be. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { ports, site4 } from './addresses.ts';
import { connectResult, curl } from './clients.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import { answersEachSecond, openFlows } from './open-flows.ts';
import type { Instance } from './sluice.ts';

describe('lifecycle', () => {
  let lab: Lab;
  let untouched: string;
  let sluice: Instance;

  const config = (...rules: string[]): string => labConfig(lab.certificates, rules);
  const start = async (...rules: string[]): Promise<void> => {
    sluice = await lab.startSluice(config(...rules));
  };

  /** Everything in `home` that Sluice could have changed, byte for byte. */
  function machine(): Promise<string> {
    const commands = [
      ...['ip -brief link', 'ip -brief address', 'ip rule', 'ip -6 rule'],
      ...['ip route show table all', 'ip -6 route show table all', 'nft list ruleset'],
      ...['sysctl -a --pattern "^net.ipv[46].conf.(all|eth0|guest0)"', 'cat /etc/resolv.conf'],
    ];
    return lab.output('home', 'sh', ['-ec', commands.join('; ')]);
  }

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    untouched = await machine();
  });
  after(() => lab.stop());
  afterEach(async () => {
    await sluice.stop();
    await sluice.cli('cleanup');
  });

  test('stopping leaves the machine as it was', async () => {
    await start('MATCH,DIRECT');
    assert.notEqual(await machine(), untouched);
    await sluice.stop();
    assert.equal(await machine(), untouched);
    assert.equal(sluice.daemon.child.exitCode, 0);
    assert.match(await curl(lab, 'guest', `http://${site4}/small`), /hello/);
  });

  test('a TUN that somebody deletes ends the capture: the machine is as it was', async () => {
    await start('MATCH,DIRECT');
    const { tun } = await sluice.status();
    await lab.output('home', 'ip', ['link', 'del', tun!.device]);
    while ((await sluice.status()).state !== 'error') await sleep(20);
    const { error } = await sluice.status();
    assert.equal(error?.code, 'ERR_TUN_LOST');
    assert.equal(await machine(), untouched);
    assert.match(await curl(lab, 'guest', `http://${site4}/small`), /hello/);
  });

  test('after kill -9, cleanup leaves the machine as it was', async () => {
    await start('MATCH,DIRECT');
    await sluice.daemon.stop('SIGKILL');
    assert.notEqual(await machine(), untouched);
    assert.equal((await sluice.cli('cleanup')).status, 0);
    assert.equal(await machine(), untouched);
  });

  test('after kill -9, the next start works, and its end leaves the machine as it was', async () => {
    await start('MATCH,DIRECT');
    await sluice.daemon.stop('SIGKILL');
    const again = sluice.startAnother();
    await again.until('run', async () => {
      const status = await sluice.status().catch(() => null);
      return status?.state === 'running' && status.pid === again.pid;
    });
    assert.match(await curl(lab, 'guest', `http://${site4}/small`), /hello/);
    await again.stop('SIGINT');
    assert.equal(await machine(), untouched);
  });

  test('a second instance says that there is one, and harms nothing', async () => {
    await start('MATCH,DIRECT');
    const running = await machine();
    const second = sluice.startAnother();
    await second.exited;
    assert.equal(second.child.exitCode, 1);
    assert.match(second.log, /ERR_ALREADY_RUNNING/);
    assert.equal(await machine(), running);
    assert.match(await curl(lab, 'home', `http://${site4}/small`), /hello/);
  });

  test('a saved file is applied, and open flows stay where they are', async () => {
    await start('MATCH,microsocks');
    const flows = await openFlows(lab, 50, 50);
    sluice.writeConfig(config(`DST-PORT,${ports.http},REJECT`, 'MATCH,DIRECT'));
    const applied = async (): Promise<boolean> => (await sluice.status()).config.rules === 2;
    await sluice.daemon.until('apply the file', applied);
    assert.equal(await connectResult(lab, 'home', site4, ports.http), 'refused');
    const seen = answersEachSecond(flows).length;
    await flows.until('answer on', () => answersEachSecond(flows).length > seen + 1);
    const chains = (await sluice.flows('live')).map(({ chain }) => chain[0]);
    assert.deepEqual([...new Set(chains)], ['microsocks']);
    await flows.stop();
  });

  test('a broken file changes nothing, and the status says what is wrong', async () => {
    await start(`DST-PORT,${ports.https},REJECT`, 'MATCH,DIRECT');
    const running = await machine();
    const flows = await openFlows(lab, 20, 20);
    sluice.writeConfig('tun: {enable: true}\nrules:\n  - MATCH,NOWHERE\n');
    const rejected = async (): Promise<boolean> => (await sluice.status()).config.rejected !== null;
    await sluice.daemon.until('reject the file', rejected);
    assert.equal(await connectResult(lab, 'home', site4, ports.https), 'refused');
    assert.equal(await connectResult(lab, 'home', site4, ports.http), 'connected');
    assert.equal(await machine(), running);
    await sleep(1100);
    assert.ok(flows.running);
    await flows.stop();
    sluice.writeConfig(config('MATCH,DIRECT'));
    await sluice.daemon.until('recover', async () => !(await rejected()));
    assert.equal(await connectResult(lab, 'home', site4, ports.https), 'connected');
  });

  test('the command line shows the status and the flows, and closes one', async () => {
    await start('MATCH,dante');
    const flows = await openFlows(lab, 1, 0);
    const status = JSON.parse((await sluice.cli('status', '--json')).stdout) as { state: string };
    assert.equal(status.state, 'running');
    const [flow] = await sluice.flows('live');
    assert.match((await sluice.cli('flows')).stdout, new RegExp(`${site4}.*dante`));
    assert.equal((await sluice.cli('close', String(flow?.id))).status, 0);
    await flows.exited;
    assert.match(flows.log, /failed/);
  });

  test('explain says which rule decides, and why the others do not', async () => {
    await start('DOMAIN-SUFFIX,site.test,squid', 'DST-PORT,443,dante', 'MATCH,DIRECT');
    const { stdout } = await sluice.cli('explain', 'other.test:443');
    assert.match(stdout, /DOMAIN-SUFFIX,site\.test/);
    assert.match(stdout, /DST-PORT,443/);
    assert.match(stdout, /dante/);
  });
});
