/** The tunnel is switched off and on while Sluice runs: the machine is as without it, and back. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ports, site4, uplink } from './addresses.ts';
import { curl } from './clients.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import { openFlows } from './open-flows.ts';
import type { Instance } from './sluice.ts';

describe('capture', () => {
  let lab: Lab;
  let sluice: Instance;

  /** What Sluice changes of the machine. */
  const traces = async (): Promise<string> => {
    const rules = await lab.output('home', 'ip', ['rule']);
    const rules6 = await lab.output('home', 'ip', ['-6', 'rule']);
    const resolver = await lab.output('home', 'cat', ['/etc/resolv.conf']);
    return `${rules}${rules6}${resolver}`;
  };
  /** Whom a site sees. */
  const seen = async (): Promise<string> => {
    const body = await curl(lab, 'home', `http://${site4}/`);
    return body.split(' ')[0] ?? '';
  };

  let untouched = '';
  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    untouched = await traces();
    sluice = await lab.startSluice(labConfig(lab.certificates, ['MATCH,dante']));
  });
  after(() => lab.stop());

  test('off: flows end, and the machine is as if Sluice did not run', async () => {
    assert.notEqual(await seen(), uplink.home4);
    const flows = await openFlows(lab, 5, 0);
    const { stdout, status } = await sluice.cli('tun', 'off');
    assert.deepEqual([stdout, status], ['off\n', 0]);
    assert.deepEqual(await sluice.flows('live'), []);
    const ended = (await sluice.flows('closed')).filter(
      ({ destination }) => destination.port === ports.echo,
    );
    assert.deepEqual(
      ended.map(({ error }) => error?.code),
      Array<string>(5).fill('ERR_FLOW_CAPTURE_OFF'),
    );
    assert.equal(await traces(), untouched);
    const before = (await sluice.flows()).length;
    assert.equal(await seen(), uplink.home4);
    assert.equal((await sluice.flows()).length, before);
    await flows.stop('SIGTERM', 5_000);
  });

  test('it stays off while the configuration changes', async () => {
    await sluice.apply(labConfig(lab.certificates, ['MATCH,squid']));
    assert.equal((await sluice.status()).tun, null);
    assert.equal(await traces(), untouched);
    assert.equal(await seen(), uplink.home4);
  });

  test('on: it goes on by what the configuration says now', async () => {
    assert.equal((await sluice.cli('tun', 'on')).stdout, 'on\n');
    assert.equal((await sluice.cli('tun')).stdout, 'on\n');
    assert.notEqual(await seen(), uplink.home4);
    assert.deepEqual((await sluice.flows())[0]?.chain, ['squid']);
    // Again and again.
    for (let n = 0; n < 3; n += 1) {
      await sluice.cli('tun', 'off');
      await sluice.cli('tun', 'on');
    }
    assert.notEqual(await seen(), uplink.home4);
    await sluice.stop();
    assert.equal(await traces(), untouched);
  });
});
