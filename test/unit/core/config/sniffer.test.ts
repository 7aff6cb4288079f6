import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configOf, markedProblem } from './check.ts';

test('without the key there is no sniffer', () => {
  assert.equal(configOf('mode: rule').sniffer, null);
});

test('every key, and the ports that protocols have without any', () => {
  const { sniffer } = configOf(`
sniffer:
  enable: true
  force-dns-mapping: false
  parse-pure-ip: false
  override-destination: false
  sniff:
    HTTP: {ports: [80, 8080-8880], override-destination: true}
    tls:
    QUIC: {}
  force-domain: [+.video.example, "geosite:netflix"]
  skip-domain: "*.apple.com"
  skip-src-address: [192.168.0.3/32]
  skip-dst-address: ["2001:db8::/32"]
`);
  assert.ok(sniffer);
  const { skipSrcAddress, skipDstAddress, ...rest } = sniffer;
  assert.deepEqual([skipSrcAddress[0]?.length, skipDstAddress[0]?.length], [32, 32]);
  assert.deepEqual(rest, {
    enable: true,
    forceDnsMapping: false,
    parsePureIp: false,
    protocols: [
      {
        protocol: 'http',
        ports: [
          { first: 80, last: 80 },
          { first: 8080, last: 8880 },
        ],
        overrideDestination: true,
      },
      { protocol: 'tls', ports: [{ first: 443, last: 443 }], overrideDestination: false },
      { protocol: 'quic', ports: [{ first: 443, last: 443 }], overrideDestination: false },
    ],
    forceDomain: [
      { kind: 'domain', pattern: '+.video.example' },
      { kind: 'geosite', name: 'netflix' },
    ],
    skipDomain: [{ kind: 'domain', pattern: '*.apple.com' }],
  });
});

for (const [text, expected] of [
  ['sniffer: {sniff: {§FTP: {ports: [21]}}}', 'error value-invalid'],
  ['sniffer: {sniff: {TLS: {ports: [§8880-8080]}}}', 'error value-invalid'],
  ['sniffer: {sniff: {TLS: {ports: [§70000]}}}', 'error value-invalid'],
  ['sniffer: {skip-src-address: [§example.com]}', 'error value-invalid'],
  ['sniffer: {skip-dst-address: [§"geoip:cn"]}', 'warning key-not-used-yet'],
  ['sniffer: {skip-domain: [§Mijia Cloud]}', 'warning sniffer-name'],
  ['sniffer: {§sniffing: [tls]}', 'warning key-ignored'],
] as const) {
  test(`says of "${text}": ${expected}`, () => {
    assert.ok(markedProblem(text).startsWith(`§ ${expected} `), markedProblem(text));
  });
}
