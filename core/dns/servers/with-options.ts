/**
 * A resolver with what the configuration says about its queries: a client subnet, types that it is
 * not asked for. Remembers whether it understands EDNS.
 */
import type { QueryOptions } from '../../config/dns-config.ts';
import { RCODE } from '../wire/constants.ts';
import { withClientSubnet, withoutEdns } from './edns.ts';
import type { Answer, DnsServer, Query } from './server.ts';

export class ServerWithOptions implements DnsServer {
  readonly name: string;
  readonly #server: DnsServer;
  readonly #options: QueryOptions;
  #knowsEdns = true;

  constructor(server: DnsServer, options: QueryOptions) {
    this.name = server.name;
    this.#server = server;
    this.#options = options;
  }

  /** Whether it may be asked for this type. */
  serves(type: number): boolean {
    return !this.#options.disabledTypes.includes(type);
  }

  async ask(query: Query, signal: AbortSignal): Promise<Answer> {
    if (!this.#knowsEdns) return this.#askPlainly(query, signal);
    const { ecs } = this.#options;
    const message = ecs === '' ? query.message : withClientSubnet(query.message, ecs);
    const answer = await this.#server.ask({ ...query, message }, signal);
    const { rcode } = answer.reply;
    if (rcode !== RCODE.FORMERR && rcode !== RCODE.NOTIMP) return answer;
    // It may be the OPT record that it does not understand.
    const plain = await this.#askPlainly(query, signal);
    if (plain.reply.rcode !== rcode) this.#knowsEdns = false;
    return plain;
  }

  reset(): void {
    this.#knowsEdns = true;
    this.#server.reset();
  }

  #askPlainly(query: Query, signal: AbortSignal): Promise<Answer> {
    return this.#server.ask({ ...query, message: withoutEdns(query.message) }, signal);
  }
}
