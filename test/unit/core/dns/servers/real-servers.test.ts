/** Every way to ask, with resolvers that other people wrote. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startDnsmasq, startUnbound } from '../../../../daemons/dns-servers.ts';
import type { Unbound } from '../../../../daemons/dns-servers.ts';
import type { Daemon } from '../../../../daemons/daemon.ts';
import { makeCertificates } from '../../../../lab/certificates.ts';
import type { Certificates } from '../../../../lab/certificates.ts';
import { answersOf, read } from '../messages.ts';
import { ask, resolverOf } from '../resolver-lab.ts';

const many = Array.from({ length: 120 }, (_, n) => `203.0.113.${n + 1}`);

describe('resolvers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-resolvers-'));
  let certificates: Certificates;
  let server: Unbound;
  let dnsmasq: Daemon;
  let ca: string[];

  before(async () => {
    certificates = makeCertificates(folder, ['dns.test', '127.0.0.1']);
    ca = [readFileSync(certificates.ca, 'utf8')];
    server = await startUnbound({
      certificates,
      records: [
        'site.test. 300 A 203.0.113.9',
        'site.test. 300 AAAA 2001:db8:3::9',
        'mail.test. 300 MX 10 site.test.',
        'text.test. 300 TXT "hello"',
        ...many.map((address) => `many.test. 300 A ${address}`),
      ],
    });
    dnsmasq = await startDnsmasq({
      args: [
        '--host-record=site.test,203.0.113.9,2001:db8:3::9',
        '--mx-host=mail.test,site.test,10',
        '--txt-record=text.test,hello',
        ...many.map((address) => `--host-record=many.test,${address}`),
      ],
    });
  });
  after(async () => {
    await Promise.all([server.stop(), dnsmasq.stop()]);
    rmSync(folder, { recursive: true });
  });

  const ways: Readonly<Record<string, () => string>> = {
    'Unbound over UDP': () => `127.0.0.1:${server.port}`,
    'Unbound over TCP': () => `tcp://127.0.0.1:${server.port}`,
    'Unbound over TLS': () => `tls://127.0.0.1:${server.tlsPort}`,
    'Unbound over HTTPS': () => `https://127.0.0.1:${server.httpsPort}/dns-query`,
    'dnsmasq over UDP': () => `127.0.0.1:${dnsmasq.port}`,
    'dnsmasq over TCP': () => `tcp://127.0.0.1:${dnsmasq.port}`,
  };

  for (const [way, url] of Object.entries(ways)) {
    test(`${way} is asked for addresses and for anything else`, async (t) => {
      const resolver = resolverOf(t, `dns: {nameserver: ["${url()}"]}`, { ca });
      const found = await ask(resolver, 'site.test');
      assert.deepEqual(answersOf(found.message), ['203.0.113.9']);
      assert.equal(found.server, url());
      assert.deepEqual(answersOf((await ask(resolver, 'site.test', 'AAAA')).message), [
        '2001:db8:3::9',
      ]);
      assert.equal(read((await ask(resolver, 'mail.test', 'MX')).message).answers?.[0]?.type, 'MX');
      assert.equal(read((await ask(resolver, 'text.test', 'TXT')).message).answers?.length, 1);
    });

    test(`${way} says that a name does not exist`, async (t) => {
      const resolver = resolverOf(t, `dns: {nameserver: ["${url()}"]}`, { ca });
      assert.equal(read((await ask(resolver, 'nowhere.test')).message).rcode, 'NXDOMAIN');
    });

    test(`${way} gives an answer that fits no datagram`, async (t) => {
      const resolver = resolverOf(t, `dns: {nameserver: ["${url()}"]}`, { ca });
      const { message } = await ask(resolver, 'many.test');
      assert.deepEqual(answersOf(message).toSorted(), many.toSorted());
      assert.equal(read(message).flag_tc, false);
    });

    test(`${way} answers a hundred queries at once, each its own`, async (t) => {
      const resolver = resolverOf(t, `dns: {nameserver: ["${url()}"]}`, { ca });
      const types = ['A', 'AAAA'];
      const all = await Promise.all(
        Array.from({ length: 100 }, (_, n) => ask(resolver, 'site.test', types[n % 2])),
      );
      all.forEach(({ message }, n) => {
        assert.equal(read(message).questions?.[0]?.type, types[n % 2]);
        assert.equal(answersOf(message).length, 1);
      });
    });
  }

  test('a certificate for another name is refused, and the error says so', async (t) => {
    for (const url of [
      `tls://localhost:${server.tlsPort}`,
      `https://localhost:${server.httpsPort}/dns-query`,
    ]) {
      const resolver = resolverOf(
        t,
        `hosts: {localhost: 127.0.0.1}\ndns: {nameserver: ["${url}"]}`,
        { ca },
      );
      await assert.rejects(ask(resolver, 'site.test'), {
        code: 'ERR_DNS_FAILED',
        message: /its certificate cannot be trusted for localhost/,
      });
    }
  });

  test('the name that the certificate is for may be told apart from that of the server', async (t) => {
    const url = `tls://localhost:${server.tlsPort}#name-cert-verify=dns.test`;
    const resolver = resolverOf(t, `hosts: {localhost: 127.0.0.1}\ndns: {nameserver: ["${url}"]}`, {
      ca,
    });
    assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
  });

  test('nobody is trusted who is not known, unless told to', async (t) => {
    const url = `tls://127.0.0.1:${server.tlsPort}`;
    const strict = resolverOf(t, `dns: {nameserver: ["${url}"]}`);
    await assert.rejects(ask(strict, 'site.test'), /its certificate cannot be trusted/);
    const lax = resolverOf(t, `dns: {nameserver: ["${url}#skip-cert-verify=true"]}`);
    assert.deepEqual(answersOf((await ask(lax, 'site.test')).message), ['203.0.113.9']);
  });

  test('the name of a resolver is asked of default-nameserver, and verified', async (t) => {
    const plain = await startUnbound({ records: ['dns.test. 300 A 127.0.0.1'] });
    t.after(() => plain.stop());
    const resolver = resolverOf(
      t,
      `dns:
        default-nameserver: [127.0.0.1:${plain.port}]
        nameserver: ["https://dns.test:${server.httpsPort}/dns-query"]`,
      { ca },
    );
    assert.deepEqual(answersOf((await ask(resolver, 'site.test')).message), ['203.0.113.9']);
  });
});
