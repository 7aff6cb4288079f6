/** Builds the upstreams of a configuration. What is built keeps no state between connections. */
import { SluiceError } from '../api/errors.ts';
import type { Config, ProxyConfig } from '../config/config.ts';
import { quote } from '../../rules/text.ts';
import type { Dialer } from './dialer.ts';
import { MachineDialer } from './dialer.ts';
import { DirectUpstream } from './direct.ts';
import { toEndpoint } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { httpProtocol } from './http.ts';
import type { ProxyProtocol } from './proxy-upstream.ts';
import { ProxyUpstream } from './proxy-upstream.ts';
import { socks4Protocol } from './socks4.ts';
import { socks5Protocol } from './socks5.ts';
import { TlsClient } from './tls.ts';
import type { Outbound, Upstream } from './upstream.ts';

type ServerConfig = Extract<ProxyConfig, { server: string }>;

/**
 * Upstreams by the name of their proxy, DIRECT among them. Proxies that refuse or that Sluice
 * does not speak have none. Throws `SluiceError` where one cannot be built.
 */
export function buildUpstreams(
  config: Pick<Config, 'proxies' | 'targets' | 'sluice'>,
  outbound: Outbound,
): ReadonlyMap<string, Upstream> {
  return new Registry(config, outbound).build();
}

class Registry {
  readonly #config: Pick<Config, 'proxies' | 'targets' | 'sluice'>;
  readonly #machine: MachineDialer;
  readonly #built = new Map<string, DirectUpstream | ProxyUpstream>();
  /** The proxies whose dialer-proxy is being built. */
  readonly #path: string[] = [];

  constructor(config: Pick<Config, 'proxies' | 'targets' | 'sluice'>, outbound: Outbound) {
    this.#config = config;
    this.#machine = new MachineDialer(outbound);
  }

  build(): ReadonlyMap<string, Upstream> {
    this.#direct('DIRECT');
    for (const proxy of this.#config.proxies) this.#upstream(proxy);
    return this.#built;
  }

  #upstream(proxy: ProxyConfig): DirectUpstream | ProxyUpstream | null {
    const built = this.#built.get(proxy.name);
    if (built !== undefined) return built;
    switch (proxy.type) {
      case 'direct':
        return this.#direct(proxy.name);
      case 'reject':
      case 'reject-drop':
      case 'unsupported':
        return null;
      default:
        return this.#proxy(proxy);
    }
  }

  #direct(name: string): DirectUpstream {
    const upstream = new DirectUpstream(name, this.#machine, this.#config.sluice.connectTimeout);
    this.#built.set(name, upstream);
    return upstream;
  }

  #proxy(proxy: ServerConfig): ProxyUpstream {
    const { name, tls } = proxy;
    const server = toEndpoint({ host: proxy.server, port: proxy.port });
    // The configuration was checked for this, and for cycles.
    if (server === null) throw new TypeError(`${quote(name)} has no valid server.`);
    if (this.#path.includes(name)) {
      const circle = [...this.#path, name].map((step) => quote(step)).join(' -> ');
      throw new SluiceError(
        'ERR_UPSTREAM_CYCLE',
        `These proxies lead to each other by dialer-proxy: ${circle}. Remove one dialer-proxy.`,
      );
    }
    this.#path.push(name);
    const { dialer, dialerChain } = this.#dialer(proxy);
    this.#path.pop();
    const upstream = new ProxyUpstream({
      name,
      server,
      protocol: this.#protocol(proxy),
      tls: tls === null ? null : new TlsClient(tls, proxy.server, name),
      dialer,
      dialerChain,
      connectTimeout: this.#config.sluice.connectTimeout,
    });
    this.#built.set(name, upstream);
    return upstream;
  }

  #protocol(proxy: ServerConfig): ProxyProtocol {
    const { connectTimeout } = this.#config.sluice;
    switch (proxy.type) {
      case 'socks5':
        return socks5Protocol(proxy, connectTimeout);
      case 'socks4':
        return socks4Protocol(proxy, this.#machine, connectTimeout);
      case 'http':
        return httpProtocol(proxy);
    }
  }

  #dialer({ dialerProxy }: ServerConfig): { dialer: Dialer; dialerChain: readonly string[] } {
    if (dialerProxy === '') return { dialer: this.#machine, dialerChain: [] };
    const target = this.#config.targets.get(dialerProxy);
    if (target === undefined) throw new TypeError(`There is no target ${quote(dialerProxy)}.`);
    const { groups, proxy } = target;
    const upstream = this.#upstream(proxy);
    if (upstream === null) return { dialer: refuseThrough(proxy.name), dialerChain: [] };
    const dialerChain = [...groups, ...upstream.chain];
    // DIRECT is the machine itself.
    return { dialer: upstream instanceof ProxyUpstream ? upstream : this.#machine, dialerChain };
  }
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
