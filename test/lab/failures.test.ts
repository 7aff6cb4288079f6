/** A connect that cannot succeed fails as it would without Sluice, and the right way for each rule. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { broken, ports, proxies, site4, site6 } from './addresses.ts';
import { connectResult } from './clients.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import type { NamespaceName } from './namespaces.ts';
import type { Instance } from './sluice.ts';

const clients: readonly NamespaceName[] = ['home', 'guest'];

const badProxies = {
  absent: `{name: absent, type: socks5, server: ${proxies.microsocks}, port: 1}`,
  intruder: `{name: intruder, type: socks5, server: ${proxies.microsocks}, port: 1081, username: eve, password: guess}`,
  garbage: `{name: garbage, type: socks5, server: ${site4}, port: ${ports.greet}}`,
  mute: `{name: mute, type: http, server: ${site4}, port: ${ports.count}}`,
};

describe('failures', () => {
  let lab: Lab;
  let sluice: Instance;

  const use = async (...rules: string[]): Promise<void> => {
    const extra = ['sluice: {connect-timeout: 1500}'];
    const config = labConfig(lab.certificates, rules, extra);
    const bad = Object.values(badProxies).map((proxy) => `  - ${proxy}\n`);
    await sluice.apply(config.replace('proxies:\n', `proxies:\n${bad.join('')}`));
  };

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    sluice = await lab.startSluice(labConfig(lab.certificates, ['MATCH,DIRECT']));
  });
  after(() => lab.stop());

  for (const from of clients) {
    test(`DIRECT fails from ${from} as the network does`, async () => {
      await use('MATCH,DIRECT');
      const result = (address: string, port: number): Promise<string> =>
        connectResult(lab, from, address, port);
      assert.equal(await result(site4, ports.http), 'connected');
      assert.equal(await result(site6, ports.http), 'connected');
      assert.equal(await result(site4, ports.closed), 'refused');
      assert.equal(await result(site6, ports.closed), 'refused');
      assert.match(await result(broken.unreachable4, 80), /unreachable/);
      assert.match(await result(broken.unreachable6, 80), /unreachable/);
      assert.match(await result(broken.prohibited4, 80), /unreachable/);
      assert.equal(await result(broken.silent4, 80), 'timeout');
      assert.equal(await result(broken.silent6, 80), 'timeout');
    });
  }

  test('what a SOCKS5 server says reaches the client', async () => {
    await use('MATCH,dante');
    assert.equal(await connectResult(lab, 'guest', site4, ports.closed), 'refused');
    assert.match(await connectResult(lab, 'guest', broken.unreachable4, 80), /unreachable/);
    assert.equal(await connectResult(lab, 'guest', broken.silent4, 80), 'timeout');
  });

  test('REJECT refuses, REJECT-DROP stays silent', async () => {
    await use('DST-PORT,80,REJECT', 'MATCH,REJECT-DROP');
    for (const address of [site4, site6]) {
      assert.equal(await connectResult(lab, 'guest', address, 80), 'refused');
      assert.equal(await connectResult(lab, 'guest', address, 443), 'timeout');
    }
  });

  for (const name of ['absent', 'intruder', 'garbage']) {
    test(`an upstream that is ${name} refuses, and the flow says why`, async () => {
      await use(`MATCH,${name}`);
      assert.equal(await connectResult(lab, 'guest', site4, 80), 'refused');
      const [flow] = await sluice.flows();
      assert.equal(flow?.state, 'failed');
      assert.match(flow?.error?.message ?? '', new RegExp(name));
    });
  }

  test('an upstream that never answers is given up', async () => {
    await use('MATCH,mute');
    assert.notEqual(await connectResult(lab, 'guest', site4, 80), 'connected');
    const [flow] = await sluice.flows('closed');
    assert.equal(flow?.error?.code, 'ERR_UPSTREAM_TIMEOUT');
  });
});
