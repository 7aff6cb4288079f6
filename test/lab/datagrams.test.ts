/** DNS (relayed like anything else) and other datagrams from real clients, straight and through SOCKS5, and refused where an upstream has none. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ports, resolver, site4, site6 } from './addresses.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import type { NamespaceName } from './namespaces.ts';
import type { Outcome } from './processes.ts';
import type { Instance } from './sluice.ts';

const clients: readonly NamespaceName[] = ['home', 'guest'];

describe('datagrams', () => {
  let lab: Lab;
  let sluice: Instance;

  const configOf = (...rules: string[]): string =>
    labConfig(lab.certificates, rules, ['dns: {enable: false}']);
  const use = (...rules: string[]): Promise<void> => sluice.apply(configOf(...rules));
  const dig = (from: NamespaceName, ...args: string[]): Promise<Outcome> =>
    lab.exec(from, 'dig', ['+short', '+tries=1', '+time=3', ...args]);
  const echo = (from: NamespaceName, address: string, text: string): Promise<Outcome> => {
    const target = address.includes(':') ? `UDP6:[${address}]` : `UDP:${address}`;
    return lab.exec(from, 'socat', ['-t1', '-', `${target}:${ports.echo}`], { input: text });
  };

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    sluice = await lab.startSluice(configOf('MATCH,DIRECT'));
  });
  after(() => lab.stop());

  for (const upstream of ['DIRECT', 'dante']) {
    for (const from of clients) {
      test(`dig over UDP and TCP from ${from} through ${upstream}`, async () => {
        await use(`MATCH,${upstream}`);
        assert.equal((await dig(from, 'site.test')).stdout.trim(), site4);
        assert.equal((await dig(from, '+tcp', 'site.test', 'AAAA')).stdout.trim(), site6);
        // 4 KB in one datagram: fragments on the way.
        const big = await dig(from, '+ignore', '+bufsize=8000', 'big.site.test', 'TXT');
        assert.equal(big.stdout.trim().split('\n').length, 21);
      });

      test(`a datagram's answer comes from who was asked, ${from} through ${upstream}`, async () => {
        await use(`MATCH,${upstream}`);
        assert.equal((await echo(from, site4, 'four')).stdout, 'four');
        assert.equal((await echo(from, site6, 'six')).stdout, 'six');
      });
    }
  }

  for (const upstream of ['squid', 'microsocks', 'REJECT']) {
    test(`${upstream} has no datagrams: the client is told at once`, async () => {
      await use(`MATCH,${upstream}`);
      const { stdout } = await dig('guest', `@${resolver.v4}`, 'site.test');
      assert.match(stdout, /connection refused|host unreachable|communications error/i);
      assert.doesNotMatch(stdout, /timed out/);
      // socat reports the ICMP message as the error of its next system call.
      assert.match((await echo('home', site4, 'x')).stderr, /Connection refused|No route to host/);
    });
  }
});
