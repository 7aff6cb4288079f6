/** How flows end: each end learns what the other did, and nothing hangs or is cut short in silence. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startMicrosocks } from '../daemons/socks-servers.ts';
import { guestLink, ports, proxies, site4, site6 } from './addresses.ts';
import { talk } from './clients.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import { prefixFor } from './processes.ts';
import type { Daemon } from './processes.ts';
import type { Instance } from './sluice.ts';

const mortal = { address: proxies.microsocks, port: 1099 } as const;

describe('endings', () => {
  let lab: Lab;
  let sluice: Instance;

  const use = async (upstream: string): Promise<void> => {
    const config = labConfig(lab.certificates, [`MATCH,${upstream}`]);
    const extra = `  - {name: mortal, type: socks5, server: ${mortal.address}, port: ${mortal.port}}`;
    await sluice.apply(config.replace('proxies:\n', `proxies:\n${extra}\n`));
  };

  /** Waits until the live list fulfils the condition. */
  async function untilFlows(condition: (live: number) => boolean): Promise<void> {
    const deadline = Date.now() + 20_000;
    let live = -1;
    while (Date.now() < deadline) {
      live = (await sluice.flows('live')).length;
      if (condition(live)) return;
      await sleep(50);
    }
    assert.fail(`${live} flows are live`);
  }

  /** A client that downloads without end, once it does. */
  async function downloadForever(): Promise<Daemon> {
    const args = ['-s', '-o', '/dev/null', `telnet://${site4}:${ports.endless}`];
    const client = lab.spawn('guest', 'curl', args, { keepInput: true });
    await untilFlows((live) => live > 0);
    return client;
  }

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    sluice = await lab.startSluice(labConfig(lab.certificates, ['MATCH,DIRECT']));
  });
  after(() => lab.stop());

  // The other proxies of the lab close a relay as soon as one side has ended.
  for (const upstream of ['DIRECT', 'dante']) {
    for (const address of [site4, site6]) {
      test(`the client closes its half first, ${address} through ${upstream}`, async () => {
        await use(upstream);
        const answer = await talk(lab, 'guest', address, ports.count, 'half-close');
        assert.deepEqual(answer, { bytes: 8, text: '1000000\n', ending: 'end' });
      });
    }
  }

  for (const upstream of ['DIRECT', 'dante']) {
    test(`the server closes its half first, through ${upstream}`, async () => {
      await use(upstream);
      const { echo } = lab.internet;
      const before = echo.log.split('greet read 1000000').length;
      const answer = await talk(lab, 'home', site4, ports.greet, 'answer-after-end');
      assert.deepEqual(answer, { bytes: 6, text: 'hello\n', ending: 'end' });
      await echo.until('read it all', () => echo.log.split('greet read 1000000').length > before);
    });

    test(`a reset arrives as a reset, through ${upstream}`, async () => {
      await use(upstream);
      const answer = await talk(lab, 'home', site4, ports.reset, 'read');
      // Dante ends both sides of a relay in order, whatever happened to one.
      assert.equal(answer.ending, upstream === 'DIRECT' ? 'ECONNRESET' : 'end');
    });
  }

  test('an upstream that is killed resets an upload', async () => {
    const prefix = prefixFor(lab.place('net'));
    const proxy = await startMicrosocks({ prefix, parent: lab.folder, ...mortal });
    await use('mortal');
    const uploading = talk(lab, 'guest', site4, ports.count, 'write');
    await untilFlows((live) => live > 0);
    await sleep(300);
    process.kill(proxy.pid, 'SIGKILL');
    assert.match((await uploading).ending, /^(ECONNRESET|EPIPE)$/);
    await proxy.stop();
  });

  test('an upstream that forgets a connection resets a download', async () => {
    const prefix = prefixFor(lab.place('net'));
    const proxy = await startMicrosocks({ prefix, parent: lab.folder, ...mortal });
    await use('mortal');
    const downloading = talk(lab, 'guest', site4, ports.endless, 'read');
    await untilFlows((live) => live > 0);
    await sleep(300);
    const reject = `table ip dead { chain input {
      type filter hook input priority 0;
      iifname "eth0" tcp dport ${mortal.port} reject with tcp reset;
    }; }`;
    await lab.output('net', 'nft', ['-f', '-'], { input: reject });
    assert.equal((await downloading).ending, 'ECONNRESET');
    await lab.output('net', 'nft', ['delete', 'table', 'ip', 'dead']);
    await proxy.stop();
  });

  test('a client that is killed takes its flow along', async () => {
    await use('dante');
    const client = await downloadForever();
    await client.stop('SIGKILL');
    await untilFlows((live) => live === 0);
  });

  test('a client that vanishes stops its download, and is forgotten when its machine is back', async () => {
    await use('dante');
    const client = await downloadForever();
    await sleep(300);
    await lab.output('home', 'ip', ['link', 'set', guestLink.device, 'down']);
    await client.stop('SIGKILL');
    const received = async (): Promise<number> => (await sluice.flows('live'))[0]?.download ?? NaN;
    let last = NaN;
    for (let i = 0; i < 100 && last !== (await received()); i++) {
      last = await received();
      await sleep(200);
    }
    assert.equal(await received(), last, 'the upstream is still read');
    await lab.output('home', 'ip', ['link', 'set', guestLink.device, 'up']);
    const back = ['addr', 'replace', `${guestLink.home6}/64`, 'dev', guestLink.device, 'nodad'];
    await lab.output('home', 'ip', back);
    await untilFlows((live) => live === 0);
  });
});
