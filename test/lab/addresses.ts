/**
 * The lab's map: every address and name that is fixed. Documentation ranges (RFC 5737, RFC 3849)
 * for the internet, a private range for the guest, as WSL uses.
 *
 *   guest ──guest0── home ──eth0── net
 */
export const uplink = {
  device: 'eth0',
  home4: '192.0.2.2',
  broadcast4: '192.0.2.255',
  home6: '2001:db8:2::2',
  net4: '192.0.2.1',
  net6: '2001:db8:2::1',
} as const;

export const guestLink = {
  /** The device in `home`; the guest's own is called eth0. */
  device: 'guest0',
  home4: '172.28.16.1',
  home6: 'fd28:16::1',
  guest4: '172.28.16.2',
  guest6: 'fd28:16::2',
} as const;

/** Web servers, the echo programs and iperf3 listen on all of these. */
export const sites = {
  'site.test': ['198.51.100.10', '2001:db8:51::10'],
  'www.site.test': ['198.51.100.11', '2001:db8:51::11'],
  'shop.site.test': ['198.51.100.12', '2001:db8:51::12'],
  'v4.site.test': ['198.51.100.13'],
  'v6.site.test': ['2001:db8:51::14'],
  'other.test': ['198.51.100.20', '2001:db8:51::20'],
} as const satisfies Record<string, readonly string[]>;

export const site4 = sites['site.test'][0];
export const site6 = sites['site.test'][1];

/** How the internet fails: no host (ICMP), forbidden (ICMP), silence. */
export const broken = {
  unreachable4: '198.51.100.200',
  unreachable6: '2001:db8:51::200',
  prohibited4: '198.51.100.201',
  silent4: '198.51.100.202',
  silent6: '2001:db8:51::202',
} as const;

/** One address a proxy, and each leaves from its own, so that a site can tell who asked. */
export const proxies = {
  microsocks: '203.0.113.1',
  dante: '203.0.113.2',
  squid: '203.0.113.3',
  tinyproxy: '203.0.113.4',
  /** Proxies over IPv6 share it. */
  any6: '2001:db8:203::1',
} as const;

export const resolver = { v4: '203.0.113.53', v6: '2001:db8:203::53' } as const;

export const ports = {
  http: 80,
  https: 443,
  /** nginx's counters, for the bench. */
  status: 8080,
  git: 9418,
  iperf: [5201, 5202, 5203, 5204],
  /** programs/echo.ts */
  echo: 7,
  count: 9,
  greet: 17,
  endless: 19,
  reset: 18,
  /** programs/bytes.ts */
  bytes: 8000,
  /** Nobody listens here. */
  closed: 1,
} as const;
