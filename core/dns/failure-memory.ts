/** Which servers failed when; one for all groups, in which the same server may stand. */
import type { DnsServer, ServerFailure } from './servers/server.ts';

/** So long a server that did not answer is asked last. */
const PENALTY_MS = 30_000;

export class FailureMemory {
  readonly #until = new Map<string, number>();

  note(server: DnsServer, failure: ServerFailure | null): void {
    if (failure?.kind === 'loop') return;
    if (failure === null) this.#until.delete(server.name);
    else this.#until.set(server.name, performance.now() + PENALTY_MS);
  }

  failedLately(server: DnsServer): boolean {
    return (this.#until.get(server.name) ?? 0) > performance.now();
  }

  forget(): void {
    this.#until.clear();
  }
}
