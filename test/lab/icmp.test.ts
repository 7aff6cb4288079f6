/** ping, traceroute and tracepath, from the host and from behind it, as people run them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { broken, site4, site6 } from './addresses.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import type { NamespaceName } from './namespaces.ts';
import type { Outcome } from './processes.ts';
import type { Instance } from './sluice.ts';

const clients: readonly NamespaceName[] = ['home', 'guest'];
const sites: readonly string[] = [site4, site6];

describe('icmp', () => {
  let lab: Lab;
  let sluice: Instance;

  const use = (icmp: string): Promise<void> =>
    sluice.apply(labConfig(lab.certificates, ['MATCH,DIRECT'], [`sluice: {icmp: ${icmp}}`]));
  const ping = (from: NamespaceName, address: string, ...args: string[]): Promise<Outcome> =>
    lab.exec(from, 'ping', ['-n', '-i', '0.1', '-W', '2', ...args, address], { timeout: 30_000 });

  before(async () => {
    lab = await Lab.start();
    const config = labConfig(lab.certificates, ['MATCH,DIRECT']);
    sluice = await lab.startSluice(config);
  });
  after(() => lab.stop());

  for (const from of clients) {
    test(`any address answers ping from ${from}, nobody at all included`, async () => {
      await use('reply');
      for (const address of [...sites, broken.silent4, broken.silent6]) {
        const { stdout } = await ping(from, address, '-c', '3');
        assert.match(stdout, /3 packets transmitted, 3 received, 0% packet loss/);
      }
      // Larger than any packet of the way: in fragments there and back.
      const { stdout } = await ping(from, site4, '-c', '2', '-s', '20000');
      assert.match(stdout, /2 packets transmitted, 2 received/);
    });

    test(`a real host answers ping from ${from} where echo goes out directly`, async () => {
      await use('direct');
      for (const address of sites) {
        const { stdout } = await ping(from, address, '-c', '3');
        assert.match(stdout, /3 packets transmitted, 3 received, 0% packet loss/);
      }
    });

    test(`nobody answers ping from ${from} while it is off`, async () => {
      await use('off');
      const { stdout } = await ping(from, site4, '-c', '2');
      assert.match(stdout, /2 packets transmitted, 0 received, 100% packet loss/);
    });

    for (const method of ['', '-I', '-T']) {
      test(`traceroute ${method} from ${from} ends at the destination`, async () => {
        await use('reply');
        for (const address of sites) {
          const args = [
            '-n',
            '-q',
            '1',
            '-w',
            '2',
            '-m',
            '8',
            ...(method ? [method] : []),
            address,
          ];
          const { stdout } = await lab.exec(from, 'traceroute', args, { timeout: 60_000 });
          const hops = stdout.trim().split('\n').slice(1);
          // From the guest, its host is one more hop.
          assert.equal(hops.length, from === 'guest' ? 3 : 2, stdout);
          assert.ok(!stdout.includes('*'), stdout);
          assert.match(hops.at(-1)!, new RegExp(`^ *\\d+ +${address} `));
        }
      });
    }

    test(`tracepath from ${from} ends at the destination and knows the MTU`, async () => {
      await use('reply');
      for (const address of sites) {
        const args = ['-n', '-m', '8', address];
        const { stdout } = await lab.exec(from, 'tracepath', args, { timeout: 60_000 });
        assert.match(stdout, /reached/, stdout);
        assert.match(stdout, new RegExp(`Resume: pmtu 1500 hops ${from === 'guest' ? 3 : 2} `));
      }
    });
  }

  test('an error of a real host about an echo reaches the one who asked', async () => {
    await use('direct');
    const { stdout } = await ping('home', broken.unreachable4, '-c', '2', '-w', '8');
    assert.match(stdout, /Destination Host Unreachable/, stdout);
  });
});
