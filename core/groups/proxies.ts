/**
 * All proxies and groups of a running engine. It owns what outlives a configuration: the proxies
 * that stay the same, and what groups remember.
 */
import type { Config } from '../config/config.ts';
import type { DialerTarget, UpstreamContext } from '../upstream/registry.ts';
import type { Outbound, Upstream } from '../upstream/upstream.ts';
import type { ProxyConfig } from '../config/config.ts';
import { GroupStates } from './group-states.ts';
import { Groups } from './groups.ts';
import { ProxyPool } from './proxy-pool.ts';

export interface ProxiesParts {
  readonly outbound: Outbound;
  /** See `core/upstream/registry.ts`. */
  readonly buildUpstream: (proxy: ProxyConfig, context: UpstreamContext) => Upstream | null;
}

export class Proxies {
  readonly #pool: ProxyPool;
  readonly #states = new GroupStates();
  #current: Groups | null = null;

  constructor({ outbound, buildUpstream }: ProxiesParts) {
    const dialerTarget = (name: string): DialerTarget =>
      this.#current?.dialerTarget(name) ?? { upstream: null, chain: [] };
    this.#pool = new ProxyPool((proxy, connectTimeout) =>
      buildUpstream(proxy, { outbound, connectTimeout, dialerTarget }),
    );
  }

  /** Those of a configuration that is to come. Throws `SluiceError`; then nothing has changed. */
  prepare(config: Pick<Config, 'proxies' | 'groups' | 'sluice'>): Groups {
    return new Groups(config, this.#pool, this.#states);
  }

  /** From here on these are in force. */
  use(groups: Groups): void {
    this.#current = groups;
    this.#pool.retain(groups.proxies());
    this.#states.generation += 1;
  }
}
