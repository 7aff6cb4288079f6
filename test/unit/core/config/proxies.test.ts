import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf, markedProblem, problemsIn } from './check.ts';

const fingerprint = 'AB:'.repeat(31) + 'AB';

test('reads every kind of proxy with all its keys', () => {
  const { proxies } = configOf(`
proxies:
  - name: five
    type: socks5
    server: Proxy.Example.com
    port: "1080"
    username: 0123
    password: 45678
    udp: true
    tls: true
    sni: other.example
    skip-cert-verify: true
    fingerprint: ${fingerprint}
    ca: ca.pem
    dialer-proxy: web
  - {name: four, type: SOCKS4, server: 192.0.2.1, port: 1080, username: me, version: 4}
  - {name: four-a, type: socks4, server: "[2001:DB8::1]", port: 1080}
  - {name: web, type: http, server: ::1, port: 8080, username: me, password: "p:w", headers: {X-A: b}}
  - {name: out, type: direct}
  - {name: no, type: reject}
`);
  const position = (line: number): object => ({ position: { line, column: 5 } });
  assert.deepEqual(proxies, [
    {
      ...{ name: 'five', type: 'socks5', server: 'proxy.example.com', port: 1080 },
      ...{ username: '0123', password: '45678', udp: true, dialerProxy: 'web' },
      tls: {
        sni: 'other.example',
        skipCertVerify: true,
        fingerprint: 'ab'.repeat(32),
        caFile: '/etc/sluice/ca.pem',
        caText: '',
      },
      ...position(3),
    },
    {
      ...{ name: 'four', type: 'socks4', server: '192.0.2.1', port: 1080 },
      ...{ username: 'me', version: '4', tls: null, dialerProxy: '', ...position(16) },
    },
    {
      ...{ name: 'four-a', type: 'socks4', server: '2001:db8::1', port: 1080 },
      ...{ username: '', version: '4a', tls: null, dialerProxy: '', ...position(17) },
    },
    {
      ...{ name: 'web', type: 'http', server: '::1', port: 8080, username: 'me' },
      ...{ password: 'p:w', headers: { 'X-A': 'b' }, tls: null, dialerProxy: '', ...position(18) },
    },
    { name: 'out', type: 'direct', dialerProxy: '', ...position(19) },
    { name: 'no', type: 'reject', dialerProxy: '', ...position(20) },
  ]);
});

const socks = 'type: socks5, server: 192.0.2.1, port: 1080';

for (const [item, expected] of [
  ['§5', '§ error value-invalid proxies[0] must be a map, not "5"'],
  [`§{${socks}}`, '§ error key-missing proxies[0].name is missing'],
  ['§{name: a}', '§ error key-missing proxies[0].type is missing'],
  ['§{name: a, type: socks5, port: 1}', '§ error key-missing proxies[0].server is missing'],
  ['§{name: a, type: http, server: b}', '§ error key-missing proxies[0].port is missing'],
  [
    '{name: a, type: http, server: §"a b", port: 1}',
    '§ error value-invalid proxies[0].server must be a domain name or an IP address, not "a b"',
  ],
  [
    '{name: a, type: http, server: b, port: §65536}',
    '§ error value-invalid proxies[0].port must be a whole number from 1 to 65535, not "65536"',
  ],
  [`{name: §DIRECT, ${socks}}`, '§ error name-reserved "DIRECT" is built in: choose another name'],
  [
    `{name: a, ${socks}, password: §x}`,
    '§ error value-invalid proxies[0].password needs a username',
  ],
  [
    `{name: a, ${socks}, username: §${'ü'.repeat(128)}}`,
    `§ error value-invalid proxies[0].username must be text of at most 255 bytes, not "${'ü'.repeat(60)}…"`,
  ],
  [
    `{name: a, ${socks}, §sni: b.example}`,
    '§ warning key-ignored proxies[0].sni is ignored: it needs tls: true',
  ],
  [
    `{name: a, ${socks}, tls: true, fingerprint: §chrome}`,
    '§ error value-invalid proxies[0].fingerprint must be the SHA-256 of a certificate, 64 hex digits, not "chrome"',
  ],
  [
    `{name: a, ${socks}, §mptcp: true}`,
    '§ warning key-not-used-yet proxies[0].mptcp is accepted, not used yet',
  ],
  [
    `{name: a, ${socks}, §pasword: x}`,
    '§ warning key-unknown unknown key "pasword", ignored: did you mean "password"?',
  ],
  [
    '{name: a, type: http, server: b, port: 1, username: §"a:b"}',
    '§ error value-invalid proxies[0].username must be text without a colon or control characters, not "a:b"',
  ],
  [
    '{name: a, type: http, server: b, port: 1, headers: {X: §"a\\r\\nY: b"}}',
    '§ error value-invalid proxies[0].headers.X must be printable ASCII text, not "a\\u{d}\\u{a}Y: b"',
  ],
  [
    '{name: a, type: http, server: b, port: 1, headers: {§"X Y": z}}',
    '§ error value-invalid "X Y" is not a header name',
  ],
  [
    '{name: a, type: socks4, server: b, port: 1, version: §5}',
    '§ error value-invalid proxies[0].version must be one of 4, 4a, not "5"',
  ],
  [
    '{name: a, type: direct, dialer-proxy: §DIRECT}',
    '§ warning key-ignored proxies[0].dialer-proxy is ignored: direct has no server to reach',
  ],
  [
    '{name: a, type: §vmess, server: b, uuid: c, anything: [d]}',
    '§ warning proxy-type-unsupported "a" is of type "vmess", which Sluice does not speak: flows sent to it are rejected',
  ],
  [
    '{name: a, type: §sock5}',
    '§ warning proxy-type-unsupported "a" is of type "sock5", which Sluice does not speak: did you mean "socks5"? flows sent to it are rejected',
  ],
] as const) {
  test(`says of ${item.slice(0, 80)}: ${expected.slice(0, 80)}`, () => {
    assert.equal(markedProblem(`proxies: [${item}]`), expected);
  });
}

test('a proxy that has no such method is not found in the prototype of a table', () => {
  assert.match(
    problemsIn('proxies: [{name: a, type: constructor}]').join(),
    /warning proxy-type-unsupported/,
  );
});

test('two proxies of one name are an error', () => {
  const text = 'proxies:\n  - {name: a, type: direct}\n  - {name: a, type: reject}\n';
  assert.deepEqual(problemsIn(text), [
    '3:12 error name-duplicate another proxy or group is called "a"',
  ]);
});
