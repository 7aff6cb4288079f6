/** What a resolver is, whatever it speaks: a question goes in, and a checked reply or a reason comes out. */

import type { Reply } from '../wire/reply.ts';

/** A query on its way to servers. */
export interface Query {
  /** A whole message with id 0; its last 11 bytes are an OPT record without options (see `Exchange`). */
  readonly message: Buffer;
  /** Behind the question. */
  readonly questionEnd: number;
  /** Of the question, as a number. */
  readonly type: number;
}

export interface Answer {
  /** A whole message, well formed, complete, to the question; any RCODE, any id. */
  readonly message: Buffer;
  /** What is in it. */
  readonly reply: Reply;
  /** The name of who gave it, where that is not the server that was asked itself. */
  readonly from?: string;
}

/** Hears of what came and is no answer: malformed, forged, or to another question. */
export type OnBadReply = (server: string, reason: string) => void;

export interface DnsServer {
  /** As configured, for people. */
  readonly name: string;
  /**
   * Rejects with `ServerFailure`, or with the signal's reason; everything is torn down on abort.
   */
  ask(query: Query, signal: AbortSignal): Promise<Answer>;
  /** Drops connections and what was learned: the network has changed. Queries under way may fail. */
  reset(): void;
}

type FailureKind =
  /** Nothing came in time. */
  | 'silent'
  /** No route leads there. */
  | 'no-route'
  /** It answered, and the answer is of no use. */
  | 'useless'
  /** It could not be reached, or broke off. */
  | 'unreachable'
  /** To reach it, it would have to be asked. */
  | 'loop';

export class ServerFailure extends Error {
  readonly kind: FailureKind;

  /** `reason` is short and follows the server's name: `refused the connection`. */
  constructor(kind: FailureKind, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'ServerFailure';
    this.kind = kind;
  }
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  refused: 'refused the connection',
  'host-unreachable': 'cannot be reached',
  timeout: 'no answer',
  upstream: 'the proxy failed',
};

/** What another layer threw, as the failure of a server. */
export function toFailure(cause: unknown): ServerFailure {
  if (cause instanceof ServerFailure) return cause;
  const circle = circleIn(cause);
  if (circle !== null) return circle;
  const {
    failure,
    code,
    message = String(cause),
  } = (cause ?? {}) as {
    failure?: string;
    code?: string;
    message?: string;
  };
  if (failure === 'net-unreachable' || code === 'ENETUNREACH') {
    return new ServerFailure('no-route', 'no route', { cause });
  }
  if (code === 'ECONNREFUSED' || code === 'EHOSTUNREACH') {
    const known = code === 'ECONNREFUSED' ? 'refused' : 'host-unreachable';
    return new ServerFailure('unreachable', UNREACHABLE[known] ?? known, { cause });
  }
  const kind = failure === 'timeout' ? 'silent' : 'unreachable';
  const known = failure === 'upstream' ? undefined : UNREACHABLE[failure ?? ''];
  return new ServerFailure(kind, known ?? message.replace(/\.$/, ''), { cause });
}

/** A circle is told in full, however many layers it came through. */
function circleIn(cause: unknown): ServerFailure | null {
  for (let error = cause; error instanceof Error; error = error.cause) {
    if (error instanceof ServerFailure && error.kind === 'loop') return error;
  }
  return null;
}
