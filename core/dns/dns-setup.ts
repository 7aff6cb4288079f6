/** What a configuration makes of the DNS service, and of its fake addresses. */
import type { DnsConfig } from '../config/dns-config.ts';
import type { Logger } from '../log/logger.ts';
import type { Exchange, Hosts, NameSets } from './exchange.ts';
import type { FakeIpSettings } from './fake-ip/fake-ips.ts';

export interface DnsSetup {
  readonly dns: DnsConfig;
  /** Whether fake addresses lead into the tunnel; without one they would lead nowhere. */
  readonly captures: boolean;
  readonly exchange: Exchange;
  readonly hosts: Hosts;
  readonly sets: NameSets;
  /** Prefixes of the tunnel's own addresses, as configured; an empty text is none. */
  readonly tunnel: readonly string[];
  /** The file of the fake addresses; null: they are not kept. */
  readonly poolFile: string | null;
}

/** Null where every address is a true one. */
export function fakeSettings(setup: DnsSetup, log: Logger): FakeIpSettings | null {
  const { dns, captures, sets, tunnel, poolFile } = setup;
  if (dns.mode !== 'fake-ip' || !captures) return null;
  return { dns, sets, tunnel, file: poolFile, log };
}
