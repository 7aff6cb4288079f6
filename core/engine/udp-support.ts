/**
 * Which upstreams carry datagrams. Each is found out by the first association that it is asked
 * for, and remembered until the configuration or the uplink changes.
 */
import type { SluiceError } from '../api/errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Upstream } from '../upstream/upstream.ts';

export class UdpSupport {
  readonly #log: Logger;
  /** By name: those that carry none. */
  readonly #without = new Map<string, SluiceError>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Why the upstream carries no datagrams; null where it does, or nobody has asked it yet. */
  refusalOf({ name }: Upstream): SluiceError | null {
    return this.#without.get(name) ?? null;
  }

  /** Says so once. */
  noteWithout({ name }: Upstream, error: SluiceError): void {
    if (this.#without.has(name)) return;
    this.#without.set(name, error);
    this.#log.warning('UPSTREAM_NO_UDP', `${name} carries no UDP: ${error.message}`);
  }

  forget(): void {
    this.#without.clear();
  }
}
