/** An upstream on the machine that Sluice runs on: its own connections are captured too, and must not go back to it. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { startSquid } from '../daemons/http-proxies.ts';
import { startMicrosocks } from '../daemons/socks-servers.ts';
import { site4, uplink } from './addresses.ts';
import { curl } from './clients.ts';
import { Lab } from './lab.ts';
import { prefixFor } from './processes.ts';
import type { Instance } from './sluice.ts';

/** Where the program listens, and what it is. */
const upstreams = {
  'microsocks on loopback': '{name: here, type: socks5, server: 127.0.0.1, port: 1080}',
  "microsocks on the machine's own address": `{name: here, type: socks5, server: ${uplink.home4}, port: 1080}`,
  'microsocks, by the name localhost': '{name: here, type: socks5, server: localhost, port: 1080}',
  'squid, which works in a child': '{name: here, type: http, server: 127.0.0.1, port: 3128}',
} as const;

describe('an upstream on this machine', () => {
  let lab: Lab;
  let sluice: Instance;

  before(async () => {
    lab = await Lab.start();
    const prefix = prefixFor(lab.place('home'));
    await startMicrosocks({ prefix, address: '0.0.0.0', port: 1080 });
    await startSquid({ prefix, address: '127.0.0.1', port: 3128 });
  });
  after(() => lab.stop());
  afterEach(() => sluice.stop());

  for (const [name, yaml] of Object.entries(upstreams)) {
    for (const from of ['home', 'guest'] as const) {
      test(`${name} serves ${from}`, async () => {
        sluice = await lab.startSluice(`proxies:\n  - ${yaml}\nrules:\n  - MATCH,here\n`);
        assert.match(await curl(lab, from, `http://${site4}/small`), /hello/);
        const flows = await sluice.flows();
        assert.deepEqual(flows.map(({ chain }) => chain.join()).toSorted(), ['DIRECT', 'here']);
      });
    }
  }

  test('it looks names up past itself', async () => {
    const rules = 'rules:\n  - DOMAIN-SUFFIX,site.test,here\n  - MATCH,REJECT\n';
    sluice = await lab.startSluice(
      `proxies:\n  - ${upstreams['microsocks on loopback']}\n${rules}`,
    );
    const resolve = ['--resolve', `www.site.test:443:${site4}`];
    assert.match(await curl(lab, 'home', 'https://www.site.test/small', resolve), /hello/);
  });
});
