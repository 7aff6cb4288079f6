import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ProxyConfig } from '../../../../core/config/config.ts';
import { ListError } from '../../../../core/providers/list-error.ts';
import { readProxyList } from '../../../../core/providers/proxy-list.ts';
import { overridden } from '../../../../core/providers/proxy-override.ts';
import { proxyOfUrl } from '../../../../core/providers/proxy-url.ts';
import { parseSubscription } from '../../../../core/providers/subscription.ts';

const position = { line: 1, column: 1 };

function read(text: string) {
  return readProxyList(Buffer.from(text), '/lists/p.yaml');
}

/** The parts of a proxy that a URL can say. */
function parts(url: string): unknown {
  const proxy = proxyOfUrl(url, position);
  if (typeof proxy === 'string') return proxy;
  if (!('server' in proxy)) return [proxy.type, proxy.name];
  const { type, name, server, port, username, tls } = proxy;
  const password = 'password' in proxy ? proxy.password : '';
  return [type, name, server, port, username, password, tls?.sni ?? null];
}

for (const [url, expected] of [
  ['socks5://a:b@192.0.2.1:1081#one', ['socks5', 'one', '192.0.2.1', 1081, 'a', 'b', null]],
  ['SOCKS://Proxy.Test', ['socks5', 'proxy.test:1080', 'proxy.test', 1080, '', '', null]],
  [
    'socks5h://u%40x:p%3Aq@[2001:db8::1]:9#%F0%9F%87%A9 x',
    ['socks5', '🇩 x', '2001:db8::1', 9, 'u@x', 'p:q', null],
  ],
  ['socks5://YTpi@s.test:1#n', ['socks5', 'n', 's.test', 1, 'a', 'b', null]],
  ['socks5://s.test:1?tls=true&sni=t.test', ['socks5', 's.test:1', 's.test', 1, '', '', 't.test']],
  ['socks4://user@s.test', ['socks4', 's.test:1080', 's.test', 1080, 'user', '', null]],
  ['http://a:b@s.test:8080/#web', ['http', 'web', 's.test', 8080, 'a', 'b', null]],
  ['https://s.test', ['http', 's.test:443', 's.test', 443, '', '', '']],
  ['vmess://eyJ2IjoiMiJ9', ['unsupported', 'vmess']],
  ['ss://x@s.test:1#Tokyo%201', ['unsupported', 'Tokyo 1']],
  ['s.test:1080', '"s.test:1080" is no URL of a proxy'],
  ['socks5://s.test:0', '"s.test:0" is no server with a port'],
  ['socks5://s.test:99999', '"s.test:99999" is no server with a port'],
  ['socks5://256.1.1.1:80', '"256.1.1.1:80" is no server with a port'],
  ['socks5://:secret@s.test', 'its user name and password cannot be sent'],
  [`socks5://${'a'.repeat(300)}:b@s.test`, 'its user name and password cannot be sent'],
  ['http://a%3Ab:c@s.test', 'its user name has a colon in it'],
  ['http://a%0d%0aX:c@s.test', 'its user name and password cannot be sent'],
] as const) {
  test(`a line: ${url.slice(0, 60)}`, () => assert.deepEqual(parts(url), expected));
}

test('no text of any kind does more than be refused', () => {
  fc.assert(
    fc.property(fc.constantFrom('socks5://', 'http://', ''), fc.string(), (scheme, rest) => {
      proxyOfUrl(`${scheme}${rest}`, position);
    }),
    { numRuns: 1000 },
  );
});

test('Clash YAML: what Sluice does not speak is counted, what is broken left out', () => {
  const list = read(`
mixed-port: 7890
proxies:
  - {name: a, type: socks5, server: a.test, port: 1080, udp: true}
  - {name: v1, type: vmess, server: v.test, port: 443}
  - {name: v2, type: vmess, server: v.test, port: 443}
  - {name: t, type: trojan, server: v.test, port: 443}
  - {name: bad, type: http, server: "b b", port: 80}
  - {name: b, type: http, server: b.test, port: 80}
proxy-groups: [{name: g, type: select, proxies: [a]}]
`);
  assert.deepEqual(
    list.proxies.map(({ name }) => name),
    ['a', 'b'],
  );
  assert.deepEqual(
    [...list.unsupported],
    [
      ['vmess', 2],
      ['trojan', 1],
    ],
  );
  assert.equal(list.broken, 1);
  assert.equal(list.problems[0]?.line, 8);
});

test('lines, as they are and in Base64', () => {
  const text = '# mine\nsocks5://a.test:1#a\r\n\nhttp://b.test#b\nnonsense\nvless://x@c.test:1#c\n';
  const packed = Buffer.from(text).toString('base64');
  const folded = packed.replace(/(.{40})/g, '$1\n').replace(/=+$/, '');
  for (const form of [text, packed, folded]) {
    const list = read(form);
    assert.deepEqual(
      list.proxies.map(({ name }) => name),
      ['a', 'b'],
    );
    assert.deepEqual([...list.unsupported], [['vless', 1]]);
    assert.equal(list.broken, 1);
    assert.match(list.problems[0]?.message ?? '', /"nonsense" is no URL/);
  }
});

test('Clash YAML in Base64', () => {
  const text = 'proxies:\n  - {name: a, type: http, server: a.test, port: 80}\n';
  const list = read(Buffer.from(text).toString('base64'));
  assert.deepEqual(
    list.proxies.map(({ name }) => name),
    ['a'],
  );
});

for (const [what, text, code, message] of [
  ['an HTML page', '<html><body>No</body></html>', 'ERR_LIST_EMPTY', /is no URL of a proxy/],
  ['nothing', '\n', 'ERR_LIST_EMPTY', /no proxy in it/],
  ['an empty list', 'proxies: []\n', 'ERR_LIST_EMPTY', /no proxy in it/],
  ['no list', 'proxies: text\n', 'ERR_LIST_FORMAT', /is no list/],
  ['broken YAML', 'proxies:\n  - {name: a\n', 'ERR_LIST_FORMAT', /line \d/],
  [
    'only what Sluice does not speak',
    'ss://a@b:1\nvmess://x\nss://c@d:1\n',
    'ERR_LIST_EMPTY',
    /speaks none of its proxies \(2 of type ss, 1 of type vmess\)/,
  ],
] as const) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => read(text),
      (error) => {
        assert.ok(error instanceof ListError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('what is not UTF-8 is refused', () => {
  const bytes = Buffer.from([0x70, 0xff, 0x0a]);
  assert.throws(() => readProxyList(bytes, 'x'), /not UTF-8/);
});

test('overrides: names, the way there, datagrams, verification', () => {
  const override = {
    additionalPrefix: '[s] ',
    additionalSuffix: '!',
    udp: false,
    skipCertVerify: true,
    dialerProxy: 'entry',
  };
  const [plain, secure] = ['socks5://a.test', 'socks5://b.test?tls=1'].map((url) =>
    overridden(proxyOfUrl(url, position) as ProxyConfig, override),
  );
  assert.ok(plain?.type === 'socks5' && secure?.type === 'socks5');
  assert.deepEqual(
    [plain.name, plain.udp, plain.dialerProxy, plain.tls],
    ['[s] a.test:1080!', false, 'entry', null],
  );
  assert.equal(secure.tls?.skipCertVerify, true);
});

test('what a subscription says of itself', () => {
  assert.deepEqual(parseSubscription('upload=1; download=20;total=300; expire=1700000000'), {
    upload: 1,
    download: 20,
    total: 300,
    expire: '2023-11-14T22:13:20.000Z',
  });
  assert.deepEqual(parseSubscription('Upload=1.5; expire='), {
    upload: 1,
    download: null,
    total: null,
    expire: null,
  });
  assert.equal(parseSubscription(''), null);
  assert.equal(parseSubscription('total=99999999999999999999999; x'), null);
});
