import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ProxyProviderInfo } from '../../../../core/api/providers.ts';
import type { Providers } from '../../../../core/providers/providers.ts';
import { Workshop, until } from './workshop.ts';

function infoOf(providers: Providers, name: string): ProxyProviderInfo {
  const info = providers.list().proxies.find((one) => one.name === name);
  assert.ok(info);
  return info;
}

const LIST = `proxies:
  - {name: Tokyo 1, type: socks5, server: t1.test, port: 1080}
  - {name: Tokyo 2, type: http, server: t2.test, port: 80}
  - {name: Tokyo 1, type: socks5, server: twice.test, port: 1080}
  - {name: Berlin, type: socks5, server: b.test, port: 1080}
  - {name: Oslo, type: ss, server: o.test, port: 80, cipher: x, password: y}
`;

test('proxies are fetched, chosen, renamed, and told of', async (t) => {
  const shop = await Workshop.open(t);
  shop.served['/sub?t=secret'] = (_, response) => {
    response.setHeader(
      'subscription-userinfo',
      'upload=1; download=2; total=10; expire=1700000000',
    );
    response.end(LIST);
  };
  const yaml = `
proxies: [{name: entry, type: direct}]
proxy-providers:
  sub:
    type: http
    url: "URL/sub?t=secret"
    filter: "(?i)tokyo\`berlin\`Berlin"
    exclude-type: http
    override: {additional-prefix: "[s] ", udp: true, dialer-proxy: entry}
`;
  const config = shop.config(yaml);
  const providers = await shop.providers(t, config, false);
  assert.deepEqual(providers.proxiesOf('sub'), []);
  providers.start();
  await until(() => shop.changes === 1);
  const proxies = providers.proxiesOf('sub');
  assert.deepEqual(
    proxies.map((proxy) => [proxy.name, proxy.dialerProxy, 'udp' in proxy && proxy.udp]),
    [
      ['[s] Tokyo 1', 'entry', true],
      ['[s] Berlin', 'entry', true],
    ],
  );
  assert.equal('server' in proxies[0]! && proxies[0].server, 't1.test');
  const info = infoOf(providers, 'sub');
  assert.deepEqual(info.proxies, ['[s] Tokyo 1', '[s] Berlin']);
  assert.deepEqual(info.unsupported, { ss: 1 });
  assert.equal(JSON.stringify(providers.list()).includes('secret'), false);
  assert.match(shop.log.join(''), /PROVIDER_PROXIES .*1 of type ss/);
  await until(() => infoOf(providers, 'sub').subscription !== null);
  assert.deepEqual(infoOf(providers, 'sub').subscription, {
    upload: 1,
    download: 2,
    total: 10,
    expire: '2023-11-14T22:13:20.000Z',
  });
});

test('a refresh that fails leaves the proxies and says why; one that is the same changes nothing', async (t) => {
  const shop = await Workshop.open(t);
  shop.served['/sub'] = 'socks5://a.test#a\n';
  const config = shop.config('proxy-providers: {sub: {type: http, url: "URL/sub"}}');
  const providers = await shop.providers(t, config, false);
  await providers.refresh('proxies', 'sub');
  shop.served['/sub'] = 'vmess://x\n';
  await assert.rejects(providers.refresh('proxies', 'sub'), { code: 'ERR_LIST_EMPTY' });
  assert.match(infoOf(providers, 'sub').error?.message ?? '', /speaks none of its proxies/);
  assert.deepEqual(infoOf(providers, 'sub').proxies, ['a']);
  shop.served['/sub'] = 'socks5://a.test#a\n';
  await providers.refresh('proxies', 'sub');
  assert.equal(infoOf(providers, 'sub').error, null);
});

test('filters that leave nothing are an error', async (t) => {
  const shop = await Workshop.open(t);
  shop.write('p.yaml', LIST);
  const yaml = 'proxy-providers: {p: {type: file, path: p.yaml, filter: nowhere}}';
  const providers = await shop.providers(t, shop.config(yaml));
  assert.match(infoOf(providers, 'p').error?.message ?? '', /leave no proxy of it/);
});

test('a file is followed, and inline proxies are there at once', async (t) => {
  const shop = await Workshop.open(t);
  const path = shop.write('p.yaml', LIST);
  const yaml = `
proxy-providers:
  p: {type: file, path: p.yaml, exclude-filter: Tokyo}
  own: {type: inline, payload: [{name: x, type: socks5, server: x.test, port: 1}], override: {additional-suffix: "!"}}
`;
  const providers = await shop.providers(t, shop.config(yaml));
  const names = (provider: string): string[] =>
    providers.proxiesOf(provider).map(({ name }) => name);
  assert.deepEqual(names('p'), ['Berlin']);
  assert.deepEqual(names('own'), ['x!']);
  writeFileSync(path, 'http://new.test#new');
  await until(() => names('p').join() === 'new');
  await until(() => shop.changes === 1);
});

test('proxies that are at hand are there for groups that are being built', async (t) => {
  const shop = await Workshop.open(t);
  const own = (name: string): string =>
    `{type: inline, payload: [{name: ${name}, type: socks5, server: x.test, port: 1}]}`;
  const providers = await shop.providers(t, shop.config(`proxy-providers: {a: ${own('one')}}`));
  const names = (): string[] => providers.proxiesOf('a').map(({ name }) => name);
  const next = shop.config(`proxy-providers: {a: ${own('two')}}`);
  const refused = await providers.prepare(next);
  assert.deepEqual(names(), ['two']);
  refused.discard();
  assert.deepEqual(names(), ['one']);
  assert.equal(shop.changes, 0);
  (await providers.prepare(next)).commit();
  assert.deepEqual(names(), ['two']);
  assert.equal(shop.changes, 1);
});
