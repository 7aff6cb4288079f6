/** Not a resolver at all: answers every query with the same code, as `rcode://refused` says. */
import { FLAG, RCODE } from '../wire/constants.ts';
import { readAnswer } from './check-reply.ts';
import { withoutEdns } from './edns.ts';
import type { Answer, DnsServer, Query } from './server.ts';

export class RcodeServer implements DnsServer {
  readonly name: string;
  readonly #rcode: number;

  constructor(name: string, rcode: number) {
    this.name = name;
    this.#rcode = rcode;
  }

  ask(query: Query): Promise<Answer> {
    return Promise.resolve(emptyAnswer(query, this.#rcode));
  }

  reset(): void {
    // It knows nothing.
  }
}

/** The answer without records. */
export function emptyAnswer(query: Query, rcode: number = RCODE.NOERROR): Answer {
  const message = withoutEdns(query.message);
  const flags = message.readUInt16BE(2) & (FLAG.RD | FLAG.CD);
  message.writeUInt16BE(FLAG.QR | FLAG.RA | flags | rcode, 2);
  return readAnswer(message, query);
}
