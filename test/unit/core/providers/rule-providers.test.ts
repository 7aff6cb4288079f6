import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { RuleProviderInfo } from '../../../../core/api/providers.ts';
import type { Providers } from '../../../../core/providers/providers.ts';
import { parseIp } from '../../../../rules/ip.ts';
import { encodeDomains } from './mrs-encoder.ts';
import { Workshop, until } from './workshop.ts';

const HTTP =
  'rule-providers: {ads: {type: http, behavior: domain, url: "URL/ads", interval: 3600}}';

function infoOf(providers: Providers, name: string): RuleProviderInfo {
  const info = providers.list().rules.find((one) => one.name === name);
  assert.ok(info);
  return info;
}

function has(providers: Providers, name: string, domain: string): boolean | null {
  return providers.context.ruleSets.get(name)?.current?.hasDomain(domain) ?? null;
}

/** Waits until the list was fetched by itself, kept, and its next refresh is planned. */
function fetched(providers: Providers, name: string): Promise<void> {
  return until(() => Date.parse(infoOf(providers, name).nextRefresh ?? '') > Date.now() + 1000);
}

const payload = (...entries: string[]): string =>
  `payload:\n${entries.map((entry) => `  - '${entry}'\n`).join('')}`;

test('a list is fetched, used, kept, and used at once the next time', async (t) => {
  const shop = await Workshop.open(t);
  shop.served['/ads'] = payload('+.ads.test', 'one.test');
  const config = shop.config(HTTP);
  const providers = await shop.providers(t, config, false);
  assert.equal(has(providers, 'ads', 'one.test'), null);
  providers.start();
  await fetched(providers, 'ads');
  assert.equal(infoOf(providers, 'ads').count, 2);
  assert.equal(has(providers, 'ads', 'x.ads.test'), true);
  assert.equal(has(providers, 'ads', 'x.one.test'), false);
  const info = infoOf(providers, 'ads');
  assert.equal(info.error, null);
  assert.match(info.url ?? '', /^http:\/\/lists\.test:\d+\/ads$/);
  const wait = Date.parse(info.nextRefresh ?? '') - Date.now();
  assert.ok(wait > 3_300_000 && wait < 3_900_000, String(wait));
  await providers.close();

  delete shop.served['/ads'];
  const again = await shop.providers(t, config, false);
  assert.equal(has(again, 'ads', 'one.test'), true);
  assert.equal(infoOf(again, 'ads').updatedAt, info.updatedAt);
  assert.deepEqual(shop.requests, ['GET /ads']);
  const [file = ''] = readdirSync(join(shop.dir, 'providers/rules'));
  assert.equal(statSync(join(shop.dir, 'providers/rules', file)).mode & 0o777, 0o600);
});

test('a refresh asks with the ETag, and 304 keeps what is there', async (t) => {
  const shop = await Workshop.open(t);
  let version = 1;
  shop.served['/ads'] = (request, response) => {
    const etag = `"v${version}"`;
    response.setHeader('etag', etag);
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.end(payload(`v${version}.test`));
  };
  const providers = await shop.providers(t, shop.config(HTTP));
  await fetched(providers, 'ads');
  const slot = providers.context.ruleSets.get('ads');
  const set = slot?.current;
  await providers.refresh('rules', 'ads');
  assert.equal(slot?.current, set);
  version = 2;
  await providers.refresh('rules', 'ads');
  assert.equal(has(providers, 'ads', 'v2.test'), true);
  assert.equal(has(providers, 'ads', 'v1.test'), false);
  assert.deepEqual(shop.requests, ['GET /ads', 'GET /ads "v1"', 'GET /ads "v1"']);
});

test('etag-support: false asks for all of it, and the same contents are not read again', async (t) => {
  const shop = await Workshop.open(t);
  shop.served['/ads'] = (_, response) => response.setHeader('etag', '"v"').end(payload('a.test'));
  const providers = await shop.providers(t, shop.config(`etag-support: false\n${HTTP}`));
  await fetched(providers, 'ads');
  const set = providers.context.ruleSets.get('ads')?.current;
  await providers.refresh('rules', 'ads');
  assert.equal(providers.context.ruleSets.get('ads')?.current, set);
  assert.deepEqual(shop.requests, ['GET /ads', 'GET /ads']);
});

for (const [what, answer, code, message] of [
  ['no such list', undefined, 'ERR_DOWNLOAD_STATUS', /status 404\. Check the URL/],
  ['an HTML page', '<html><body>\nSorry</body>', 'ERR_LIST_FORMAT', /no key "payload"/],
  ['an empty list', 'payload: []\n', 'ERR_LIST_EMPTY', /there is no entry in it/],
  [
    'more that is broken than right',
    payload('a b', 'c d', 'e.test'),
    'ERR_LIST_BROKEN',
    /2 of its lines are broken, and 1 right, such as line 2: "a b"/,
  ],
  [
    'what is not UTF-8',
    Buffer.concat([Buffer.from(payload('a.test')), Buffer.from([0xff, 0x0a])]),
    'ERR_LIST_ENCODING',
    /line 3, column 1 is not UTF-8/,
  ],
  ['more than the limit', payload('x'.repeat(2000)), 'ERR_HTTP_TOO_LARGE', /larger than 1000/],
] as const) {
  test(`what was there stays, with one clear error: ${what}`, async (t) => {
    const shop = await Workshop.open(t);
    shop.served['/ads'] = payload('good.test');
    const config = shop.config(HTTP.replace('interval', 'size-limit: 1000, interval'));
    const providers = await shop.providers(t, config);
    await fetched(providers, 'ads');
    if (answer === undefined) delete shop.served['/ads'];
    else shop.served['/ads'] = answer;
    await assert.rejects(providers.refresh('rules', 'ads'), { code });
    const { error, nextRefresh } = infoOf(providers, 'ads');
    assert.equal(error?.code, code);
    assert.match(error.message, message);
    assert.equal(has(providers, 'ads', 'good.test'), true);
    // The first retry comes within a quarter of a minute.
    assert.ok(Date.parse(nextRefresh ?? '') - Date.now() < 15_000);
    const again = await shop.providers(t, config, false);
    assert.equal(has(again, 'ads', 'good.test'), true);
    assert.deepEqual(
      readdirSync(join(shop.dir, 'providers/rules')).filter((name) => name.endsWith('.new')),
      [],
    );
    shop.served['/ads'] = payload('better.test');
    await providers.refresh('rules', 'ads');
    assert.equal(infoOf(providers, 'ads').error, null);
    assert.equal(has(providers, 'ads', 'better.test'), true);
  });
}

test('a bomb ends at the limit', async (t) => {
  const shop = await Workshop.open(t);
  const bomb = gzipSync(Buffer.from(`payload:\n${'- a.test\n'.repeat(500_000)}`));
  shop.served['/ads'] = (_, response) => response.setHeader('content-encoding', 'gzip').end(bomb);
  const config = shop.config(HTTP.replace('interval', 'size-limit: 1000000, interval'));
  const providers = await shop.providers(t, config, false);
  assert.ok(bomb.length < 100_000);
  await assert.rejects(providers.refresh('rules', 'ads'), { code: 'ERR_HTTP_TOO_LARGE' });
});

test('a kept file that somebody damaged is not used, and fetched again', async (t) => {
  const shop = await Workshop.open(t);
  shop.served['/ads'] = (_, response) => response.setHeader('etag', '"v"').end(payload('a.test'));
  const config = shop.config(HTTP);
  const first = await shop.providers(t, config);
  await fetched(first, 'ads');
  await first.close();
  const folder = join(shop.dir, 'providers/rules');
  const [file = ''] = readdirSync(folder).filter((name) => !name.endsWith('.origin'));
  writeFileSync(join(folder, file), 'nonsense');
  const again = await shop.providers(t, config);
  await fetched(again, 'ads');
  assert.deepEqual(shop.requests, ['GET /ads', 'GET /ads']);
});

test('broken lines are passed over and reported, a bounded number of them', async (t) => {
  const shop = await Workshop.open(t);
  const lines = Array.from({ length: 100 }, (_, n) => (n % 3 === 1 ? `bad ${n}` : `ok${n}.test`));
  shop.write('list.txt', lines.join('\n'));
  const providers = await shop.providers(
    t,
    shop.config(
      'rule-providers: {l: {type: file, behavior: domain, format: text, path: list.txt}}',
    ),
  );
  const { count, broken, problems } = infoOf(providers, 'l');
  assert.deepEqual([count, broken, problems.length], [67, 33, 20]);
  assert.deepEqual(problems[0], { line: 2, message: '"bad 1" is not a domain name' });
  const told = shop.log.filter((line) => line.includes('PROVIDER_LINES'));
  assert.equal(told.length, 1);
  assert.match(told[0] ?? '', /33 broken lines .*line 2: .*line 5: .*line 8: .*, and more/);
});

test('all behaviors and formats', async (t) => {
  const shop = await Workshop.open(t);
  shop.write('nets.yaml', payload('10.0.0.0/8', '2001:db8::/32', '192.0.2.1'));
  shop.write(
    'whole.txt',
    '# c\nDOMAIN-SUFFIX,whole.test\nDST-PORT,80\nIP-CIDR,10.0.0.0/8,no-resolve\n',
  );
  shop.write('names.mrs', encodeDomains(['a.test', '+.a.test', '*.b.test'], 2));
  const providers = await shop.providers(
    t,
    shop.config(`
rule-providers:
  nets: {type: file, behavior: ipcidr, path: ./nets.yaml}
  whole: {type: file, behavior: classical, format: text, path: FOLDER/whole.txt}
  names: {type: file, behavior: domain, format: mrs, path: names.mrs}
  own: {type: inline, behavior: domain, payload: [+.own.test]}
`),
  );
  const set = (name: string) => providers.context.ruleSets.get(name)?.current;
  assert.deepEqual(
    providers.list().rules.map(({ name, count, error }) => [name, count, error]),
    [
      ['nets', 3, null],
      ['whole', 3, null],
      ['names', 2, null],
      ['own', 1, null],
    ],
  );
  for (const [text, inside] of [
    ['10.1.1.1', true],
    ['192.0.2.1', true],
    ['192.0.2.2', false],
    ['2001:db8::1', true],
  ] as const) {
    assert.equal(set('nets')?.hasIp(parseIp(text)!), inside, text);
  }
  assert.equal(set('whole')?.hasDomain('x.whole.test'), true);
  assert.equal(set('names')?.hasDomain('x.a.test'), true);
  assert.equal(set('names')?.hasDomain('a.test'), true);
  assert.equal(set('names')?.hasDomain('x.y.b.test'), false);
  assert.equal(set('own')?.hasDomain('own.test'), true);
});

test('a file is followed: edited, replaced, gone and back', async (t) => {
  const shop = await Workshop.open(t);
  const path = shop.write('l.yaml', payload('a.test'));
  const config = shop.config('rule-providers: {l: {type: file, behavior: domain, path: l.yaml}}');
  const providers = await shop.providers(t, config);
  assert.equal(has(providers, 'l', 'a.test'), true);
  writeFileSync(path, payload('b.test'));
  await until(() => has(providers, 'l', 'b.test') === true);
  renameSync(shop.write('l.new', payload('c.test', 'd.test')), path);
  await until(() => has(providers, 'l', 'c.test') === true);
  rmSync(path);
  await until(() => infoOf(providers, 'l').error !== null);
  assert.match(infoOf(providers, 'l').error?.message ?? '', /there is no such file/);
  assert.equal(has(providers, 'l', 'c.test'), true);
  shop.write('l.yaml', payload('e.test'));
  await until(() => has(providers, 'l', 'e.test') === true);
  assert.equal(infoOf(providers, 'l').error, null);
});

test('a file over the limit is refused without being read', async (t) => {
  const shop = await Workshop.open(t);
  const path = shop.write('l.yaml', '');
  truncateSync(path, 200 * 1024 * 1024);
  const providers = await shop.providers(
    t,
    shop.config('rule-providers: {l: {type: file, behavior: domain, path: l.yaml}}'),
  );
  const { error } = infoOf(providers, 'l');
  assert.equal(error?.code, 'ERR_LIST_TOO_LARGE');
  assert.match(error.message, /larger than 67108864 bytes\. Raise size-limit/);
});

test('what a new configuration leaves as it is stays; the rest ends or begins', async (t) => {
  const shop = await Workshop.open(t);
  shop.served['/a'] = payload('a.test');
  shop.served['/b'] = payload('b.test');
  const part = (name: string, path: string): string =>
    `  ${name}: {type: http, behavior: domain, url: "URL/${path}"}\n`;
  const first = shop.config(`rule-providers:\n${part('one', 'a')}${part('two', 'b')}`);
  const providers = await shop.providers(t, first);
  await until(() => providers.list().rules.every(({ count }) => count === 1));
  const before = providers.context.ruleSets.get('one')?.current;

  const next = shop.config(`# moved\n\nrule-providers:\n${part('one', 'a')}${part('three', 'a')}`);
  const prepared = await providers.prepare(next);
  assert.deepEqual([...providers.context.ruleSets.keys()].sort(), ['one', 'three', 'two']);
  prepared.commit();
  assert.deepEqual([...providers.context.ruleSets.keys()].sort(), ['one', 'three']);
  assert.equal(providers.context.ruleSets.get('one')?.current, before);
  await until(() => infoOf(providers, 'three').count === 1);
  assert.deepEqual(shop.requests.toSorted(), ['GET /a', 'GET /a', 'GET /b']);

  const refused = await providers.prepare(shop.config(`rule-providers:\n${part('one', 'b')}`));
  assert.equal(providers.context.ruleSets.get('one')?.current, null);
  refused.discard();
  assert.equal(providers.context.ruleSets.get('one')?.current, before);
  assert.deepEqual([...providers.context.ruleSets.keys()].sort(), ['one', 'three']);
});

test('headers, the user agent and the way out are those of the configuration', async (t) => {
  const shop = await Workshop.open(t);
  const seen: unknown[] = [];
  shop.served['/ads'] = ({ headers }, response) => {
    seen.push([headers['user-agent'], headers['x-key']]);
    response.end(payload('a.test'));
  };
  const yaml = `
global-ua: mine
proxies: [{name: way, type: direct}]
rule-providers:
  ads: {type: http, behavior: domain, url: "URL/ads", proxy: way, header: {X-Key: [a, b]}}
  own: {type: http, behavior: domain, url: "URL/ads", header: {User-Agent: theirs}, path: own/list}
`;
  const providers = await shop.providers(t, shop.config(yaml), false);
  await providers.refresh('rules', 'ads');
  await providers.refresh('rules', 'own');
  assert.deepEqual(seen, [
    ['mine', 'a, b'],
    ['theirs', undefined],
  ]);
  assert.deepEqual(shop.ways, ['way', '']);
  assert.match(readFileSync(join(shop.dir, 'providers/own/own/list'), 'utf8'), /a\.test/);
});

test('a link where a download is kept is replaced, not followed', async (t) => {
  const shop = await Workshop.open(t);
  const precious = shop.write('precious', 'mine');
  symlinkSync(precious, join(shop.dir, 'kept'));
  shop.served['/ads'] = payload('a.test');
  const config = shop.config(HTTP.replace('interval', 'path: FOLDER/kept, interval'));
  const providers = await shop.providers(t, config, false);
  await providers.refresh('rules', 'ads');
  assert.equal(readFileSync(precious, 'utf8'), 'mine');
  assert.match(readFileSync(join(shop.dir, 'kept'), 'utf8'), /a\.test/);
});

test('an inline list that is wrong is reported with its lines', async (t) => {
  const shop = await Workshop.open(t);
  const yaml =
    'rule-providers:\n  own: {type: inline, behavior: ipcidr, payload: [a.test, b.test]}\n';
  const providers = await shop.providers(t, shop.config(yaml));
  const { error, count } = infoOf(providers, 'own');
  assert.equal(count, 0);
  assert.match(error?.message ?? '', /no entry of it is right, such as line 2: "a\.test"/);
});

test('closing ends what is under way', async (t) => {
  const shop = await Workshop.open(t);
  let asked = false;
  shop.served['/ads'] = () => {
    asked = true;
  };
  const providers = await shop.providers(t, shop.config(HTTP), false);
  const refreshing = providers.refresh('rules', 'ads');
  await until(() => asked);
  await Promise.all([providers.close(), assert.rejects(refreshing, { code: 'ERR_HTTP_ABORTED' })]);
  assert.equal(existsSync(join(shop.dir, 'providers/rules')), true);
});

test('what is called nothing cannot be refreshed', async (t) => {
  const shop = await Workshop.open(t);
  const providers = await shop.providers(t, shop.config(HTTP), false);
  for (const [kind, name] of [
    ['rules', 'x'],
    ['proxies', 'ads'],
    ['geo', 'country'],
    ['geo', 'toString'],
  ] as const) {
    await assert.rejects(providers.refresh(kind, name), { code: 'ERR_PROVIDER_UNKNOWN' });
  }
});

test('where the network changes, what failed is tried again at once', async (t) => {
  const shop = await Workshop.open(t);
  const providers = await shop.providers(t, shop.config(HTTP));
  await until(() => infoOf(providers, 'ads').error !== null);
  providers.retry();
  shop.served['/ads'] = payload('a.test');
  await until(() => {
    providers.retry();
    return infoOf(providers, 'ads').count === 1;
  });
  await fetched(providers, 'ads');
  const asked = shop.requests.length;
  providers.retry();
  assert.equal(shop.requests.length, asked);
});

test('a list that is kept under a name of the user’s, but from another URL, is fetched at once', async (t) => {
  const shop = await Workshop.open(t);
  shop.served['/a'] = payload('a.test');
  shop.served['/b'] = payload('b.test');
  const yaml = (path: string): string =>
    `rule-providers: {l: {type: http, behavior: domain, url: "URL/${path}", path: own}}`;
  const first = await shop.providers(t, shop.config(yaml('a')), false);
  await first.refresh('rules', 'l');
  await first.close();
  const second = await shop.providers(t, shop.config(yaml('b')));
  assert.equal(has(second, 'l', 'a.test'), true);
  await until(() => has(second, 'l', 'b.test') === true);
  assert.deepEqual(shop.requests, ['GET /a', 'GET /b']);
});
