/** Long transfers by real clients arrive whole: a gigabyte, eight ways at once, over a bad link. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ports, site4, site6 } from './addresses.ts';
import { curl } from './clients.ts';
import { labConfig } from './config.ts';
import { degradeGuestLink, repairGuestLink } from './faults.ts';
import { Lab } from './lab.ts';
import type { NamespaceName } from './namespaces.ts';
import { seededHash, seededStream } from './seeded-stream.ts';

const bytesServer = (address: string): string =>
  `http://${address.includes(':') ? `[${address}]` : address}:${ports.bytes}`;

describe('transfers', () => {
  let lab: Lab;

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    const rules = [`IP-CIDR6,${site6}/128,DIRECT`, 'MATCH,dante'];
    await lab.startSluice(labConfig(lab.certificates, rules));
  });
  after(() => lab.stop());

  /** SHA-256 of what curl received, computed in the client's namespace. */
  async function download(from: NamespaceName, address: string, length: number): Promise<string> {
    const url = `${bytesServer(address)}/1/${length}`;
    const pipe = 'set -o pipefail; curl -sS --fail "$0" | sha256sum';
    const text = await lab.output(from, 'bash', ['-c', pipe, url], { timeout: 120_000 });
    return text.split(' ')[0] ?? '';
  }

  /** SHA-256 of what the server received. */
  async function upload(from: NamespaceName, address: string, length: number): Promise<string> {
    const input = Buffer.concat(await seededStream(2, length).toArray());
    return (await curl(lab, from, bytesServer(address), ['-T', '-'], { input })).trim();
  }

  test('a gigabyte down through SOCKS5', async () => {
    const length = 1_000_000_000;
    assert.equal(await download('home', site4, length), seededHash(1, length));
  });

  test('many megabytes down and up from the guest, IPv6', async () => {
    const length = 200_000_000;
    assert.equal(await download('guest', site6, length), seededHash(1, length));
    assert.equal(await upload('guest', site6, length), seededHash(2, length));
  });

  for (const flags of [[], ['-R']]) {
    for (const from of ['home', 'guest'] as const) {
      test(`iperf3 -P 4 ${flags.join('')} from ${from}`, async () => {
        const args = ['-J', '-c', site4, '-p', String(ports.iperf[0]), '-n', '50M', '-P', '4'];
        const report = JSON.parse(await lab.output(from, 'iperf3', [...args, ...flags])) as {
          end: { streams: { receiver: { bytes: number } }[] };
        };
        const sizes = report.end.streams.map(({ receiver }) => receiver.bytes);
        assert.equal(sizes.length, 4);
        for (const size of sizes) assert.ok(size > 0, 'a stream carried nothing');
      });
    }
  }

  test('wrk sees no failed request', async () => {
    const args = ['-t1', '-c32', '-d2s', `http://${site4}/100k`];
    const report = await lab.output('guest', 'wrk', args);
    assert.doesNotMatch(report, /Socket errors|Non-2xx/);
    assert.match(report, /[1-9]\d* requests in/);
  });

  describe('on a link that loses, doubles and reorders packets', () => {
    before(() => degradeGuestLink(lab, { loss: 1, duplicate: 1, reorder: 1 }));
    after(() => repairGuestLink(lab));

    for (const address of [site4, site6]) {
      test(`down from ${address}`, async () => {
        const length = 30_000_000;
        assert.equal(await download('guest', address, length), seededHash(1, length));
      });

      test(`up to ${address}`, async () => {
        const length = 30_000_000;
        assert.equal(await upload('guest', address, length), seededHash(2, length));
      });
    }
  });
});
