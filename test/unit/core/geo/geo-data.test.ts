import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GeoInfo } from '../../../../core/api/providers.ts';
import type { Providers } from '../../../../core/providers/providers.ts';
import { parseIp } from '../../../../rules/ip.ts';
import { Workshop, until } from '../providers/workshop.ts';
import { writeGeoIp, writeGeoSite } from './dat-writer.ts';
import { writeMmdb } from './mmdb-writer.ts';

const PLACES =
  'geox-url: {geosite: "URL/geosite", geoip: "URL/geoip", mmdb: "URL/mmdb", asn: "URL/asn"}\n';

const sites = {
  CN: [
    { type: 2, value: 'cn' },
    { type: 3, value: 'only.test' },
  ],
  GOOGLE: [
    { type: 2, value: 'google.com' },
    { type: 2, value: 'google.cn', attributes: ['cn'] },
    { type: 0, value: 'googl' },
    { type: 1, value: '^g[0-9]+\\.test$' },
  ],
};

async function open(t: Parameters<typeof Workshop.open>[0]): Promise<Workshop> {
  const shop = await Workshop.open(t);
  shop.served['/geosite'] = writeGeoSite(sites);
  shop.served['/geoip'] = writeGeoIp({ CN: [[[1, 2, 0, 0], 16]], US: [[[8, 0, 0, 0], 8]] });
  shop.served['/mmdb'] = writeMmdb({ '1.2.0.0/16': { country: { iso_code: 'CN' } } });
  shop.served['/asn'] = writeMmdb({ '1.2.0.0/16': { autonomous_system_number: 4134 } });
  return shop;
}

function infoOf(providers: Providers, name: GeoInfo['name']): GeoInfo | undefined {
  return providers.list().geo.find((one) => one.name === name);
}

const ip = (text: string) => parseIp(text)!;

test('nothing is fetched for a configuration that needs nothing', async (t) => {
  const shop = await open(t);
  const config = shop.config(`${PLACES}rules: ["GEOIP,lan,DIRECT", "MATCH,DIRECT"]\n`);
  const providers = await shop.providers(t, config);
  await sleep(100);
  assert.deepEqual(providers.list().geo, []);
  assert.deepEqual(shop.requests, []);
});

test('each kind of data is fetched where a rule needs it, and kept', async (t) => {
  const shop = await open(t);
  const config = shop.config(`${PLACES}
rules:
  - AND,((GEOSITE,Google@CN),(NETWORK,tcp)),DIRECT
  - GEOIP,CN,DIRECT
  - SRC-IP-ASN,4134,DIRECT
  - MATCH,DIRECT
`);
  const providers = await shop.providers(t, config);
  await until(() => providers.list().geo.every(({ count }) => count > 0));
  assert.deepEqual(shop.requests.toSorted(), ['GET /asn', 'GET /geosite', 'GET /mmdb']);
  const { context } = providers;
  assert.deepEqual(context.geoip(ip('1.2.3.4')), ['cn']);
  assert.deepEqual(context.geoip(ip('8.8.8.8')), []);
  assert.equal(context.asn(ip('1.2.3.4')), 4134);
  assert.equal(context.geosite('google@cn')?.current?.hasDomain('x.google.cn'), true);
  assert.equal(context.geosite('google@cn')?.current?.hasDomain('google.com'), false);
  assert.deepEqual(infoOf(providers, 'geosite')?.lists, ['google@cn']);
  await until(() => readdirSync(join(shop.dir, 'providers/geo')).length === 6);
  await providers.close();

  const again = await shop.providers(t, config, false);
  assert.deepEqual(again.context.geoip(ip('1.2.3.4')), ['cn']);
  assert.equal(again.context.geosite('google@cn')?.current?.hasDomain('google.cn'), true);
  assert.equal(shop.requests.length, 3);
});

test('a list of GEOSITE: names, below names, keywords, expressions, and everything else', async (t) => {
  const shop = await open(t);
  shop.write('geosite.dat', writeGeoSite(sites));
  const yaml =
    'geox-url: {geosite: ./geosite.dat}\nrules: ["GEOSITE,google,DIRECT","MATCH,DIRECT"]\n';
  const providers = await shop.providers(t, shop.config(yaml));
  const google = providers.context.geosite('google')?.current;
  for (const [name, inside] of [
    ['google.com', true],
    ['www.google.com', true],
    ['mygoogl.test', true],
    ['g12.test', true],
    ['g.test', false],
    ['only.test', false],
  ] as const) {
    assert.equal(google?.hasDomain(name), inside, name);
  }
  // Asked for later, as by a list that was loaded meanwhile.
  const other = providers.context.geosite('!cn');
  await until(() => other?.current != null);
  assert.equal(other?.current?.hasDomain('x.cn'), false);
  assert.equal(other?.current?.hasDomain('x.com'), true);
  const names = providers.nameSet('geosite', 'CN');
  assert.equal(names?.has('only.test'), true);
  assert.equal(names?.has('x.only.test'), false);
});

test('a list that the data do not have is told, and has nothing in it', async (t) => {
  const shop = await open(t);
  const config = shop.config(`${PLACES}rules: ["GEOSITE,nobody,DIRECT", "MATCH,DIRECT"]\n`);
  const providers = await shop.providers(t, config);
  await until(() => shop.log.some((line) => line.includes('GEO_LIST_UNKNOWN')));
  assert.match(shop.log.join(''), /GEOSITE data have 2 lists, and "nobody" is none of them/);
  assert.equal(providers.context.geosite('nobody')?.current, null);
});

test('geodata-mode: countries come from lists of prefixes', async (t) => {
  const shop = await open(t);
  const rules = 'rules: ["GEOIP,cn,DIRECT", "GEOIP,us,DIRECT", "MATCH,DIRECT"]\n';
  const providers = await shop.providers(t, shop.config(`geodata-mode: true\n${PLACES}${rules}`));
  await until(() => infoOf(providers, 'country')?.lists.length === 2);
  assert.deepEqual(providers.context.geoip(ip('1.2.3.4')), ['cn']);
  assert.deepEqual(providers.context.geoip(ip('8.1.1.1')), ['us']);
  assert.deepEqual(providers.context.geoip(ip('9.1.1.1')), []);
  assert.deepEqual(shop.requests, ['GET /geoip']);
});

test('what DNS needs is fetched, too', async (t) => {
  const shop = await open(t);
  const dns = `
dns:
  enable: true
  nameserver: [192.0.2.53]
  fallback: [192.0.2.54]
  fallback-filter: {geoip-code: CN}
  nameserver-policy: {"geosite:cn": 192.0.2.55}
`;
  const providers = await shop.providers(t, shop.config(`${PLACES}${dns}`));
  await until(() => providers.list().geo.every(({ count }) => count > 0));
  assert.deepEqual(shop.requests.toSorted(), ['GET /geosite', 'GET /mmdb']);
});

test('broken data are one clear error, and what was there stays', async (t) => {
  const shop = await open(t);
  const config = shop.config(`${PLACES}rules: ["GEOIP,cn,DIRECT", "MATCH,DIRECT"]\n`);
  const providers = await shop.providers(t, config);
  await providers.refresh('geo', 'country');
  shop.served['/mmdb'] = '<html>';
  await assert.rejects(providers.refresh('geo', 'country'), { code: 'ERR_GEO_FORMAT' });
  const info = infoOf(providers, 'country');
  assert.match(info?.error?.message ?? '', /\/mmdb cannot be used: this is no database/);
  assert.deepEqual(providers.context.geoip(ip('1.2.3.4')), ['cn']);
});

test('geo-auto-update plans the next refresh; without it there is none', async (t) => {
  const shop = await open(t);
  const rules = 'rules: ["GEOIP,cn,DIRECT", "MATCH,DIRECT"]\n';
  const isPlanned = async (more: string, wanted: (hours: number | null) => boolean) => {
    const providers = await shop.providers(t, shop.config(`${more}${PLACES}${rules}`));
    // What is on disk is used at once, and looked at for its age a little later.
    await until(() => {
      const { updatedAt = null, nextRefresh = null } = infoOf(providers, 'country') ?? {};
      const hours =
        nextRefresh === null ? null : (Date.parse(nextRefresh) - Date.now()) / 3_600_000;
      return updatedAt !== null && wanted(hours);
    });
    await providers.close();
  };
  await isPlanned('', (hours) => hours === null);
  await isPlanned('', (hours) => hours === null);
  const every10 = 'geo-auto-update: true\ngeo-update-interval: 10\n';
  await isPlanned(every10, (hours) => hours !== null && hours > 9 && hours < 11);
});

test('other places for the data: what was in use stays until the new data are here', async (t) => {
  const shop = await open(t);
  const rules = 'rules: ["GEOIP,cn,DIRECT", "MATCH,DIRECT"]\n';
  const providers = await shop.providers(t, shop.config(`${PLACES}${rules}`));
  await until(() => (infoOf(providers, 'country')?.count ?? 0) > 0);
  const next = shop.config(`geox-url: {mmdb: ./gone.mmdb}\n${rules}`);
  (await providers.prepare(next)).commit();
  assert.match(infoOf(providers, 'country')?.error?.message ?? '', /there is no such file/);
  assert.deepEqual(providers.context.geoip(ip('1.2.3.4')), ['cn']);
  shop.write('gone.mmdb', writeMmdb({ '1.2.0.0/16': 'JP' }));
  await until(() => providers.context.geoip(ip('1.2.3.4')).join() === 'jp');
});
