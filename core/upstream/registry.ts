/**
 * Upstreams out of the configuration of proxies, one at a time. What is built keeps no state
 * between connections; who keeps it, and for how long, is `core/groups/proxy-pool.ts`.
 */
import type { ProxyConfig } from '../config/config.ts';
import { quote } from '../../rules/text.ts';
import { MachineDialer } from './dialer.ts';
import type { Dialer } from './dialer.ts';
import { DirectUpstream } from './direct.ts';
import { toEndpoint } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { httpProtocol } from './http.ts';
import type { DialWay, ProxyProtocol } from './proxy-upstream.ts';
import { ProxyUpstream } from './proxy-upstream.ts';
import { socks4Protocol } from './socks4.ts';
import { socks5Protocol } from './socks5.ts';
import { TlsClient } from './tls.ts';
import type { Outbound, Upstream } from './upstream.ts';

type ServerConfig = Extract<ProxyConfig, { server: string }>;

/** What a `dialer-proxy` leads to at the moment. */
export interface DialerTarget {
  /** Null: it refuses everything. */
  readonly upstream: Upstream | null;
  /** Names from the dialer-proxy to the machine, groups included. */
  readonly chain: readonly string[];
}

export interface UpstreamContext {
  readonly outbound: Outbound;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Follows the name of a `dialer-proxy`; asked at each dial. */
  readonly dialerTarget: (name: string) => DialerTarget;
}

/**
 * Null for proxies that refuse, that pass, or that Sluice does not speak. Throws `SluiceError`
 * where it cannot be built.
 */
export function buildUpstream(proxy: ProxyConfig, context: UpstreamContext): Upstream | null {
  switch (proxy.type) {
    case 'direct':
      return new DirectUpstream(
        proxy.name,
        new MachineDialer(context.outbound, 'direct'),
        context.connectTimeout,
      );
    case 'reject':
    case 'reject-drop':
    case 'pass':
    case 'unsupported':
      return null;
    default:
      return buildProxy(proxy, context);
  }
}

function buildProxy(proxy: ServerConfig, context: UpstreamContext): ProxyUpstream {
  const { name, tls } = proxy;
  const server = toEndpoint({ host: proxy.server, port: proxy.port });
  // The configuration was checked for this.
  if (server === null) throw new TypeError(`${quote(name)} has no valid server.`);
  const machine = new MachineDialer(context.outbound, 'proxy-server');
  return new ProxyUpstream({
    name,
    server,
    protocol: protocolOf(proxy, machine, context.connectTimeout),
    tls: tls === null ? null : new TlsClient(tls, proxy.server, name),
    way: () => wayTo(proxy.dialerProxy, machine, context),
    connectTimeout: context.connectTimeout,
  });
}

export function protocolOf(
  proxy: ServerConfig,
  machine: MachineDialer,
  connectTimeout: number,
): ProxyProtocol {
  switch (proxy.type) {
    case 'socks5':
      return socks5Protocol(proxy, connectTimeout);
    case 'socks4':
      return socks4Protocol(proxy, machine, connectTimeout);
    case 'http':
      return httpProtocol(proxy);
  }
}

/** How the server of a proxy is reached. */
export function wayTo(
  dialerProxy: string,
  machine: MachineDialer,
  context: UpstreamContext,
): DialWay {
  if (dialerProxy === '') return { dialer: machine, chain: [] };
  const { upstream, chain } = context.dialerTarget(dialerProxy);
  if (upstream === null) return { dialer: refuseThrough(dialerProxy), chain };
  // DIRECT is the machine itself.
  return { dialer: upstream instanceof ProxyUpstream ? upstream : machine, chain };
}

/** For a proxy whose dialer-proxy refuses everything. */
function refuseThrough(name: string): Dialer {
  return {
    open: async (_server: Endpoint, attempt) => {
      const advice = 'Choose another dialer-proxy in the configuration';
      const problem = `its dialer-proxy is ${name}, which refuses everything`;
      throw attempt.error('ERR_UPSTREAM_NOT_ALLOWED', 'refused', problem, advice);
    },
  };
}
