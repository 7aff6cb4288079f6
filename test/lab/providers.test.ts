/** Lists from a real server, through real proxies, deciding over real traffic. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { endpoints } from '../../core/api/endpoints.ts';
import type { ProviderList, RuleProviderInfo } from '../../core/api/providers.ts';
import { proxies, sites, uplink } from './addresses.ts';
import { curl } from './clients.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import { ListServer, listPorts } from './list-server.ts';
import type { Instance } from './sluice.ts';

const server = `http://site.test:${listPorts.http}`;

describe('providers', () => {
  let lab: Lab;
  let lists: ListServer;
  let sluice: Instance;

  const ads = (more = ''): string =>
    `  ads: {type: http, behavior: domain, format: text, url: "${server}/ads.txt", interval: 3600${more}}`;

  /** Rules, and the lines of `rule-providers` and other keys. */
  const config = (rules: readonly string[], ...extra: string[]): string =>
    labConfig(lab.certificates, rules, extra);

  async function list(): Promise<ProviderList> {
    return sluice.client.call(endpoints.providers);
  }

  async function ruleProvider(name: string): Promise<RuleProviderInfo> {
    const found = (await list()).rules.find((one) => one.name === name);
    assert.ok(found);
    return found;
  }

  async function until(condition: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(JSON.stringify(await list()));
      await sleep(50);
    }
  }

  const reaches = (site: string): Promise<boolean> =>
    curl(lab, 'home', `http://${site}/`).then(
      () => true,
      () => false,
    );

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    lists = await ListServer.start(lab);
    lists.put('ads.txt', '# mine\n+.other.test\nbroken line\nnobody.test\n');
    // What verifies https here is the lab's own authority.
    process.env['NODE_EXTRA_CA_CERTS'] = lab.certificates.ca;
    sluice = await lab.startSluice(config(['MATCH,DIRECT']));
  });
  after(() => lab.stop());

  test('a list through a proxy, compressed, decides; a change of it decides otherwise', async () => {
    const rules = ['RULE-SET,ads,REJECT', 'MATCH,DIRECT'];
    await sluice.apply(config(rules, 'rule-providers:', ads(', proxy: microsocks')));
    await until(async () => (await ruleProvider('ads')).count === 2);
    // The proxy asks from an address of its own, which is not ours.
    assert.equal(lists.log().length, 1);
    assert.match(lists.log()[0] ?? '', /^(?!192\.0\.2\.)\S+ 200 \/ads\.txt gzip$/);
    const { broken, problems } = await ruleProvider('ads');
    assert.deepEqual([broken, problems[0]?.line], [1, 3]);
    assert.equal(await reaches('other.test'), false);
    assert.equal(await reaches('site.test'), true);
    const [flow] = await sluice.flows();
    assert.equal(flow?.rule?.text, 'MATCH,DIRECT');

    assert.equal((await sluice.cli('providers', 'refresh', 'ads')).status, 0);
    assert.match(lists.log().at(-1) ?? '', /^(?!192\.0\.2\.)\S+ 304 \/ads\.txt -$/);
    assert.equal(await reaches('other.test'), false);

    lists.put('ads.txt', '+.site.test\n');
    assert.equal((await sluice.cli('providers', 'refresh', 'ads')).status, 0);
    assert.equal(await reaches('other.test'), true);
    assert.equal(await reaches('www.site.test'), false);
  });

  test('a proxy provider over https, and what is said of the subscription', async () => {
    lists.put('proxies.txt', `socks5://${proxies.microsocks}:1080#one\nss://x@y:1#two\n`);
    const url = `https://site.test:${listPorts.https}/subscription`;
    await sluice.apply(
      config(['MATCH,DIRECT'], `proxy-providers: {sub: {type: http, url: "${url}"}}`),
    );
    await until(async () => (await list()).proxies[0]?.count === 1);
    const [info] = (await list()).proxies;
    assert.deepEqual([info?.proxies, info?.unsupported], [['one'], { ss: 1 }]);
    assert.equal(info?.subscription?.total, 3);
    assert.equal(lists.log().at(-1)?.startsWith(`${uplink.home4} 200`), true);
  });

  test('a group of a provider’s proxies carries traffic, and follows a refresh without dropping it', async () => {
    lists.put('proxies.txt', `socks5://${proxies.microsocks}:1080#one\n`);
    const url = `${server}/proxies.txt`;
    const text = config(
      ['MATCH,g'],
      `proxy-providers: {sub: {type: http, url: "${url}"}}`,
      'proxy-groups: [{name: g, type: select, use: [sub]}]',
    );
    await sluice.apply(text);
    await until(async () => (await list()).proxies[0]?.count === 1);
    const seenFrom = async (): Promise<string | undefined> =>
      (await curl(lab, 'home', `http://${sites['site.test'][0]}/`)).split(' ')[0];
    assert.notEqual(await seenFrom(), uplink.home4);
    const [flow] = await sluice.flows();
    assert.deepEqual(flow?.chain, ['g', 'one']);

    lists.put(
      'proxies.txt',
      `http://${proxies.squid}:3128#two\nsocks5://${proxies.microsocks}:1080#one\n`,
    );
    assert.equal((await sluice.cli('providers', 'refresh', 'sub')).status, 0);
    assert.notEqual(await seenFrom(), uplink.home4);
    const [next] = await sluice.flows();
    assert.equal(next?.chain[0], 'g');
    const [info] = (await list()).proxies;
    assert.deepEqual(info?.proxies, ['two', 'one']);
  });

  for (const [path, code, more] of [
    ['gone', 'ERR_DOWNLOAD_STATUS', ''],
    ['dead', 'ERR_DOWNLOAD_STATUS', ''],
    ['loop', 'ERR_HTTP_REDIRECT', ''],
    ['huge', 'ERR_HTTP_TOO_LARGE', ''],
    ['endless', 'ERR_HTTP_TOO_LARGE', ', size-limit: 5000000'],
    ['ads.txt', 'ERR_UPSTREAM_SERVER', ', proxy: nowhere'],
  ] as const) {
    test(`one clear error, and traffic goes on: ${path} ${code}`, async () => {
      const line = `  bad: {type: http, behavior: domain, format: text, url: "${server}/${path}"${more}}`;
      const nowhere = `{name: nowhere, type: socks5, server: ${proxies.microsocks}, port: 1}`;
      const text = config(['RULE-SET,bad,REJECT', 'MATCH,DIRECT'], 'rule-providers:', line);
      await sluice.apply(text.replace('proxies:\n', `proxies:\n  - ${nowhere}\n`));
      await until(async () => (await ruleProvider('bad')).error !== null);
      assert.equal((await ruleProvider('bad')).error?.code, code);
      assert.equal(await reaches('other.test'), true);
      const { memory } = await sluice.status();
      assert.ok(memory < 500 * 1024 * 1024, String(memory));
    });
  }

  test('redirects are followed, and a slow server is waited for', async () => {
    lists.put('ads.txt', '+.other.test\n+.site.test\n');
    const lines = ['moved', 'away', 'slow'].map(
      (path) => `  ${path}: {type: http, behavior: domain, format: text, url: "${server}/${path}"}`,
    );
    await sluice.apply(config(['MATCH,DIRECT'], 'rule-providers:', ...lines));
    await until(async () => (await list()).rules.every(({ count }) => count === 2));
  });

  test('after a restart without network the list decides at once', async () => {
    const rules = ['RULE-SET,ads,REJECT', 'MATCH,DIRECT'];
    const text = config(rules, 'rule-providers:', ads());
    await sluice.apply(text);
    await sluice.cli('providers', 'refresh', 'ads');
    assert.equal((await ruleProvider('ads')).count, 2);
    const asked = lists.log().length;
    await sluice.restart();
    assert.equal((await ruleProvider('ads')).count, 2);
    assert.equal(await reaches('other.test'), false);
    assert.equal(lists.log().length, asked);
    await sluice.stop();
    assert.equal(await reaches(sites['other.test'][0]), true);
  });
});
