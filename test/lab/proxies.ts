/** The proxies of `net`, each a real program: SOCKS and HTTP, with and without password, TLS, IPv6. */
import type { Daemon as ProxyDaemon } from '../daemons/daemon.ts';
import { startSquid, startTinyproxy } from '../daemons/http-proxies.ts';
import { startDante, startMicrosocks } from '../daemons/socks-servers.ts';
import { proxies } from './addresses.ts';
import type { Certificates } from './certificates.ts';
import { Daemon, prefixFor } from './processes.ts';
import type { Place } from './processes.ts';

const login = { username: 'alice', password: 'correct-horse' } as const;

/** Clash YAML of each proxy, by the name that it has there. */
export function proxyYaml(certificates: Certificates): Record<string, string> {
  const user = `username: ${login.username}, password: "${login.password}"`;
  const tls = `tls: true, sni: site.test, ca: ${certificates.ca}`;
  const { microsocks, dante, squid, tinyproxy, any6 } = proxies;
  return {
    microsocks: `{name: microsocks, type: socks5, server: ${microsocks}, port: 1080}`,
    'microsocks-login': `{name: microsocks-login, type: socks5, server: ${microsocks}, port: 1081, ${user}}`,
    'microsocks-tls': `{name: microsocks-tls, type: socks5, server: ${microsocks}, port: 1443, ${tls}}`,
    microsocks6: `{name: microsocks6, type: socks5, server: "${any6}", port: 1080}`,
    dante: `{name: dante, type: socks5, server: ${dante}, port: 1080, udp: true}`,
    'dante-4': `{name: dante-4, type: socks4, version: 4, server: ${dante}, port: 1080}`,
    squid: `{name: squid, type: http, server: ${squid}, port: 3128}`,
    'squid-tls': `{name: squid-tls, type: http, server: ${squid}, port: 3443, ${tls}}`,
    tinyproxy: `{name: tinyproxy, type: http, server: ${tinyproxy}, port: 8888, ${user}}`,
    chain: `{name: chain, type: http, server: ${squid}, port: 3128, dialer-proxy: microsocks}`,
  };
}

export interface Proxies {
  readonly microsocks: ProxyDaemon;
  readonly dante: ProxyDaemon;
  readonly squid: ProxyDaemon;
  readonly tinyproxy: ProxyDaemon;
}

/** Starts them all and waits until they listen. Their files go to `folder`. */
export async function startProxies(
  place: Place,
  folder: string,
  certificates: Certificates,
): Promise<Proxies> {
  const common = { prefix: prefixFor(place), parent: folder };
  const [microsocks, dante, squid, tinyproxy] = await Promise.all([
    startMicrosocks({ ...common, address: proxies.microsocks, port: 1080 }),
    startDante({ ...common, address: proxies.dante, port: 1080, external: 'eth0' }),
    startSquid({ ...common, address: proxies.squid, port: 3128 }),
    startTinyproxy({ ...common, address: proxies.tinyproxy, port: 8888, ...login }),
    startMicrosocks({ ...common, address: proxies.microsocks, port: 1081, ...login }),
    startMicrosocks({ ...common, address: proxies.any6, port: 1080 }),
    startTls(place, certificates, `${proxies.microsocks}:1443`, `${proxies.microsocks}:1080`),
    startTls(place, certificates, `${proxies.squid}:3443`, `${proxies.squid}:3128`),
  ]);
  return { microsocks, dante, squid, tinyproxy };
}

/** TLS in front of a proxy that has none. */
function startTls(
  place: Place,
  { cert, key }: Certificates,
  listen: string,
  target: string,
): Promise<Daemon> {
  const [address, port] = listen.split(':');
  const tls = `cert=${cert},key=${key},verify=0,reuseaddr,fork,bind=${address}`;
  const args = [`OPENSSL-LISTEN:${port},${tls}`, `TCP:${target}`];
  return new Daemon(place, 'socat', args).listening(Number(port));
}
