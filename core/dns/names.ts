/**
 * From addresses back to names, for captured flows: an address of the pool, or one that an answer
 * gave out lately.
 */
import type { FakeIps } from './fake-ip/fake-ips.ts';
import type { NameMap } from './name-map.ts';

/** `fake`: it stands for the name and is nowhere else; `mapped`: it is true, and belongs to the name for all we know. */
export interface KnownName {
  readonly domain: string;
  readonly kind: 'fake' | 'mapped';
}

export interface DnsNames {
  /**
   * `unknown-fake` is an address of the pool that stands for nothing: no server has it, so no flow
   * may go there. Null: a true address without a name.
   */
  lookup(address: string): KnownName | 'unknown-fake' | null;
  /** Whether an address is one of the pool, with a name or without. */
  isFake(address: string): boolean;
  /** The address of a live flow: its name keeps it until `release`, called once for each `hold`. */
  hold(address: string): void;
  release(address: string): void;
}

export function namesOf(fakes: () => FakeIps | null, map: NameMap): DnsNames {
  return {
    lookup: (address) => {
      const pool = fakes()?.pool;
      if (pool?.covers(address) === true) {
        const domain = pool.nameOf(address);
        return domain === null ? 'unknown-fake' : { domain, kind: 'fake' };
      }
      const domain = map.lookup(address);
      return domain === null ? null : { domain, kind: 'mapped' };
    },
    isFake: (address) => fakes()?.pool.covers(address) ?? false,
    hold: (address) => fakes()?.pool.hold(address),
    release: (address) => fakes()?.pool.release(address),
  };
}
