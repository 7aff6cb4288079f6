/** Groups over real proxies: who is tested, who is chosen, and what becomes of flows. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { endpoints } from '../../core/api/endpoints.ts';
import type { GroupInfo, GroupTest } from '../../core/api/proxies.ts';
import type { Daemon as ProxyDaemon } from '../daemons/daemon.ts';
import { startMicrosocks } from '../daemons/socks-servers.ts';
import { ports, proxies, site4, sites } from './addresses.ts';
import { curl } from './clients.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import { answersEachSecond, openFlows } from './open-flows.ts';
import { Daemon, prefixFor } from './processes.ts';
import type { Instance } from './sluice.ts';

const mortal = { address: proxies.microsocks, port: 1099 } as const;
const slow = { address: proxies.microsocks, port: 1180 } as const;
const testUrl = `url: "http://${site4}/small"`;

describe('groups', () => {
  let lab: Lab;
  let sluice: Instance;
  let mortalProxy: ProxyDaemon;

  const configOf = (group: string, rules = ['MATCH,g']): string => {
    const own = [
      `  - {name: mortal, type: socks5, server: ${mortal.address}, port: ${mortal.port}}`,
      `  - {name: slow, type: socks5, server: ${slow.address}, port: ${slow.port}}`,
    ];
    const groups = `proxy-groups:\n  - {name: g, ${testUrl}, ${group}}`;
    return labConfig(lab.certificates, ['DST-PORT,53,DIRECT', ...rules], [groups]).replace(
      'proxies:\n  - {',
      `proxies:\n${own.join('\n')}\n  - {`,
    );
  };

  const startMortal = async (): Promise<void> => {
    const prefix = prefixFor(lab.place('net'));
    mortalProxy = await startMicrosocks({ ...mortal, prefix, parent: lab.folder });
  };

  async function group(): Promise<GroupInfo> {
    const { groups } = await sluice.client.call(endpoints.proxies);
    const found = groups.find(({ name }) => name === 'g');
    assert.ok(found);
    return found;
  }

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (!(await holds())) {
      if (Date.now() > deadline) assert.fail(`not in time: ${what}`);
      await sleep(50);
    }
  }

  /** The way of a new connection. */
  async function wayTo(address: string = site4): Promise<string> {
    await curl(lab, 'guest', `http://${address}/small`);
    const flows = (await sluice.flows()).filter(
      ({ destination }) => destination.port === ports.http,
    );
    const latest = flows.reduce((a, b) => (b.id > a.id ? b : a));
    return latest.chain.join(' > ');
  }

  /** A download without end through the group, and the id of its flow. */
  async function downloadForever(): Promise<number> {
    const args = ['-s', '-o', '/dev/null', `telnet://${site4}:${ports.endless}`];
    lab.spawn('guest', 'curl', args, { keepInput: true });
    const isOpen = async (): Promise<boolean> => (await live()) !== undefined;
    const live = async (): Promise<number | undefined> =>
      (await sluice.flows('live')).find(
        ({ destination, state, download }) =>
          destination.port === ports.endless && state === 'open' && download > 0,
      )?.id;
    await until('the download has begun', isOpen);
    return (await live()) ?? 0;
  }

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    await startMortal();
    const delayed = `SYSTEM:"sleep 0.4; exec socat - TCP:${proxies.microsocks}:1080"`;
    const listen = `TCP-LISTEN:${slow.port},bind=${slow.address},fork,reuseaddr`;
    await new Daemon(lab.place('net'), 'socat', [listen, delayed]).listening(slow.port);
    sluice = await lab.startSluice(labConfig(lab.certificates, ['MATCH,DIRECT']));
  });
  after(() => lab.stop());
  beforeEach(async () => {
    await sluice.cli('mode', 'rule');
    await sluice.cli('select', 'g', '--clear');
  });

  test('url-test uses the faster proxy, wherever it stands', async () => {
    await sluice.apply(configOf('type: url-test, proxies: [slow, squid]'));
    await until('both are tested', async () => (await group()).reason === 'fastest');
    const { now, delay } = await group();
    assert.equal(now, 'squid');
    assert.ok(delay !== null && delay < 400, `${delay} ms`);
    assert.equal(await wayTo(), 'g > squid');
    const { stdout, status } = await sluice.cli('test', 'g', '--json');
    assert.equal(status, 0);
    const { delays } = JSON.parse(stdout) as GroupTest;
    assert.ok((delays['slow'] ?? 0) >= 400, stdout);
  });

  test('a proxy that is killed is left at once, and used again when it is back', async () => {
    await sluice.apply(
      configOf('type: fallback, proxies: [mortal, dante], interval: 1, lazy: false'),
    );
    await until('it is tested', async () => (await group()).delay !== null);
    assert.equal(await wayTo(), 'g > mortal');
    await mortalProxy.stop();
    await until('another one is used', async () => (await group()).now === 'dante');
    assert.equal(await wayTo(), 'g > dante');
    await startMortal();
    await until('it is used again', async () => (await group()).now === 'mortal');
    assert.equal(await wayTo(), 'g > mortal');
  });

  test('flows through a proxy that hangs end when its tests fail', async () => {
    const text = configOf(
      'type: fallback, proxies: [mortal, dante], interval: 1, lazy: false, timeout: 500',
    );
    await sluice.apply(text);
    await until('it is tested', async () => (await group()).now === 'mortal');
    const id = await downloadForever();
    process.kill(mortalProxy.pid, 'SIGSTOP');
    try {
      const ended = async (): Promise<boolean> =>
        (await sluice.flows('closed')).some((flow) => flow.id === id);
      await until('its flow has ended', ended);
      const flow = (await sluice.flows('closed')).find((one) => one.id === id);
      assert.equal(flow?.error?.code, 'ERR_FLOW_UPSTREAM_DEAD');
      assert.match(flow.error.message, /"mortal" does not answer/);
      assert.equal(await wayTo(), 'g > dante');
    } finally {
      process.kill(mortalProxy.pid, 'SIGCONT');
    }
  });

  test('failed dials in traffic are enough to leave a proxy, long before its next test', async () => {
    await sluice.apply(configOf('type: fallback, proxies: [mortal, dante], interval: 3600'));
    await sluice.cli('test', 'g');
    await until('it is tested', async () => (await group()).now === 'mortal');
    await mortalProxy.stop();
    await lab.exec('guest', 'curl', ['-s', '--max-time', '3', `http://${site4}/small`]);
    await until('another one is used', async () => (await group()).now === 'dante');
    assert.equal(await wayTo(), 'g > dante');
    await startMortal();
  });

  test('round-robin spreads; consistent-hashing and sticky-sessions stay', async () => {
    const members = 'proxies: [microsocks, dante, squid]';
    const ways = async (addresses: readonly string[]): Promise<string[]> => {
      const found: string[] = [];
      for (const address of addresses) found.push(await wayTo(address));
      return found;
    };
    const again = Array<string>(6).fill(site4);
    await sluice.apply(configOf(`type: load-balance, strategy: round-robin, ${members}`));
    const turns = Map.groupBy(await ways(again), (way) => way);
    assert.deepEqual(
      [...turns.values()].map(({ length }) => length),
      [2, 2, 2],
    );
    const others = Object.values(sites).flatMap(([address]) =>
      address.includes(':') ? [] : [address],
    );
    for (const strategy of ['consistent-hashing', 'sticky-sessions']) {
      await sluice.apply(configOf(`type: load-balance, strategy: ${strategy}, ${members}`));
      assert.equal(new Set(await ways(again)).size, 1, strategy);
      const first = await ways(others);
      assert.deepEqual(await ways(others), first, strategy);
      assert.ok(new Set(first).size > 1, strategy);
    }
  });

  test('proxies of a provider are members, at the start and when its file changes', async () => {
    const file = join(lab.folder, 'subscription.yaml');
    const proxyOf = (name: string, server: string): string =>
      `  - {name: ${name}, type: socks5, server: ${server}, port: 1080}\n`;
    writeFileSync(file, `proxies:\n${proxyOf('hk 1', proxies.dante)}`);
    const text = configOf('type: fallback, use: [sub], filter: hk').replace(
      'proxies:\n',
      `proxy-providers:\n  sub: {type: file, path: ${file}}\nproxies:\n`,
    );
    await sluice.apply(text);
    await until('the file is read', async () => (await group()).all.join() === 'hk 1');
    assert.equal(await wayTo(), 'g > hk 1');
    await sluice.restart();
    assert.equal(await wayTo(), 'g > hk 1');
    const more = [proxyOf('us 1', proxies.dante), proxyOf('hk 2', proxies.microsocks)];
    writeFileSync(file, `proxies:\n${more.join('')}`);
    await until('the file is read', async () => (await group()).all.join() === 'hk 2');
    assert.equal(await wayTo(), 'g > hk 2');
  });

  test('a choice survives a restart and a reload, and goes when it is taken back', async () => {
    await sluice.apply(configOf('type: select, proxies: [squid, dante, slow]'));
    assert.equal((await sluice.cli('select', 'g', 'dante')).status, 0);
    assert.equal(await wayTo(), 'g > dante');
    await sluice.apply(configOf('type: select, proxies: [slow, squid, dante], hidden: true'));
    assert.equal((await group()).now, 'dante');
    await sluice.restart();
    assert.equal(await wayTo(), 'g > dante');
    assert.match((await sluice.cli('proxies')).stdout, /^g +Selector +dante \(chosen\)/m);
    const { status, stderr } = await sluice.cli('select', 'g', 'tinyproxy');
    assert.equal(status, 1);
    assert.match(stderr, /"tinyproxy" is no member of "g"/);
    await sluice.cli('select', 'g', '--clear');
    assert.equal((await group()).now, 'slow');
  });

  test('a choice ends no flow, unless the group says so', async () => {
    for (const [interrupts, state] of [
      [false, 'live'],
      [true, 'closed'],
    ] as const) {
      const more = `interrupt-exist-connections: ${interrupts}`;
      await sluice.apply(configOf(`type: select, proxies: [dante, microsocks], ${more}`));
      await sluice.cli('select', 'g', 'dante');
      const id = await downloadForever();
      await sluice.cli('select', 'g', 'microsocks');
      const flow = (await sluice.flows(state)).find((one) => one.id === id);
      assert.ok(flow, `${state} with ${more}`);
      if (interrupts) assert.equal(flow.error?.code, 'ERR_FLOW_SWITCHED');
      assert.equal(await wayTo(), 'g > microsocks');
      await sluice.cli('close', String(id));
    }
  });

  test('another mode leads new flows and leaves the others as they are', async () => {
    await sluice.apply(configOf('type: select, proxies: [dante]', ['MATCH,g']));
    const flows = await openFlows(lab, 20, 20);
    assert.equal(await wayTo(), 'g > dante');
    assert.equal((await sluice.cli('mode', 'direct')).status, 0);
    assert.equal(await wayTo(), 'DIRECT');
    await sluice.cli('mode', 'global');
    await sluice.cli('select', 'GLOBAL', 'squid');
    assert.equal(await wayTo(), 'GLOBAL > squid');
    assert.equal((await sluice.cli('mode')).stdout, 'global\n');
    // An edited file that says nothing new of the mode does not switch it back.
    await sluice.apply(`# edited\n${configOf('type: select, proxies: [dante]', ['MATCH,g'])}`);
    assert.equal(await wayTo(), 'GLOBAL > squid');
    await sluice.cli('mode', 'rule');
    assert.equal(await wayTo(), 'g > dante');
    const live = (await sluice.flows('live')).filter(({ chain }) => chain.join() === 'g,dante');
    assert.equal(live.length, 20);
    // They still answer, all of them.
    const before = answersEachSecond(flows).length;
    await until('answers go on', async () => answersEachSecond(flows).length > before + 1);
    assert.ok((answersEachSecond(flows).at(-1) ?? 0) > 0);
    await flows.stop('SIGTERM', 5_000);
  });
});
