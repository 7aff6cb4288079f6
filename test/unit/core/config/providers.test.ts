import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf, markedProblem, problemsIn } from './check.ts';

test('rule providers of all three types', () => {
  const { ruleProviders } = configOf(`
proxies: [{name: p, type: direct}]
rule-providers:
  ads:
    type: http
    behavior: domain
    format: mrs
    url: https://list.test/ads.mrs
    path: ./lists/ads.mrs
    interval: 3600
    proxy: p
    size-limit: 1000
    header: {X-One: a, X-Many: [b, c]}
  nets: {type: file, behavior: IPCIDR, format: text, path: lists/nets.txt}
  own: {type: inline, behavior: classical, payload: ["DOMAIN,a.test", "DST-PORT,80"]}
`);
  const [ads, nets, own] = ruleProviders;
  assert.deepEqual(ads?.source, {
    type: 'http',
    url: 'https://list.test/ads.mrs',
    path: 'lists/ads.mrs',
    interval: 3600,
    headers: { 'X-One': ['a'], 'X-Many': ['b', 'c'] },
    proxy: 'p',
    sizeLimit: 1000,
  });
  assert.deepEqual([ads.name, ads.behavior, ads.format], ['ads', 'domain', 'mrs']);
  const sizeLimit = 64 * 1024 * 1024;
  assert.deepEqual(nets?.source, { type: 'file', path: '/etc/sluice/lists/nets.txt', sizeLimit });
  assert.equal(nets.behavior, 'ipcidr');
  assert.deepEqual(own?.source, {
    type: 'inline',
    entries: [
      { text: 'DOMAIN,a.test', line: 15 },
      { text: 'DST-PORT,80', line: 15 },
    ],
  });
});

test('a proxy provider with everything', () => {
  const [provider] = configOf(`
proxies: [{name: entry, type: direct}]
proxy-providers:
  sub:
    type: http
    url: https://sub.test/x?token=1
    interval: 86400
    filter: "a\`b"
    exclude-filter: "^c"
    exclude-type: "http|ss"
    override: {additional-prefix: "[sub] ", additional-suffix: "!", udp: true, dialer-proxy: entry}
    health-check: {enable: true, url: "http://check.test/204", interval: 60, lazy: false, timeout: 900, expected-status: 200-299/304}
`).proxyProviders;
  assert.ok(provider);
  assert.deepEqual(provider.choice, {
    filter: ['a', 'b'],
    excludeFilter: ['^c'],
    excludeType: ['http', 'ss'],
  });
  assert.deepEqual(provider.override, {
    additionalPrefix: '[sub] ',
    additionalSuffix: '!',
    udp: true,
    skipCertVerify: null,
    dialerProxy: 'entry',
  });
  assert.deepEqual(provider.healthCheck, {
    enable: true,
    url: 'http://check.test/204',
    interval: 60,
    timeout: 900,
    lazy: false,
    expectedStatus: '200-299/304',
  });
});

test('an inline proxy provider has its proxies, under names of its own', () => {
  const { proxyProviders } = configOf(`
proxies: [{name: a, type: direct}]
proxy-providers:
  own: {type: inline, payload: [{name: a, type: socks5, server: 192.0.2.1, port: 1080}]}
`);
  const source = proxyProviders[0]?.source;
  assert.ok(source?.type === 'inline');
  assert.deepEqual(
    source.proxies.map(({ name, type }) => [name, type]),
    [['a', 'socks5']],
  );
});

test('geo data: URLs, files beside the configuration, and what mihomo takes by default', () => {
  const { geo } = configOf(`
geodata-mode: true
geo-auto-update: true
geo-update-interval: 48
geox-url: {asn: ./asn.mmdb, geosite: "https://geo.test/geosite.dat"}
`);
  const { geoip, mmdb, ...rest } = geo;
  assert.deepEqual(rest, {
    datMode: true,
    autoUpdate: true,
    updateInterval: 48,
    asn: '/etc/sluice/asn.mmdb',
    geosite: 'https://geo.test/geosite.dat',
  });
  assert.match(geoip, /^https:.*\/geoip\.dat$/);
  assert.match(mmdb, /^https:.*\/geoip\.metadb$/);
});

for (const [what, text, expected] of [
  ['no behavior', 'a: §{type: file, path: x}', /behavior is missing/],
  ['another type', 'a: {type: §ftp, behavior: domain}', /must be http, file or inline/],
  ['no URL', 'a: §{type: http, behavior: domain}', /url is missing/],
  ['no path', 'a: §{type: file, behavior: domain}', /path is missing/],
  ['no http URL', 'a: {type: http, behavior: domain, url: §"ftp://x"}', /an http or https URL/],
  ['a way out', 'a: {type: file, behavior: domain, path: §../../etc/shadow}', /leaves its folder/],
  [
    'a way out of the state folder',
    'a: {type: http, behavior: domain, url: "http://x", path: §a/../../b}',
    /leaves its folder/,
  ],
  [
    'whole rules as mrs',
    'a: {type: file, behavior: classical, path: x, format: §mrs}',
    /not whole rules/,
  ],
  [
    'an unknown proxy',
    'a: {type: http, behavior: domain, url: "http://x", proxy: §nobody}',
    /no proxy or group is called/,
  ],
  [
    'a header of the connection',
    'a: {type: http, behavior: domain, url: "http://x", header: {§Content-Length: 5}}',
    /Sluice sets it/,
  ],
  ['text that is none', 'a: {type: inline, behavior: domain, payload: [§[x]]}', /must be text/],
] as const) {
  test(`rule-providers: ${what}`, () => {
    const found = markedProblem(`rule-providers:\n  ${text}\n`);
    assert.match(found, /^§ /);
    assert.match(found, expected);
  });
}

test('proxy-providers: an expression that is none, a path that leaves geox-url', () => {
  const provider = '{type: file, path: x, filter: §"("}';
  assert.match(markedProblem(`proxy-providers:\n  a: ${provider}\n`), /^§ .*regular expression/);
  assert.match(markedProblem('geox-url: {asn: §../asn.mmdb}\n'), /^§ .*leaves the folder/);
});

test('an absolute path is where it says', () => {
  const text = `rule-providers:
  a: {type: http, behavior: domain, url: "http://x", path: /srv/lists/../a.yaml}
  b: {type: file, behavior: domain, path: /srv/b.yaml}
`;
  assert.deepEqual(problemsIn(text), []);
  const paths = configOf(text).ruleProviders.map(({ source }) => 'path' in source && source.path);
  assert.deepEqual(paths, ['/srv/a.yaml', '/srv/b.yaml']);
});

test('a rule that names a provider which is not there is an error, inside logic, too', () => {
  const rules = (rule: string): string =>
    `rule-providers: {ads: {type: inline, behavior: domain, payload: [a.test]}}\nrules:\n  - ${rule}\n`;
  assert.match(
    markedProblem(rules('§RULE-SET,adz,REJECT')),
    /^§ error provider-unknown .*"ads"\?$/,
  );
  assert.match(
    markedProblem(rules('§AND,((RULE-SET,x),(NETWORK,udp)),REJECT')),
    /no rule provider is called "x"/,
  );
  assert.deepEqual(problemsIn(rules('RULE-SET,ads,REJECT')), []);
});
