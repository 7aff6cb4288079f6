/** The system's resolver leads into the tunnel while it is up: by a file, by a mounted file, by systemd-resolved. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CleanUpReport, Tunnel, TunnelOptions } from '../../core/platform/platform.ts';
import { PlatformLab, tunnelOptions, whyNot } from './platform-lab.ts';
import type { PlatformHost, TunEcho } from './platform-lab.ts';
import { Resolved } from './resolved.ts';

const USUAL = 'search office.test\nnameserver 127.0.0.1\noptions edns0\n';
const INTO_TUNNEL = /^nameserver 198\.18\.0\.2$/m;

describe("the system's resolver", { skip: whyNot() }, () => {
  let lab: PlatformLab;
  let tun: TunEcho;
  let host: PlatformHost;
  let state: string;
  /** What the host sees as /etc, unless its resolv.conf is mounted. */
  let etc: string;
  const conf = (): string => readFileSync(join(etc, 'resolv.conf'), 'utf8');
  const inEtc = (): string => `umount /etc/resolv.conf && mount --bind '${etc}' /etc && exec "$@"`;
  const up = (options: Partial<TunnelOptions> = {}): Promise<Tunnel> =>
    host.call<Tunnel>('up', { ...tunnelOptions, dns: { answers: [] }, ...options });
  const start = async (shell = inEtc()): Promise<void> => {
    host = lab.openHost(state, shell);
    await host.call('open');
  };

  before(async () => {
    lab = await PlatformLab.start();
    state = join(lab.folder, 'state');
    etc = join(lab.folder, 'etc');
  });
  after(() => lab.stop());
  beforeEach(async () => {
    rmSync(etc, { recursive: true, force: true });
    mkdirSync(etc);
    writeFileSync(join(etc, 'resolv.conf'), USUAL);
    tun = await lab.openTun();
  });
  afterEach(async () => {
    await Promise.all([host.kill(), tun.kill()]);
    const last = lab.openHost(state, inEtc());
    await last.call('cleanUp');
    await last.end();
  });

  /** Asks for a name as a program of the machine does, with the host's /etc. */
  const ask = (shell = inEtc()): Promise<unknown> =>
    lab.exec('home', 'sh', ['-c', shell, 'sh', 'dig', '+tries=1', '+timeout=1', 'site.test']);

  test('the file leads into the tunnel, and queries arrive there', async () => {
    await start();
    const { changes, notices } = await up();
    assert.match(conf(), INTO_TUNNEL);
    assert.match(conf(), /^search office\.test$/m);
    assert.deepEqual(notices, []);
    assert.match(changes.join('\n'), /\/etc\/resolv\.conf leads to 198\.18\.0\.2/);
    await Promise.all([ask(), tun.saw(/^udp 198\.18\.0\.1:\d+ > 198\.18\.0\.2:53$/)]);
  });

  test('down brings the file back', async () => {
    await start();
    await up();
    assert.deepEqual(await host.call('down'), []);
    assert.equal(conf(), USUAL);
  });

  test('after kill -9 the next start brings it back', async () => {
    await start();
    await up();
    await host.kill();
    assert.match(conf(), INTO_TUNNEL);
    await start();
    assert.equal(conf(), USUAL);
  });

  test('so does cleanup, and says so', async () => {
    await start();
    await up();
    await host.kill();
    host = lab.openHost(state, inEtc());
    const { undone } = await host.call<CleanUpReport>('cleanUp');
    assert.match(undone.join('\n'), /\/etc\/resolv\.conf/);
    assert.equal(conf(), USUAL);
  });

  test('after kill -9 the other servers of the file answer at once', async () => {
    await start();
    await up();
    await Promise.all([host.kill(), tun.kill()]);
    const { stderr } = await lab.exec('home', 'sh', ['-c', 'ping -c1 -W5 198.18.0.2 1>&2']);
    assert.match(stderr, /unreachable|No route/i);
  });

  test('what NetworkManager wrote meanwhile stays, and the notice says so', async () => {
    await start();
    await up();
    writeFileSync(join(etc, 'resolv.conf'), 'nameserver 203.0.113.1\n');
    const notices = await host.call<string[]>('down');
    assert.match(notices.join(), /resolv\.conf was changed by another program/);
    assert.equal(conf(), 'nameserver 203.0.113.1\n');
  });

  test('while it runs, too, once for each time', async () => {
    await start();
    await up();
    const heard: string[] = [];
    const untilHeard = async (count: number): Promise<void> => {
      for (let look = 0; look < 100 && heard.length < count; look++) {
        await sleep(100);
        heard.push(...(await host.call<string[]>('notices')));
      }
    };
    const ours = conf();
    for (const count of [1, 2]) {
      writeFileSync(join(etc, 'resolv.conf'), `nameserver 203.0.113.${count}\n`);
      await untilHeard(count);
      assert.equal(heard.length, count);
      assert.match(heard.at(-1) ?? '', /Another program has changed \/etc\/resolv\.conf/);
      assert.equal(conf(), `nameserver 203.0.113.${count}\n`);
      writeFileSync(join(etc, 'resolv.conf'), ours);
      await sleep(2500);
    }
    assert.deepEqual(await host.call('down'), []);
    assert.equal(conf(), USUAL);
  });

  test('it follows the tunnel to another address, and leads away when it is not wanted', async () => {
    await start();
    await up();
    await up({ address4: '172.19.0.1/30' });
    assert.match(conf(), /^nameserver 172\.19\.0\.2$/m);
    await up({ address4: '172.19.0.1/30', dns: null });
    assert.equal(conf(), USUAL);
  });

  test('it is left alone where queries there would not be answered, or nothing is routed', async () => {
    await start();
    for (const options of [
      { dns: { answers: ['203.0.113.53'] } },
      { autoRoute: false },
      { address4: '172.19.0.1/32' },
    ]) {
      await up(options);
      assert.equal(conf(), USUAL, JSON.stringify(options));
      await host.call('down');
    }
    await up({ dns: { answers: ['203.0.113.53', '198.18.0.2'] } });
    assert.match(conf(), INTO_TUNNEL);
  });

  test('a file that is mounted there is written in place and comes back', async () => {
    const mounted = lab.place('home').resolvConf;
    writeFileSync(mounted, USUAL);
    try {
      await start('exec "$@"');
      const { notices } = await up();
      assert.deepEqual(notices, []);
      assert.match(readFileSync(mounted, 'utf8'), INTO_TUNNEL);
      await host.kill();
      await start('exec "$@"');
      assert.equal(readFileSync(mounted, 'utf8'), USUAL);
    } finally {
      writeFileSync(mounted, '');
    }
  });

  test('a file that cannot be changed is a notice, and the tunnel is up', async () => {
    await start(
      `umount /etc/resolv.conf && mount --bind '${etc}' /etc && mount -o remount,bind,ro /etc && exec "$@"`,
    );
    const { notices } = await up();
    assert.match(notices.join('\n'), /\/etc\/resolv\.conf cannot lead to it: EROFS/);
    assert.equal(conf(), USUAL);
    assert.equal(await lab.ask('home', '198.51.100.10'), 'tun');
  });

  describe('where systemd-resolved has it', () => {
    let resolved: Resolved;
    const link = (): Promise<string> => resolved.exec('resolvectl', 'status', 'sluice0');

    before(async () => {
      resolved = await Resolved.start(lab);
    });

    test('the link of the tunnel has it for all names, and the file is left alone', async () => {
      await start(resolved.shell);
      const { changes, notices } = await up();
      assert.deepEqual(notices, []);
      assert.match(changes.join('\n'), /systemd-resolved asks 198\.18\.0\.2 by sluice0/);
      const status = await link();
      assert.match(status, /DNS Servers: 198\.18\.0\.2/);
      assert.match(status, /DNS Domain: ~\./);
      assert.match(status, /\+DefaultRoute -LLMNR -mDNS -DNSOverTLS DNSSEC=no/);
      const file = readFileSync(join(resolved.etc, 'resolv.conf'), 'utf8');
      assert.equal(file, 'nameserver 127.0.0.53\n');
    });

    test('what programs ask its stub arrives in the tunnel', async () => {
      await start(resolved.shell);
      await up();
      await Promise.all([
        ask(resolved.shell),
        tun.saw(/^udp 198\.18\.0\.1:\d+ > 198\.18\.0\.2:53$/),
      ]);
    });

    test('down gives the link back', async () => {
      await start(resolved.shell);
      await up();
      await host.call('down');
      assert.doesNotMatch(await link(), /198\.18\.0\.2|~\./);
    });

    test('a TUN that outlives a killed Sluice loses it at the next start', async () => {
      await start(resolved.shell);
      await up();
      await host.kill();
      assert.match(await link(), /198\.18\.0\.2/);
      await start(resolved.shell);
      assert.doesNotMatch(await link(), /198\.18\.0\.2|~\./);
    });

    test('a file that leads past it leads into the tunnel as well', async () => {
      const file = join(resolved.etc, 'resolv.conf');
      writeFileSync(file, USUAL);
      try {
        await start(resolved.shell);
        const { notices } = await up();
        assert.deepEqual(notices, []);
        assert.match(readFileSync(file, 'utf8'), INTO_TUNNEL);
        assert.match(await link(), /DNS Servers: 198\.18\.0\.2/);
        await host.call('down');
        assert.equal(readFileSync(file, 'utf8'), USUAL);
        assert.doesNotMatch(await link(), /198\.18\.0\.2/);
      } finally {
        writeFileSync(file, 'nameserver 127.0.0.53\n');
      }
    });

    test('its own list of servers, which then names the tunnel, does not lead us to ourselves', async () => {
      await start(resolved.shell);
      await host.call('watch', '');
      await up();
      const paths = {
        hosts: join(lab.folder, 'none'),
        resolvConf: join(resolved.etc, 'resolv.conf'),
        original: join(state, 'resolv.conf.original'),
        resolvedConf: '/run/systemd/resolve/resolv.conf',
      };
      await host.call('resolver', { paths, dns: 'dns: {nameserver: [system]}' });
      assert.match(
        await resolved.exec('cat', '/run/systemd/resolve/resolv.conf'),
        /nameserver 198\.18\.0\.2/,
      );
      await host.call('resolve', { names: ['loop.test'] });
      assert.deepEqual(
        tun.packets.filter((packet) => packet.endsWith(' > 198.18.0.2:53')),
        [],
      );
    });
  });
});
