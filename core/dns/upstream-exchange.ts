/**
 * Decides which servers are asked: by the purpose of a query, by `nameserver-policy`, and between
 * `nameserver` and `fallback`. One object for each configuration; owns its servers.
 */
import type { DnsConfig, Nameserver, NameserverPolicy } from '../config/dns-config.ts';
import { AnswerTrust } from './answer-trust.ts';
import type { CountryOf } from './answer-trust.ts';
import { SYSTEM_LEASES } from './dhcp/lease-files.ts';
import type { LeaseFolders } from './dhcp/lease-files.ts';
import { DnsError } from './exchange.ts';
import type { ClientInfo, Exchange, ExchangeResult, NameSets, Question } from './exchange.ts';
import { FailureMemory } from './failure-memory.ts';
import { NamePolicy } from './name-policy.ts';
import { RaceLost, describe } from './race.ts';
import type { ResolverSettings } from './resolv-conf.ts';
import { ServerGroup } from './server-group.ts';
import type { GroupAnswer } from './server-group.ts';
import { Servers } from './servers/make-servers.ts';
import type { Answer, OnBadReply, Query } from './servers/server.ts';
import type { WayOut } from './way-out.ts';
import { OPT_SIZE, TYPE } from './wire/constants.ts';

/**
 * What an address is for: a client's query, the server of a proxy, the name of a resolver, a
 * destination of DIRECT, or a rule that needs to know it.
 */
export type Purpose = 'client' | 'proxy-server' | 'resolver' | 'direct' | 'rule';

export interface ExchangeParts {
  readonly wayOut: WayOut;
  readonly sets: NameSets;
  readonly countryOf: CountryOf;
  readonly systemSettings: () => Promise<ResolverSettings>;
  /** Looks up the name of a resolver: with the purpose `resolver`, through whoever keeps answers. */
  readonly addressesOf: (host: string, signal: AbortSignal) => Promise<string[]>;
  /** Where the system keeps its leases; tests bring their own. */
  readonly leases?: LeaseFolders;
  /** CAs that are trusted instead of the well-known ones, PEM; tests bring their own. */
  readonly ca?: readonly string[];
  readonly onBadReply?: OnBadReply;
}

/** An answer, and how it was come by. */
export interface PurposeResult {
  readonly answer: Answer;
  readonly server: string;
  /** The key of the policy that chose the servers; null: none. */
  readonly policy: string | null;
}

interface ChosenPolicy {
  readonly text: string;
  readonly group: ServerGroup;
}

/** More than this waits for servers that are all dead: who comes next is told so. */
const MAX_UNDER_WAY = 2048;

export class UpstreamExchange implements Exchange {
  readonly #servers: Servers;
  readonly #onBadReply: OnBadReply;
  readonly #memory = new FailureMemory();
  readonly #main: ServerGroup;
  readonly #fallback: ServerGroup | null;
  readonly #trust: AnswerTrust;
  readonly #policy: NamePolicy<ChosenPolicy>;
  readonly #proxyServer: ServerGroup;
  readonly #proxyServerPolicy: NamePolicy<ChosenPolicy>;
  readonly #direct: ServerGroup;
  readonly #directPolicy: NamePolicy<ChosenPolicy>;
  readonly #default: ServerGroup;
  #underWay = 0;

  constructor(dns: DnsConfig, parts: ExchangeParts) {
    const { sets, countryOf, leases = SYSTEM_LEASES, ca = [], onBadReply = () => {} } = parts;
    this.#onBadReply = onBadReply;
    this.#servers = new Servers({ ...parts, leases, ca, onBadReply });
    this.#main = this.#group(dns.nameserver);
    this.#fallback = dns.fallback.length === 0 ? null : this.#group(dns.fallback);
    this.#trust = new AnswerTrust(dns.fallbackFilter, sets, countryOf);
    this.#policy = this.#policies(dns.nameserverPolicy, sets);
    const none = new NamePolicy<ChosenPolicy>([], sets);
    const ownProxyServers = dns.proxyServerNameserver.length > 0;
    this.#proxyServer = ownProxyServers ? this.#group(dns.proxyServerNameserver) : this.#main;
    this.#proxyServerPolicy = ownProxyServers
      ? this.#policies(dns.proxyServerNameserverPolicy, sets)
      : this.#policy;
    const ownDirect = dns.directNameserver.length > 0;
    this.#direct = ownDirect ? this.#group(dns.directNameserver) : this.#main;
    this.#directPolicy = !ownDirect || dns.directFollowsPolicy ? this.#policy : none;
    this.#default = this.#group(dns.defaultNameserver);
  }

  async exchange(
    message: Buffer,
    question: Question,
    _client: ClientInfo,
    signal: AbortSignal,
  ): Promise<ExchangeResult> {
    const { answer, server, policy } = await this.ask('client', message, question, signal);
    return { message: answer.message, server, policy };
  }

  /** The same for any purpose, with the answer read. */
  async ask(
    purpose: Purpose,
    message: Buffer,
    { name, type }: Question,
    signal: AbortSignal,
  ): Promise<PurposeResult> {
    if (this.#underWay >= MAX_UNDER_WAY) {
      const text = `cannot look up ${name}: ${MAX_UNDER_WAY} other queries wait for an answer already`;
      throw new DnsError('ERR_DNS_BUSY', text);
    }
    const query: Query = { message, questionEnd: message.length - OPT_SIZE, type };
    this.#underWay += 1;
    try {
      return await this.#askFor(purpose, name, query, signal);
    } catch (cause) {
      throw cause instanceof RaceLost ? toError(name, cause) : cause;
    } finally {
      this.#underWay -= 1;
    }
  }

  /** The network has changed: connections are dropped, and who failed gets another chance. */
  reset(): void {
    this.#memory.forget();
    this.#servers.reset();
  }

  async #askFor(
    purpose: Purpose,
    name: string,
    query: Query,
    signal: AbortSignal,
  ): Promise<PurposeResult> {
    const [policies, group] = this.#choices(purpose);
    const policy = policies?.find(name);
    if (policy !== undefined) {
      return { ...(await policy.group.ask(query, signal)), policy: policy.text };
    }
    const hasFallback = group === this.#main && isAboutAddresses(query.type);
    const answer =
      hasFallback && this.#fallback !== null
        ? await this.#askBoth(this.#fallback, name, query, signal)
        : await group.ask(query, signal);
    return { ...answer, policy: null };
  }

  #choices(purpose: Purpose): [NamePolicy<ChosenPolicy> | null, ServerGroup] {
    switch (purpose) {
      case 'client':
      case 'rule':
        return [this.#policy, this.#main];
      case 'proxy-server':
        return [this.#proxyServerPolicy, this.#proxyServer];
      case 'direct':
        return [this.#directPolicy, this.#direct];
      case 'resolver':
        return [null, this.#default];
    }
  }

  /** Both groups at once, so that distrust costs no time. */
  async #askBoth(
    fallback: ServerGroup,
    name: string,
    query: Query,
    signal: AbortSignal,
  ): Promise<GroupAnswer> {
    if (this.#trust.distrustsName(name)) return fallback.ask(query, signal);
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(signal.reason);
    signal.addEventListener('abort', onAbort);
    const second = fallback.ask(query, abort.signal);
    second.catch(() => undefined);
    try {
      const first = await this.#main.ask(query, signal).catch((cause: unknown) => {
        if (cause instanceof RaceLost) return null;
        throw cause;
      });
      const addresses = first?.answer.reply.addresses ?? [];
      if (first !== null && addresses.length > 0 && this.#trust.trusts(addresses)) return first;
      try {
        return await second;
      } catch (cause) {
        // What says that there is nothing misleads nobody.
        if (first !== null && addresses.length === 0 && cause instanceof RaceLost) return first;
        throw cause;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      abort.abort(new Error('the answer of nameserver is believed'));
    }
  }

  #group(servers: readonly Nameserver[]): ServerGroup {
    return new ServerGroup(
      servers.map((server) => this.#servers.get(server)),
      this.#memory,
      this.#onBadReply,
    );
  }

  #policies(policies: readonly NameserverPolicy[], sets: NameSets): NamePolicy<ChosenPolicy> {
    const entries = policies.map(({ text, patterns, servers }) => ({
      patterns,
      value: { text, group: this.#group(servers) },
    }));
    return new NamePolicy(entries, sets);
  }
}

function isAboutAddresses(type: number): boolean {
  return type === TYPE.A || type === TYPE.AAAA || type === TYPE.CNAME;
}

function toError(name: string, { failures }: RaceLost): DnsError {
  const kinds = [...failures.values()].map(({ kind }) => kind);
  const all = (...expected: (typeof kinds)[number][]): boolean =>
    kinds.every((kind) => expected.includes(kind));
  const code = all('no-route')
    ? 'ERR_DNS_NO_ROUTE'
    : all('silent', 'no-route')
      ? 'ERR_DNS_TIMEOUT'
      : all('loop')
        ? 'ERR_DNS_LOOP'
        : 'ERR_DNS_FAILED';
  const circle = [...failures.values()].find(({ kind }) => kind === 'loop');
  const text = `cannot look up ${name}: asked ${describe(failures)}`;
  return new DnsError(code, text, circle === undefined ? {} : { cause: circle });
}
