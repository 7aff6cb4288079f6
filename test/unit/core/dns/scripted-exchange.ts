/** Servers that answer as a test says, and remember what they were asked. */
import { DnsError } from '../../../../core/dns/exchange.ts';
import type {
  ClientInfo,
  Exchange,
  ExchangeResult,
  Hosts,
  HostsEntry,
  NameSets,
  Question,
} from '../../../../core/dns/exchange.ts';

type Script = (query: Buffer, question: Question) => Promise<Buffer> | Buffer | null;

export class ScriptedExchange implements Exchange {
  readonly asked: Question[] = [];
  /** Null is a server that cannot be reached. */
  script: Script = () => null;

  async exchange(
    query: Buffer,
    question: Question,
    _client: ClientInfo,
    signal: AbortSignal,
  ): Promise<ExchangeResult> {
    this.asked.push(question);
    signal.throwIfAborted();
    const message = await this.script(query, question);
    if (message === null) throw new DnsError('ERR_DNS_UNREACHABLE', 'no server answers');
    return { message, server: 'udp://192.0.2.53:53', policy: null };
  }
}

/** Hosts from a plain object. */
export function hostsOf(entries: Readonly<Record<string, HostsEntry>>): Hosts {
  const isOf = (address: string) => (name: string) => {
    const entry = entries[name];
    return entry?.kind === 'addresses' && entry.addresses.includes(address);
  };
  return {
    lookup: (name) => entries[name] ?? null,
    reverse: (address) => Object.keys(entries).find(isOf(address)) ?? null,
  };
}

/** Named sets from plain lists, by `geosite:NAME` or `rule-set:NAME`. */
export function nameSetsOf(sets: Readonly<Record<string, readonly string[]>>): NameSets {
  return (kind, name) => {
    const names = sets[`${kind}:${name}`];
    return names === undefined ? null : { has: (domain) => names.includes(domain) };
  };
}
