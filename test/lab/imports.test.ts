/** Subscriptions of a real web server: looked at, taken over or kept up to date, and everything that such a server can do wrong. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { endpoints } from '../../core/api/endpoints.ts';
import type { ImportPreview } from '../../core/api/import.ts';
import { curl } from './clients.ts';
import { labConfig } from './config.ts';
import { proxies, uplink } from './addresses.ts';
import { Lab } from './lab.ts';
import { ListServer, listPorts } from './list-server.ts';
import type { Instance } from './sluice.ts';

/** Over IPv4, so that who has asked is told by one address. */
const site = `http://v4.site.test:${listPorts.http}`;
const LINES = [
  `socks5://${proxies.microsocks}:1080#sub-socks`,
  `http://${proxies.squid}:3128#sub-squid`,
  'vmess://eyJhZGQiOiJ2LnRlc3QifQ==',
].join('\n');

describe('imports', () => {
  let lab: Lab;
  let server: ListServer;
  let sluice: Instance;

  const preview = (url: string, proxy?: string): Promise<ImportPreview> =>
    sluice.client.call(endpoints.previewImport, {
      body: { url, ...(proxy === undefined ? {} : { proxy }) },
    });

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    server = await ListServer.start(lab);
    sluice = await lab.startSluice(labConfig(lab.certificates, ['MATCH,REJECT']));
  });
  beforeEach(() => sluice.apply(labConfig(lab.certificates, ['MATCH,REJECT'])));
  after(() => lab.stop());

  test('a subscription in Base64 is taken over, and traffic goes through its proxies', async () => {
    server.put('proxies.txt', Buffer.from(LINES).toString('base64'));
    const shown = await preview(`${site}/plan?token=secret`);
    assert.equal(shown.format, 'lines');
    assert.deepEqual(
      shown.proxies.map(({ as, conflict }) => `${as} ${conflict}`),
      ['sub-socks none', 'sub-squid none'],
    );
    assert.match(shown.problems[0]?.message ?? '', /does not speak vmess/);
    assert.equal(shown.subscription?.total, 107_374_182_400);
    assert.equal(shown.provider, 'v4.site.test');
    assert.equal(shown.source.includes('secret'), false);
    const done = await sluice.client.call(endpoints.applyImport, {
      body: { id: shown.id, how: 'merge', newGroup: 'Sub', match: 'Sub', author: 'ui' },
    });
    assert.equal(done.result.applied, true);
    const body = await curl(lab, 'home', 'http://v4.site.test/');
    assert.doesNotMatch(body, /^192\.0\.2\.2 /);
    const [flow] = await sluice.flows();
    assert.deepEqual(flow?.chain.slice(0, 2), ['Sub', 'sub-socks']);
    await sluice.client.call(endpoints.undo, { body: { author: 'ui' } });
    const { proxies: left } = await sluice.client.call(endpoints.proxies);
    assert.equal(
      left.some(({ name }) => name.startsWith('sub-')),
      false,
    );
  });

  test('as a proxy provider it is kept up to date', async () => {
    server.put('proxies.txt', LINES);
    const shown = await preview(`${site}/subscription`);
    await sluice.client.call(endpoints.applyImport, {
      body: {
        ...{ id: shown.id, how: 'provider', provider: 'Plan', newGroup: 'Sub', match: 'Sub' },
        author: 'ui',
      },
    });
    await sluice.client.call(endpoints.refreshProvider, {
      params: { kind: 'proxies', name: 'Plan' },
    });
    const body = await curl(lab, 'home', 'http://v4.site.test/');
    assert.doesNotMatch(body, /^192\.0\.2\.2 /);
    server.put('proxies.txt', LINES.split('\n').slice(1).join('\n'));
    await sluice.client.call(endpoints.refreshProvider, {
      params: { kind: 'proxies', name: 'Plan' },
    });
    const { proxies: now } = await sluice.client.call(endpoints.providers);
    assert.deepEqual(now[0]?.proxies, ['sub-squid']);
  });

  test('Clash YAML, fetched through a proxy', async () => {
    server.put('clash.yaml', 'proxies:\n  - {name: x, type: socks5, server: x.test, port: 1}\n');
    const shown = await preview(`${site}/clash.yaml`, 'microsocks');
    assert.deepEqual([shown.format, shown.proxies[0]?.as], ['clash', 'x']);
    const fetched = server.log().find((line) => line.includes('/clash.yaml'));
    assert.doesNotMatch(fetched ?? uplink.home4, new RegExp(`^${uplink.home4}`));
    await assert.rejects(preview(`${site}/clash.yaml`, 'nobody'), { code: /ERR_/ });
  });

  test('what a server does wrong is told, and bounded', async () => {
    server.put('page.html', '<!doctype html><html><body>Sign in</body></html>');
    for (const [path, code] of [
      ['/nothing', 'ERR_DOWNLOAD_STATUS'],
      ['/loop', 'ERR_HTTP_REDIRECT'],
      ['/huge', 'ERR_HTTP_TOO_LARGE'],
      ['/endless', 'ERR_HTTP_TOO_LARGE'],
      ['/page.html', 'ERR_IMPORT_FORMAT'],
      ['/dead', 'ERR_DOWNLOAD_STATUS'],
    ]) {
      await assert.rejects(preview(`${site}${path}`), { code }, path);
    }
    await assert.rejects(preview('http://v4.site.test:1/'), { code: 'ERR_UPSTREAM_REFUSED' });
    for (const url of ['file:///etc/passwd', 'ftp://site.test/', 'javascript:1', 'http://a b/']) {
      await assert.rejects(preview(url), { code: 'ERR_REQUEST_INVALID' }, url);
    }
  });

  test('a preview that is not kept, or a file that has changed, is no ground to change anything', async () => {
    server.put('proxies.txt', LINES);
    const shown = await preview(`${site}/subscription`);
    const body = { id: shown.id, how: 'merge' as const, hash: shown.hash, author: 'ui' as const };
    await sluice.apply(`${labConfig(lab.certificates, ['MATCH,REJECT'])}# somebody was here\n`);
    await assert.rejects(sluice.client.call(endpoints.applyImport, { body }), {
      code: 'ERR_CONFIG_CHANGED',
    });
    await assert.rejects(
      sluice.client.call(endpoints.applyImport, { body: { ...body, id: 'nothing' } }),
      { code: 'ERR_IMPORT_EXPIRED' },
    );
  });

  test('nothing of it comes back through the tunnel', async () => {
    assert.equal((await sluice.counters())['ownFlowsRefused'], 0);
  });
});
