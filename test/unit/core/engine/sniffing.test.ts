/** The meaning of `sniffer:`, as in mihomo. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sniffing } from '../../../../core/engine/sniffing.ts';
import type { BeforeSniffing } from '../../../../core/engine/sniffing.ts';
import type { SniffedName } from '../../../../core/sniff/sniff-result.ts';
import { parseIp } from '../../../../rules/ip.ts';
import { configOf } from '../config/check.ts';

const web: BeforeSniffing = {
  network: 'tcp',
  srcIp: parseIp('192.168.0.2')!,
  dstIp: parseIp('192.0.2.1')!,
  dstPort: 443,
  domain: null,
  isMapped: false,
};
const quic: BeforeSniffing = { ...web, network: 'udp' };
const name: SniffedName = { domain: 'www.example.com', protocol: 'tls', ech: false };

function sniffing(yaml: string): Sniffing {
  const { sniffer } = configOf(yaml === '' ? 'mode: rule' : `sniffer: {${yaml}}`);
  return new Sniffing(sniffer, (_kind, set) => ({
    has: (domain) => set === 'some' && domain === 'in.set.example',
  }));
}

const all = 'enable: true, sniff: {HTTP: {ports: [80]}, TLS: {ports: [443]}, QUIC: {}}';

test('without the key: where a rule asks, any port but those where the server speaks first', () => {
  const plain = sniffing('');
  assert.equal(plain.isForced(web), false);
  assert.deepEqual(plain.protocolsOf({ ...web, dstPort: 12345 }), ['tls', 'http']);
  assert.deepEqual(plain.protocolsOf(quic), ['quic']);
  assert.deepEqual(plain.protocolsOf({ ...web, dstPort: 22 }), []);
});

test('without the key: proxies are asked for the name, unless it may hide another', () => {
  const plain = sniffing('');
  assert.equal(plain.useOf(name), 'proxies');
  assert.equal(plain.useOf({ ...name, ech: true }), 'rules');
});

test('enable: false looks at nothing', () => {
  const off = sniffing('enable: false, sniff: {TLS: {}}');
  assert.equal(off.isForced(web), false);
  assert.deepEqual(off.protocolsOf(web), []);
});

test('only protocols that are listed, on their ports and their network', () => {
  const on = sniffing(all);
  assert.deepEqual(on.protocolsOf(web), ['tls']);
  assert.deepEqual(on.protocolsOf({ ...web, dstPort: 80 }), ['http']);
  assert.deepEqual(on.protocolsOf({ ...web, dstPort: 8443 }), []);
  assert.deepEqual(on.protocolsOf(quic), ['quic']);
});

test('flows without a name are looked at, unless parse-pure-ip is false', () => {
  assert.equal(sniffing(all).isForced(web), true);
  assert.equal(sniffing(`${all}, parse-pure-ip: false`).isForced(web), false);
});

test('flows with a name of a made-up address are not, unless force-domain has it', () => {
  const faked = { ...web, domain: 'www.example.com' };
  assert.equal(sniffing(all).isForced(faked), false);
  assert.equal(sniffing(`${all}, force-domain: [+.example.com]`).isForced(faked), true);
  const inSet = { ...web, domain: 'in.set.example' };
  assert.equal(sniffing(`${all}, force-domain: ["geosite:some"]`).isForced(inSet), true);
  assert.equal(sniffing(`${all}, force-domain: ["geosite:other"]`).isForced(inSet), false);
});

test('names that a lookup gave are confirmed, unless force-dns-mapping is false', () => {
  const mapped = { ...web, domain: 'www.example.com', isMapped: true };
  assert.equal(sniffing(all).isForced(mapped), true);
  assert.equal(sniffing(`${all}, force-dns-mapping: false`).isForced(mapped), false);
});

test('skip-src-address and skip-dst-address leave flows alone', () => {
  assert.deepEqual(sniffing(`${all}, skip-src-address: [192.168.0.0/24]`).protocolsOf(web), []);
  assert.deepEqual(sniffing(`${all}, skip-dst-address: [192.0.2.1/32]`).protocolsOf(web), []);
  assert.deepEqual(sniffing(`${all}, skip-dst-address: [192.0.2.2/32]`).protocolsOf(web), ['tls']);
});

test('override-destination, of all and of one protocol; skip-domain', () => {
  assert.equal(sniffing(all).useOf({ ...name, ech: true }), 'everything');
  assert.equal(sniffing(`${all}, override-destination: false`).useOf(name), 'rules');
  const one = 'enable: true, sniff: {TLS: {override-destination: false}, QUIC: {}}';
  assert.equal(sniffing(one).useOf(name), 'rules');
  assert.equal(sniffing(one).useOf({ ...name, protocol: 'quic' }), 'everything');
  assert.equal(sniffing(`${all}, skip-domain: [+.example.com]`).useOf(name), 'nothing');
});
