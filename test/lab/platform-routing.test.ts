/** Real sockets in namespaces: what the tunnel captures, what passes it, and what is left alone. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Tunnel, TunnelOptions } from '../../core/platform/platform.ts';
import {
  PlatformLab,
  far4,
  far6,
  guest4,
  lan4,
  lan6,
  tunnelOptions,
  whyNot,
} from './platform-lab.ts';
import type { PlatformHost, TunEcho } from './platform-lab.ts';

describe('routing on Linux', { skip: whyNot() }, () => {
  let lab: PlatformLab;
  let host: PlatformHost;
  let tun: TunEcho;

  const up = (options: Partial<TunnelOptions> = {}): Promise<Tunnel> =>
    host.call<Tunnel>('up', { ...tunnelOptions, ...options });

  before(async () => {
    lab = await PlatformLab.start();
    tun = await lab.openTun();
    host = lab.openHost();
    await host.call('open');
  });
  after(() => lab.stop());
  beforeEach(() => host.call('down'));

  for (const filter of [0, 1, 2]) {
    describe(`with rp_filter ${filter}`, () => {
      before(() =>
        lab.sysctl(
          'home',
          ...['all', 'default', 'eth0', 'lan0', 'guest0', 'sluice0'].map(
            (name) => `net.ipv4.conf.${name}.rp_filter=${filter}`,
          ),
        ),
      );
      beforeEach(() => up());

      test('an unbound socket enters the tunnel and hears the answer', async () => {
        assert.equal(await lab.ask('home', far4), 'tun');
      });

      test('a socket bound to the address of the uplink passes the tunnel', async () => {
        assert.equal(await lab.ask('home', far4, { bind: '192.0.2.2' }), 'net');
      });

      test('a socket bound to the uplink device passes the tunnel', async () => {
        assert.equal(await lab.ask('home', far4, { device: 'eth0' }), 'net');
      });

      test('traffic of a guest enters the tunnel and the guest hears the answer', async () => {
        assert.equal(await lab.ask('guest', far4), 'tun');
      });

      test('a guest asking port 53 in the LAN enters the tunnel', async () => {
        assert.equal(await lab.ask('guest', lan4, { port: 53 }), 'tun');
      });

      test('a route more specific than the default is left alone', async () => {
        assert.equal(await lab.ask('home', lan4), 'lan');
      });
    });
  }

  describe('with everything captured', () => {
    beforeEach(() => up());

    test('an unbound IPv6 socket enters the tunnel and hears the answer', async () => {
      assert.equal(await lab.ask('home', far6), 'tun');
    });

    test('an IPv6 socket bound to the address of the uplink passes the tunnel', async () => {
      assert.equal(await lab.ask('home', far6, { bind: '2001:db8:2::2' }), 'net');
    });

    test('an IPv6 socket bound to the uplink device passes the tunnel', async () => {
      assert.equal(await lab.ask('home', far6, { device: 'eth0' }), 'net');
    });

    test('IPv6 traffic of a guest enters the tunnel and the guest hears the answer', async () => {
      assert.equal(await lab.ask('guest', far6), 'tun');
    });

    test('an IPv6 route more specific than the default is left alone', async () => {
      assert.equal(await lab.ask('home', lan6), 'lan');
    });

    test('port 53 of a resolver in the LAN is captured', async () => {
      assert.equal(await lab.ask('home', lan4, { port: 53 }), 'tun');
      assert.equal(await lab.ask('home', lan6, { port: 53 }), 'tun');
    });

    test('a bound socket reaches port 53 of a resolver in the LAN', async () => {
      assert.equal(await lab.ask('home', lan4, { bind: '10.7.0.2', port: 53 }), 'lan');
      assert.equal(await lab.ask('home', lan6, { bind: 'fd07::2', port: 53 }), 'lan');
    });

    test('a guest that asks from port 53 hears the answer', async () => {
      assert.equal(await lab.ask('guest', far4, { bind: `${guest4},53` }), 'tun');
    });

    test('a guest reaches the LAN directly', async () => {
      assert.equal(await lab.ask('guest', lan4), 'lan');
    });

    for (const address of [far4, far6]) {
      test(`a TCP connection to ${address} enters the tunnel`, async () => {
        const url = `http://${address.includes(':') ? `[${address}]` : address}:8123/`;
        const ends = address.replaceAll('.', '\\.');
        await Promise.all([
          lab.exec('home', 'curl', ['-s', '--max-time', '1', url]),
          tun.saw(new RegExp(`^tcp .* > ${ends}:8123$`)),
        ]);
      });
    }

    test('a server of this machine answers a client from the internet', async () => {
      const server = lab.exec('home', 'socat', ['TCP4-LISTEN:8124,reuseaddr', 'SYSTEM:echo home']);
      const client = await lab.exec('net', 'socat', [
        '-t2',
        '-',
        `TCP4:192.0.2.2:8124,bind=${far4},retry=20,interval=0.1`,
      ]);
      await server;
      assert.equal(client.stdout, 'home\n');
    });

    test('multicast stays on the link', async () => {
      const { stdout } = await lab.exec('home', 'ip', ['route', 'get', '224.0.0.251']);
      assert.match(stdout, /dev eth0/);
    });

    test('the peer address of the tunnel leads into it', async () => {
      assert.equal(await lab.ask('home', '198.18.0.2'), 'tun');
      assert.equal(await lab.ask('home', 'fdfe:dcba:9876::2'), 'tun');
    });

    test('the kernel itself sends nothing into the tunnel but multicast listener reports', () => {
      const own = tun.packets.filter((line) => !/^(udp|tcp) | > ff02::16:/.test(line));
      assert.deepEqual(own, []);
    });
  });

  test('IPv6 is captured where the machine has no IPv6 route', async () => {
    lab.ip('home', 'route del default via 2001:db8:2::1');
    try {
      await up();
      assert.equal(await lab.ask('home', far6), 'tun');
    } finally {
      lab.ip('home', 'route add default via 2001:db8:2::1');
    }
  });

  test('IPv6 is refused, not leaked, where it is switched off for the device', async () => {
    await lab.sysctl('home', 'net.ipv6.conf.sluice0.disable_ipv6=1');
    try {
      const tunnel = await up();
      assert.equal(tunnel.address6, '');
      assert.match(tunnel.notices.join(), /IPv6/);
      assert.match(await lab.ask('home', far6), /No route to host/);
      assert.equal(await lab.ask('home', far6, { device: 'eth0' }), 'net');
      assert.equal(await lab.ask('home', lan6), 'lan');
    } finally {
      await lab.sysctl('home', 'net.ipv6.conf.sluice0.disable_ipv6=0');
    }
  });

  test('route-exclude-address passes the tunnel, the rest does not', async () => {
    await up({ routeExcludeAddress: ['198.51.100.0/24', '2001:db8:51::/48'] });
    assert.equal(await lab.ask('home', far4), 'net');
    assert.equal(await lab.ask('home', far6), 'net');
    assert.equal(await lab.ask('home', '198.51.101.1'), 'tun');
    assert.equal(await lab.ask('home', '2001:db8:52::1'), 'tun');
  });

  test('only route-address enters the tunnel', async () => {
    await up({ routeAddress: ['198.51.101.0/24', '2001:db8:52::/48'] });
    assert.equal(await lab.ask('home', far4), 'net');
    assert.equal(await lab.ask('home', far6), 'net');
    assert.equal(await lab.ask('home', '198.51.101.1'), 'tun');
    assert.equal(await lab.ask('home', '2001:db8:52::1'), 'tun');
  });

  test('an excluded network inside route-address passes the tunnel', async () => {
    await up({ routeAddress: ['198.51.0.0/16'], routeExcludeAddress: ['198.51.100.0/24'] });
    assert.equal(await lab.ask('home', far4), 'net');
    assert.equal(await lab.ask('home', '198.51.101.1'), 'tun');
  });

  test('the same network in both lists passes the tunnel', async () => {
    await up({ routeAddress: ['0.0.0.0/0'], routeExcludeAddress: ['0.0.0.0/0'] });
    assert.equal(await lab.ask('home', far4), 'net');
  });

  test('a network of a tunnel that is up moves out of it and back, in both families', async () => {
    const network = ['198.51.100.0/24', '2001:db8:51::/48'];
    await up();
    const { stdout: rules } = await lab.exec('home', 'sh', ['-c', 'ip -4 rule; ip -6 rule']);
    const answers = async (): Promise<string[]> =>
      Promise.all([far4, far6, '198.51.101.1', '2001:db8:52::1'].map((to) => lab.ask('home', to)));
    for (const [options, expected] of [
      [{ routeExcludeAddress: network }, ['net', 'net', 'tun', 'tun']],
      [
        { routeAddress: [...network, '198.51.101.0/24', '2001:db8:52::/48'] },
        ['tun', 'tun', 'tun', 'tun'],
      ],
      [
        { routeAddress: ['198.51.0.0/16', '2001:db8::/32'], routeExcludeAddress: network },
        ['net', 'net', 'tun', 'tun'],
      ],
      [{}, ['tun', 'tun', 'tun', 'tun']],
    ] as const) {
      await up(options);
      assert.deepEqual(await answers(), expected, JSON.stringify(options));
    }
    const routes = await lab.exec('home', 'ip', ['-6', 'route', 'show', 'table', '2022']);
    assert.doesNotMatch(routes.stdout, /throw|2001:/);
    const after = await lab.exec('home', 'sh', ['-c', 'ip -4 rule; ip -6 rule']);
    assert.equal(after.stdout, rules);
  });

  test('another table, other rules and other addresses replace the earlier ones', async () => {
    await up();
    await up({ tableIndex: 4242, ruleIndex: 9005, address4: '172.19.0.1/30' });
    const { stdout: rules } = await lab.exec('home', 'ip', ['rule']);
    assert.doesNotMatch(rules, /lookup 2022|198\.18\.0\.0|^900[0-4]/m);
    assert.equal(await lab.ask('home', far4), 'tun');
    assert.equal(await lab.ask('home', '172.19.0.2'), 'tun');
  });

  test('without auto-route the device is up and nothing is captured', async () => {
    await up({ autoRoute: false });
    const { stdout } = await lab.exec('home', 'ip', ['-4', 'address', 'show', 'dev', 'sluice0']);
    assert.match(stdout, /198\.18\.0\.1\/30/);
    assert.equal(await lab.ask('home', far4), 'net');
  });

  test('an address that is in use is replaced by another, and the notice says so', async () => {
    lab.ip(
      'home',
      'addr add 198.18.0.200/24 dev lan0',
      'addr add fdfe:dcba:9876::9/64 dev lan0 nodad',
    );
    try {
      const tunnel = await up();
      assert.equal(tunnel.address4, '198.19.255.253/30');
      assert.equal(tunnel.address6, 'fdfe:dcba:9877::1/126');
      assert.match(tunnel.notices.join(), /lan0 already uses .*198\.18\.0\.1/);
      assert.equal(await lab.ask('home', far4), 'tun');
    } finally {
      lab.ip('home', 'addr del 198.18.0.200/24 dev lan0', 'addr del fdfe:dcba:9876::9/64 dev lan0');
    }
  });

  test('fake addresses enter the tunnel, whatever else is routed', async () => {
    const fakeRanges = ['198.18.0.0/16', 'fc00:18::/32'];
    const wide = ['198.18.0.0/15', 'fc00::/8'];
    lab.ip('home', 'route add 192.0.2.64/26 dev lan0');
    try {
      for (const options of [
        {},
        { routeAddress: ['203.0.113.0/24'] },
        { routeExcludeAddress: [...wide, '198.18.7.0/24'] },
        { routeAddress: wide, routeExcludeAddress: [...wide, ...fakeRanges] },
      ]) {
        await up({ ...options, fakeRanges });
        const asked = JSON.stringify(options);
        for (const address of ['198.18.7.7', 'fc00:18::7']) {
          assert.equal(await lab.ask('home', address), 'tun', asked);
          assert.equal(await lab.ask('guest', address), 'tun', asked);
        }
      }
    } finally {
      lab.ip('home', 'route del 192.0.2.64/26 dev lan0');
    }
  });

  test('fake addresses win over a shorter route of the LAN', async () => {
    lab.ip('home', 'route add 100.0.0.0/7 via 10.7.0.1', 'route add fc00::/7 via fd07::1');
    try {
      await up({ fakeRanges: ['100.64.0.0/16', 'fc00:18::/32'] });
      assert.equal(await lab.ask('home', '100.64.0.7'), 'tun');
      assert.equal(await lab.ask('home', 'fc00:18::7'), 'tun');
    } finally {
      lab.ip('home', 'route del 100.0.0.0/7', 'route del fc00::/7');
    }
  });

  test('fake addresses that somebody has are an error that says so, and nothing changes', async () => {
    const before = await lab.routing();
    await assert.rejects(
      up({ fakeRanges: ['10.7.0.0/16'] }),
      /lan0 has that network or a part of it\. Set dns\.fake-ip-range /,
    );
    await assert.rejects(up({ fakeRanges: ['fd07::/32'] }), /lan0.*dns\.fake-ip-range6 /);
    assert.equal(await lab.routing(), before);
  });

  test('fake addresses of a tunnel that is up move', async () => {
    await up({ fakeRanges: ['198.18.0.0/16'], routeAddress: ['203.0.113.0/24'] });
    await up({ fakeRanges: ['198.51.100.0/24'], routeAddress: ['203.0.113.0/24'] });
    assert.equal(await lab.ask('home', far4), 'tun');
    const { stdout } = await lab.exec('home', 'ip', ['rule']);
    assert.doesNotMatch(stdout, /198\.18\.0\.0\/16/);
  });

  test('a guest with its own address range is told apart by its source', async () => {
    await up();
    await lab.ask('guest', far4);
    await tun.saw(new RegExp(`^udp ${guest4.replaceAll('.', '\\.')}:`));
  });
});
