/** Servers that are asked together, and which of them failed lately. */
import type { FailureMemory } from './failure-memory.ts';
import { emptyAnswer } from './servers/rcode.ts';
import { ServerFailure } from './servers/server.ts';
import type { Answer, DnsServer, OnBadReply, Query } from './servers/server.ts';
import { race } from './race.ts';

/** A server of a group, as the configuration describes it. */
export interface Member {
  readonly server: DnsServer & { serves(type: number): boolean };
  /** Its answer counts at once, whatever it says: nothing has to be asked. */
  readonly isLocal: boolean;
}

export interface GroupAnswer {
  readonly answer: Answer;
  /** Name of the server that gave it. */
  readonly server: string;
}

/** For all servers of a group together. */
const LIMIT_MS = 5000;
/** So much later than the others. */
const LAST_MS = 1000;

export class ServerGroup {
  readonly #members: readonly Member[];
  readonly #memory: FailureMemory;
  readonly #onBadReply: OnBadReply;

  constructor(members: readonly Member[], memory: FailureMemory, onBadReply: OnBadReply) {
    this.#members = members;
    this.#memory = memory;
    this.#onBadReply = onBadReply;
  }

  /** Rejects with `RaceLost` within a bounded time, or with the signal's reason. */
  async ask(query: Query, signal: AbortSignal): Promise<GroupAnswer> {
    const local = this.#members.find(({ isLocal }) => isLocal);
    if (local !== undefined) {
      const { server } = local;
      return { answer: await server.ask(query, signal), server: server.name };
    }
    const serving = this.#members.filter(({ server }) => server.serves(query.type));
    const [first] = this.#members;
    if (serving.length === 0 && first !== undefined) {
      return { answer: emptyAnswer(query), server: first.server.name };
    }
    const healthy = serving.filter(({ server }) => !this.#memory.failedLately(server));
    const entrants = serving.map((member) => ({
      server: member.server,
      delay: healthy.length === 0 || healthy.includes(member) ? 0 : LAST_MS,
    }));
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new ServerFailure('silent', 'no answer')), LIMIT_MS);
    const onAbort = (): void => limit.abort(signal.reason);
    signal.addEventListener('abort', onAbort);
    try {
      signal.throwIfAborted();
      const finish = await race(entrants, query, limit.signal, (server, failure) => {
        this.#memory.note(server, failure);
        if (failure?.kind === 'useless') this.#onBadReply(server.name, failure.message);
      });
      return { answer: finish.answer, server: finish.answer.from ?? finish.server.name };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }
}
