/** What the network page is told is what is really there: guests, bridges, ways out, and what each moved. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { endpoints } from '../../core/api/endpoints.ts';
import type { NetworkInfo } from '../../core/api/network.ts';
import type { TotalRow, Totals } from '../../core/api/totals.ts';
import { guestLink, ports, uplink } from './addresses.ts';
import { curl } from './clients.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import type { Instance } from './sluice.ts';

const KILOBYTE = 1000;
/** What is behind a bridge of a container engine, in the namespace of the guest. */
const CONTAINER = '172.17.0.2';

const RULES = [
  'DOMAIN-SUFFIX,shop.site.test,squid',
  'DOMAIN-SUFFIX,site.test,dante',
  'DOMAIN,other.test,REJECT',
  'MATCH,DIRECT',
];

describe('the network as it is told', () => {
  let lab: Lab;
  let sluice: Instance;

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    await plugIn(lab);
    const extra = ['find-process-mode: always'];
    sluice = await lab.startSluice(labConfig(lab.certificates, RULES, extra));
  });
  after(() => lab.stop());

  const totals = (): Promise<Totals> => sluice.client.call(endpoints.totals, {});
  const network = (): Promise<NetworkInfo> => sluice.client.call(endpoints.network);
  /** So many bytes from a web server, and where they were counted is found by the difference. */
  const fetchBytes = (
    from: 'home' | 'guest',
    host: string,
    kilobytes: number,
    args: string[] = [],
  ) =>
    curl(lab, from, `http://${host}:${ports.bytes}/1/${kilobytes * KILOBYTE}`, [
      '-o',
      '/dev/null',
      // A program that is gone at once may be missed.
      '--limit-rate',
      '1M',
      ...args,
    ]);
  const row = (rows: readonly TotalRow[], name: string): TotalRow => {
    const found = rows.find((one) => one.kind === 'named' && one.name === name);
    assert.ok(found, `no row ${name} in ${JSON.stringify(rows)}`);
    return found;
  };
  /** The body, and headers on top of it. */
  const assertMoved = ({ download, upload }: TotalRow, kilobytes: number): void => {
    const bytes = kilobytes * KILOBYTE;
    assert.ok(download >= bytes && download < bytes + 2000, `${download} bytes down`);
    assert.ok(upload > 0 && upload < 2000, `${upload} bytes up`);
  };

  test('totals tell who moved how much, and by which way', async () => {
    await fetchBytes('home', 'www.site.test', 300);
    await fetchBytes('guest', 'shop.site.test', 500);
    await fetchBytes('guest', 'v4.site.test', 700, ['--interface', CONTAINER]);
    await lab.exec('home', 'curl', ['-4', '-sS', '--max-time', '10', 'http://other.test/']);
    const { upstream, zone, process, guest, path, since } = await totals();
    assertMoved(row(upstream, 'squid'), 500);
    assert.equal(row(upstream, 'dante').total, 2);
    assert.equal(upstream.find(({ kind }) => kind === 'refused')?.total, 1);
    assertMoved(row(zone, 'host'), 300);
    assert.equal(row(zone, 'container').total, 2);
    // Both were sent by a curl, but only one by this machine's.
    assertMoved(row(process, 'curl'), 300);
    assert.equal(process.find(({ kind }) => kind === 'guest')?.total, 2);
    assertMoved(row(guest, CONTAINER), 700);
    const toSquid = path.filter(({ name }) => name === 'squid');
    assert.deepEqual(
      toSquid.map((one) => one.zone),
      ['container'],
    );
    assert.ok(Date.parse(since) <= Date.now());
  });

  test('the command line tells where the rest leaves', async () => {
    const { stdout } = await sluice.cli('status');
    assert.match(stdout, /^Way out +DIRECT$/m);
  });

  test('a connection that lives is counted with what it moved so far', async () => {
    const open = lab.spawn('guest', 'nc', ['www.site.test', String(ports.greet)], {
      keepInput: true,
    });
    await open.until('connection', async () => row((await totals()).upstream, 'dante').open === 1);
    const { zone } = await totals();
    assert.equal(row(zone, 'container').open, 1);
    await open.stop('SIGTERM', 5_000);
    await sluice.daemon.until(
      'end',
      async () => row((await totals()).upstream, 'dante').open === 0,
    );
  });

  test('interfaces have their parts, addresses and zones', async () => {
    const { interfaces, uplink: way, tunnel, forwards4 } = await network();
    const brief = new Map(
      interfaces.map(({ name, role, zone, state }) => [name, `${role} ${zone} ${state}`]),
    );
    assert.equal(brief.get('sluice0'), 'tunnel null ready');
    assert.equal(brief.get(uplink.device), 'uplink lan ready');
    assert.equal(brief.get(guestLink.device), 'guests container ready');
    assert.equal(brief.get('docker0'), 'guests container ready');
    assert.equal(brief.get('port0'), 'port container ready');
    assert.equal(brief.get('lo'), 'loopback null ready');
    const bridge = interfaces.find(({ name }) => name === 'docker0');
    assert.ok(bridge?.addresses.includes('172.17.0.1/16'));
    assert.equal(bridge?.kind, 'bridge');
    assert.equal(bridge?.mtu, 1500);
    assert.equal(way?.address4, uplink.home4);
    assert.equal(way?.gateway4, uplink.net4);
    assert.equal(way?.address6, uplink.home6);
    assert.equal(tunnel?.resolver, '198.18.0.2');
    assert.equal(forwards4, true);
  });

  test('guests are told with the interface that they are behind', async () => {
    const { guests } = await network();
    const told = guests.find(({ address }) => address === CONTAINER);
    assert.deepEqual(told, {
      address: CONTAINER,
      zone: 'container',
      device: 'docker0',
      isNeighbour: true,
      isSeen: true,
    });
    assert.ok(guests.some(({ device, isSeen }) => device === guestLink.device && isSeen));
    assert.ok(!guests.some(({ address }) => address === uplink.net4), 'the router is no guest');
  });

  test("Sluice's rules are told with what they are for, and others' as others'", async () => {
    await lab.output('home', 'ip', [
      'rule',
      'add',
      'priority',
      '5210',
      'fwmark',
      '7',
      'lookup',
      'main',
    ]);
    const { rules, routes } = await fresh(network);
    const own = rules.filter(({ purpose, family }) => purpose !== null && family === 4);
    assert.deepEqual(
      [...new Set(own.map(({ purpose }) => purpose))],
      ['subnet', 'returning', 'specific', 'connected', 'unbound', 'forwarded', 'end'],
    );
    const foreign = rules.filter(({ purpose, isSystem }) => purpose === null && !isSystem);
    assert.deepEqual(
      foreign.map(({ priority, text }) => [priority, text]),
      [[5210, 'from all fwmark 0x7 lookup main']],
    );
    const into = routes.filter(({ isOwn, prefix }) => isOwn && prefix === '0.0.0.0/0');
    assert.deepEqual(
      into.map(({ device }) => device),
      ['sluice0'],
    );
    await lab.output('home', 'ip', ['rule', 'del', 'priority', '5210']);
  });

  test('switched off, there is no tunnel, and no rule is ours', async () => {
    await sluice.cli('tun', 'off');
    const { tunnel, rules, interfaces } = await fresh(network);
    assert.equal(tunnel, null);
    assert.deepEqual(
      rules.filter(({ purpose }) => purpose !== null),
      [],
    );
    // The device stays for when it is switched on again.
    assert.equal(interfaces.find(({ name }) => name === 'sluice0')?.role, 'tunnel');
    await sluice.cli('tun', 'on');
  });

  test('the history knows what went through', async () => {
    const before = Date.now();
    await fetchBytes('home', 'www.site.test', 400);
    await sluice.daemon.until('sample', async () => {
      const { times, down } = await sluice.client.call(endpoints.traffic, {
        query: { span: 'minutes' },
      });
      const since = times.findIndex((time) => time >= before);
      const bytes = down.slice(since).reduce((sum, rate) => sum + rate, 0);
      return since >= 0 && bytes > 300 * KILOBYTE;
    });
  });
});

/** The answer is read anew once a second at most. */
async function fresh(ask: () => Promise<NetworkInfo>): Promise<NetworkInfo> {
  const { time } = await ask();
  for (;;) {
    const answer = await ask();
    if (answer.time !== time) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A bridge as Docker makes one, whose only port leads into the guest's namespace. */
async function plugIn(lab: Lab): Promise<void> {
  const run = async (from: 'home' | 'guest', command: string): Promise<void> => {
    await lab.output(from, 'ip', command.split(' '));
  };
  const { namespace } = lab.place('guest');
  await run('home', 'link add docker0 type bridge');
  await run('home', 'addr add 172.17.0.1/16 dev docker0');
  await run('home', 'link set docker0 up');
  await run('home', `link add port0 type veth peer name inside netns ${namespace}`);
  await run('home', 'link set port0 master docker0 up');
  await run('guest', 'link set inside up');
  await run('guest', `addr add ${CONTAINER}/16 dev inside`);
  await run('guest', `rule add from ${CONTAINER} lookup 17`);
  await run('guest', 'route add default via 172.17.0.1 table 17');
}
