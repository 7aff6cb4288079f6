/**
 * Whose a flow is: the real programs of this machine, its guests, and guests whose source address a
 * firewall rewrites, as container engines and hypervisors have it set up.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { endpoints } from '../../core/api/endpoints.ts';
import type { FlowInfo } from '../../core/api/flows.ts';
import { guestLink, ports, site4, site6, sites } from './addresses.ts';
import { curl } from './clients.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import type { NamespaceName } from './namespaces.ts';
import type { Instance } from './sluice.ts';

const ADDRESSES = [site4, site6] as const;
/** The program is waited for, since a rule depends on it. */
const ASKS = ['PROCESS-NAME,nobody,REJECT', 'MATCH,DIRECT'];

/** What Docker and libvirt do for their networks. */
const MASQUERADE = `table inet guests {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    iifname "${guestLink.device}" masquerade
  }
}
`;

describe('whose a flow is', () => {
  let lab: Lab;
  let sluice: Instance;

  const use = (rules: readonly string[], ...extra: string[]): Promise<void> =>
    sluice.apply(labConfig(lab.certificates, rules, extra));
  const urlOf = (address: string): string =>
    `http://${address.includes(':') ? `[${address}]` : address}/small`;
  /** The newest flow to an address and a port. */
  const flowTo = async (address: string, port: number): Promise<FlowInfo> => {
    const flows = await sluice.flows();
    const found = flows.find(
      ({ destination }) => destination.address === address && destination.port === port,
    );
    assert.ok(found, `no flow to ${address}:${port}`);
    return found;
  };
  const echo = (from: NamespaceName, address: string): Promise<unknown> => {
    const to = address.includes(':') ? `UDP6:[${address}]` : `UDP4:${address}`;
    return lab.exec(from, 'socat', ['-t0.3', '-', `${to}:${ports.echo}`], { input: 'hello' });
  };
  const nft = async (...args: string[]): Promise<void> => {
    const { status, stderr } = await lab.exec('home', 'nft', args);
    if (status !== 0) throw new Error(stderr);
  };

  before(async () => {
    lab = await Lab.start();
    sluice = await lab.startSluice(labConfig(lab.certificates, ['MATCH,DIRECT']));
  });
  after(() => lab.stop());
  afterEach(() => nft('flush', 'ruleset'));

  test('a connection is that of its program, over both families', async () => {
    await use(ASKS);
    for (const address of ADDRESSES) {
      await curl(lab, 'home', urlOf(address));
      const { zone, process } = await flowTo(address, ports.http);
      assert.deepEqual([zone, process?.name, process?.uid], ['host', 'curl', 0]);
      assert.ok(existsSync(process?.path ?? ''), process?.path);
    }
  });

  test('so are datagrams', async () => {
    await use(ASKS);
    for (const address of ADDRESSES) {
      await echo('home', address);
      const { network, process } = await flowTo(address, ports.echo);
      assert.equal(network, 'udp');
      assert.match(process?.name ?? '', /^socat/);
    }
  });

  test('a rule decides by the program', async () => {
    await use(['PROCESS-NAME,curl,REJECT', 'MATCH,DIRECT']);
    await assert.rejects(curl(lab, 'home', urlOf(site4)), /exited with 7/);
    const plain = [
      '-c',
      `exec 3<>/dev/tcp/${site4}/80; printf 'GET /small HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`,
    ];
    assert.match((await lab.exec('home', 'bash', plain)).stdout, /hello/);
    assert.match(await curl(lab, 'guest', urlOf(site4)), /hello/);
  });

  test('a rule decides by the user', async () => {
    await use(['UID,12345,REJECT', 'MATCH,DIRECT']);
    const asUser = [
      '--reuid=12345',
      '--clear-groups',
      'curl',
      '-s',
      '--max-time',
      '5',
      urlOf(site4),
    ];
    const { stdout } = await lab.exec('home', 'setpriv', asUser);
    assert.doesNotMatch(stdout, /hello/);
    assert.match(await curl(lab, 'home', urlOf(site4)), /hello/);
  });

  test('a guest has a zone and no program', async () => {
    await use(['ZONE,container,DIRECT', 'MATCH,REJECT'], 'find-process-mode: always');
    for (const address of ADDRESSES) {
      assert.match(await curl(lab, 'guest', urlOf(address)), /hello/);
      const { source, zone, process } = await flowTo(address, ports.http);
      const guest = address === site4 ? guestLink.guest4 : guestLink.guest6;
      assert.deepEqual([source.address, zone, process], [guest, 'container', null]);
    }
  });

  test('a guest whose address is rewritten is still that guest', async () => {
    await lab.exec('home', 'nft', ['-f', '-'], { input: MASQUERADE });
    await use(['ZONE,container,DIRECT', 'MATCH,REJECT'], 'find-process-mode: always');
    for (const [address, guest] of [
      [site4, guestLink.guest4],
      [site6, guestLink.guest6],
    ] as const) {
      assert.match(await curl(lab, 'guest', urlOf(address)), /hello/);
      await echo('guest', address);
      for (const port of [ports.http, ports.echo]) {
        const { source, zone, process } = await flowTo(address, port);
        assert.deepEqual([source.address, zone, process], [guest, 'container', null]);
      }
    }
  });

  test('beside it, the programs of this machine are what they are', async () => {
    await lab.exec('home', 'nft', ['-f', '-'], { input: MASQUERADE });
    await use(['ZONE,container,REJECT', ...ASKS]);
    assert.match(await curl(lab, 'home', urlOf(sites['v4.site.test'][0])), /hello/);
    const { zone, process } = await flowTo(sites['v4.site.test'][0], ports.http);
    assert.deepEqual([zone, process?.name], ['host', 'curl']);
  });

  test('where no rule asks, programs are looked for while somebody looks at the list', async () => {
    await use(['MATCH,DIRECT']);
    // What others looked at a moment ago is forgotten by then.
    await sleep(6_000);
    const nc = (address: string): ReturnType<Lab['spawn']> =>
      lab.spawn('home', 'nc', [address, String(ports.echo)], { keepInput: true });
    const open = [nc(site4)];
    const earlier = await untilLive(sluice, 1);
    assert.equal(earlier[0]?.process, null);
    const seen = new Map<number, string | undefined>();
    for await (const frame of sluice.client.stream(endpoints.watchFlows, {
      query: { interval: 100 },
    })) {
      for (const flow of [...frame.opened, ...frame.changed]) {
        if (isEcho(flow)) seen.set(flow.id, flow.process?.name);
      }
      if (open.length === 1 && seen.size === 1) open.push(nc(site6));
      if (seen.size === 2 && [...seen.values()].every((name) => name?.startsWith('nc'))) break;
    }
    for (const one of open) await one.stop('SIGKILL', 5_000);
  });
});

function isEcho({ network, destination }: FlowInfo): boolean {
  return network === 'tcp' && destination.port === ports.echo;
}

/** The live connections to the echo server, once there are this many. */
async function untilLive(sluice: Instance, count: number): Promise<readonly FlowInfo[]> {
  for (;;) {
    const flows = (await sluice.flows('live')).filter(
      (flow) => isEcho(flow) && flow.state === 'open',
    );
    if (flows.length === count) return flows;
    await sleep(50);
  }
}
