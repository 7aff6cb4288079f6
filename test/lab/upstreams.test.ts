/** Real clients in `home` and `guest` reach real servers through every kind of upstream. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';

import { site4, site6, uplink } from './addresses.ts';
import { curl } from './clients.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import type { NamespaceName } from './namespaces.ts';
import { proxyYaml } from './proxies.ts';
import type { Instance } from './sluice.ts';

/** SOCKS4 has no IPv6. */
const onlyIpv4 = new Set(['dante-4']);
const clients: readonly NamespaceName[] = ['home', 'guest'];

describe('upstreams', () => {
  let lab: Lab;
  let sluice: Instance;

  const use = (...rules: string[]): Promise<void> =>
    sluice.apply(labConfig(lab.certificates, ['DST-PORT,53,DIRECT', ...rules]));

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    sluice = await lab.startSluice(labConfig(lab.certificates, ['MATCH,DIRECT']));
  });
  after(() => lab.stop());

  for (const upstream of ['DIRECT', ...Object.keys(proxyYaml({ ca: '', cert: '', key: '' }))]) {
    const addresses = onlyIpv4.has(upstream) ? [site4] : [site4, `[${site6}]`];
    for (const from of clients) {
      test(`curl from ${from} through ${upstream}`, async () => {
        await use(`MATCH,${upstream}`);
        for (const address of addresses) {
          for (const scheme of ['http', 'https']) {
            const body = await curl(lab, from, `${scheme}://${address}/`);
            const [client, url, server] = body.trim().split(' ');
            assert.equal(url, `${scheme}://${address}`);
            assert.equal(`[${server}]`.includes(address.replace(/[[\]]/g, '')), true, body);
            const ours = client === uplink.home4 || client === uplink.home6;
            assert.equal(ours, upstream === 'DIRECT', `the site saw ${client}`);
          }
        }
        const [flow] = await sluice.flows();
        assert.equal(flow?.chain[0], upstream);
      });
    }
  }

  const byName = [
    'DOMAIN,shop.site.test,squid',
    'DOMAIN-SUFFIX,site.test,microsocks',
    'MATCH,dante',
  ] as const;

  test('names choose upstreams, by SNI and by Host', async () => {
    await sluice.apply(labConfig(lab.certificates, byName, ['dns: {enable: false}']));
    const expected = [
      ['http://shop.site.test/', 'squid', 'http'],
      ['https://shop.site.test/', 'squid', 'tls'],
      ['http://www.site.test/', 'microsocks', 'http'],
      ['https://v6.site.test/', 'microsocks', 'tls'],
      ['https://other.test/', 'dante', 'tls'],
    ] as const;
    for (const [url, upstream, source] of expected) {
      await curl(lab, 'guest', url);
      const flows = await sluice.flows();
      const flow = flows.find(({ destination }) => destination.port !== 53);
      assert.equal(flow?.domain, new URL(url).hostname);
      assert.equal(flow?.domainFrom, source);
      assert.equal(flow?.chain[0], upstream, url);
    }
  });

  test('names choose upstreams, by the addresses that were made up for them', async () => {
    await use(...byName);
    for (const [url, upstream] of [
      ['http://shop.site.test/', 'squid'],
      ['https://www.site.test/', 'microsocks'],
      ['https://v4.site.test/', 'microsocks'],
      ['https://other.test/', 'dante'],
    ] as const) {
      await curl(lab, 'guest', url);
      const flow = (await sluice.flows()).find(({ destination }) => destination.port !== 53);
      const { hostname } = new URL(url);
      assert.deepEqual(
        [flow?.domain, flow?.domainFrom, flow?.host],
        [hostname, 'fake-ip', hostname],
      );
      assert.equal(flow?.chain[0], upstream, url);
    }
  });

  test('git clones through SOCKS5', async () => {
    await use('MATCH,microsocks');
    const clone = join(lab.folder, 'clone');
    await lab.output('guest', 'git', ['clone', '-q', 'git://site.test/project', clone]);
    await lab.output('guest', 'git', ['-C', clone, 'fsck', '--strict']);
  });

  test('nothing of its own came back through the tunnel', async () => {
    assert.equal((await sluice.status()).breaker.refused, 0);
  });
});
