/**
 * Addresses of the names that core itself needs (servers of proxies and resolvers, destinations of
 * DIRECT, what rules ask for). Owns a small cache and the lookups under way; who is asked is the
 * exchange's business.
 */
import { normalizeDomain } from '../../rules/domain.ts';
import { quote } from '../../rules/text.ts';
import { UpstreamError } from '../api/errors.ts';
import type { DialFailure } from '../api/errors.ts';
import { DnsError } from './exchange.ts';
import type { HostsEntry } from './exchange.ts';
import { assertNoCircle, within } from './lookup-chain.ts';
import { refusalOf } from './servers/check-reply.ts';
import { ServerFailure } from './servers/server.ts';
import type { Purpose, UpstreamExchange } from './upstream-exchange.ts';
import { CLASS_IN, FLAG, HEADER_SIZE, OPT_SIZE, TYPE } from './wire/constants.ts';
import { writeOpt } from './wire/local-reply.ts';
import { encodeName } from './wire/name.ts';

export interface LookupSettings {
  readonly exchange: UpstreamExchange;
  /** The hosts as they are now. */
  readonly hosts: (name: string) => Promise<HostsEntry | null>;
  /** Appended to names without a dot. */
  readonly search: () => Promise<readonly string[]>;
  /** False: only IPv4 addresses are looked up, but for proxies and resolvers. */
  readonly ipv6: boolean;
  /** Milliseconds that IPv6 may keep a lookup waiting which has IPv4 addresses. */
  readonly ipv6Timeout: number;
}

interface Found {
  readonly addresses: readonly string[];
  /** Seconds. */
  readonly ttl: number;
}

/** What became of one of the two queries; no addresses: there is none. */
type Outcome = Found | { readonly cause: unknown };

interface Cached {
  readonly addresses: readonly string[];
  /** On the clock of `performance.now`, which never jumps. */
  readonly until: number;
}

interface Lookup {
  readonly result: Promise<readonly string[]>;
  readonly abort: AbortController;
  waiting: number;
}

const NOTHING: Found = { addresses: [], ttl: 0 };
const MAX_CACHED = 4096;
const MAX_LOOKUPS = 1024;
const MAX_ADDRESSES = 32;
const MAX_TTL_S = 300;
const MAX_ALIASES = 16;
/** So long IPv4 may keep a lookup waiting that has IPv6 addresses. */
const IPV4_GRACE_MS = 300;
/** RFC 6761 section 6.3. */
const LOCALHOST: readonly string[] = ['127.0.0.1', '::1'];

export class AddressLookup {
  readonly #settings: LookupSettings;
  readonly #cache = new Map<string, Cached>();
  readonly #lookups = new Map<string, Lookup>();

  constructor(settings: LookupSettings) {
    this.#settings = settings;
  }

  /**
   * In no particular order, never empty. `host` is no IP literal. Rejects with `UpstreamError`
   * (`ERR_DNS_...`), or with the signal's reason.
   */
  async addressesOf(
    host: string,
    purpose: Purpose,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    let name = nameOf(host);
    for (let aliases = 0; aliases <= MAX_ALIASES; aliases++) {
      const entry = await this.#settings.hosts(name);
      signal.throwIfAborted();
      if (entry?.kind === 'addresses' && entry.addresses.length > 0) return entry.addresses;
      if (entry?.kind !== 'alias') {
        if (name === 'localhost' || name.endsWith('.localhost')) return LOCALHOST;
        const key = `${purpose} ${name}`;
        const cached = this.#cache.get(key);
        if (cached !== undefined && cached.until > performance.now()) return cached.addresses;
        return this.#join(key, name, purpose, signal);
      }
      name = entry.name;
    }
    throw new UpstreamError(
      'ERR_DNS_ALIASES',
      'host-unreachable',
      `cannot look up ${host}: hosts lead from one name to the next more than ${MAX_ALIASES} times`,
    );
  }

  flush(): void {
    this.#cache.clear();
  }

  /** Callers for the same name share one lookup, which ends when none of them waits any more. */
  async #join(
    key: string,
    name: string,
    purpose: Purpose,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    try {
      assertNoCircle(name);
    } catch (cause) {
      throw toUpstreamError(name, cause);
    }
    const lookup = this.#lookups.get(key) ?? this.#begin(key, name, purpose);
    lookup.waiting += 1;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([lookup.result, aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      lookup.waiting -= 1;
      if (lookup.waiting === 0) {
        lookup.abort.abort(new Error('nobody waits for it any more'));
        if (this.#lookups.get(key) === lookup) this.#lookups.delete(key);
      }
    }
  }

  #begin(key: string, name: string, purpose: Purpose): Lookup {
    if (this.#lookups.size >= MAX_LOOKUPS) {
      throw new UpstreamError(
        'ERR_DNS_BUSY',
        'host-unreachable',
        `cannot look up ${name}: ${MAX_LOOKUPS} other names are being looked up already`,
      );
    }
    const abort = new AbortController();
    const result = within(name, () => this.#lookUp(key, name, purpose, abort.signal));
    // Whoever waits hears of it; with nobody waiting it is of no interest.
    result.catch(() => {});
    const lookup: Lookup = { result, abort, waiting: 0 };
    this.#lookups.set(key, lookup);
    return lookup;
  }

  async #lookUp(
    key: string,
    name: string,
    purpose: Purpose,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const search = name.includes('.') ? [] : await this.#settings.search();
    for (const candidate of [...search.map((domain) => `${name}.${domain}`), name]) {
      const found = await this.#ask(candidate, purpose, signal);
      if (found === null) continue;
      this.#remember(key, found);
      return found.addresses;
    }
    throw new UpstreamError(
      'ERR_DNS_NOT_FOUND',
      'host-unreachable',
      `${name} has no address: the resolvers do not know it`,
    );
  }

  /** Null: the name does not exist, or has no address. Rejects where no server could tell. */
  async #ask(name: string, purpose: Purpose, signal: AbortSignal): Promise<Found | null> {
    const isForUs = purpose === 'proxy-server' || purpose === 'resolver';
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(signal.reason);
    signal.addEventListener('abort', onAbort);
    const ask = (type: number): Promise<Outcome> =>
      this.#askType(name, type, purpose, abort.signal).catch((cause: unknown) => ({ cause }));
    try {
      const four = ask(TYPE.A);
      const six = this.#settings.ipv6 || isForUs ? ask(TYPE.AAAA) : Promise.resolve(NOTHING);
      const outcomes = await Promise.race([
        bothOf(four, six, this.#settings.ipv6Timeout),
        bothOf(six, four, IPV4_GRACE_MS),
      ]);
      signal.throwIfAborted();
      return combine(name, outcomes);
    } finally {
      signal.removeEventListener('abort', onAbort);
      abort.abort(new Error('the other family was faster'));
    }
  }

  async #askType(
    name: string,
    type: number,
    purpose: Purpose,
    signal: AbortSignal,
  ): Promise<Found> {
    const { exchange } = this.#settings;
    const result = await exchange.ask(purpose, queryFor(name, type), { name, type }, signal);
    const { rcode, addresses, ttl } = result.answer.reply;
    const refusal = refusalOf(rcode);
    if (refusal === null) return { addresses, ttl };
    const text = `cannot look up ${name}: asked ${result.server} (${refusal})`;
    throw new DnsError('ERR_DNS_FAILED', text);
  }

  #remember(key: string, { addresses, ttl }: Found): void {
    // Maps keep the order of insertion: the oldest goes first.
    this.#cache.delete(key);
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size < MAX_CACHED) break;
      this.#cache.delete(oldest);
    }
    const until = performance.now() + Math.min(ttl, MAX_TTL_S) * 1000;
    this.#cache.set(key, { addresses, until });
  }
}

function nameOf(host: string): string {
  const name = normalizeDomain(host);
  if (name !== null) return name;
  throw new UpstreamError(
    'ERR_DNS_NAME',
    'host-unreachable',
    `cannot look up ${quote(host, 300)}: it is not a host name`,
  );
}

/** One question, id 0, with an OPT record: see `Exchange`. */
function queryFor(name: string, type: number): Buffer {
  const wire = encodeName(name) ?? Buffer.alloc(1);
  const questionEnd = HEADER_SIZE + wire.length + 4;
  const query = Buffer.alloc(questionEnd + OPT_SIZE);
  query.writeUInt16BE(FLAG.RD, 2);
  query.writeUInt16BE(1, 4);
  query.writeUInt16BE(1, 10);
  wire.copy(query, HEADER_SIZE);
  query.writeUInt16BE(type, questionEnd - 4);
  query.writeUInt16BE(CLASS_IN, questionEnd - 2);
  writeOpt(query, questionEnd, 0, false);
  return query;
}

/** Both outcomes; where the first has addresses, the second gets so many milliseconds more. */
async function bothOf(
  first: Promise<Outcome>,
  second: Promise<Outcome>,
  grace: number,
): Promise<readonly Outcome[]> {
  const outcome = await first;
  if ('cause' in outcome || outcome.addresses.length === 0) return [outcome, await second];
  const { promise: late, resolve } = Promise.withResolvers<Outcome>();
  const timer = setTimeout(() => resolve(NOTHING), grace);
  try {
    return [outcome, await Promise.race([second, late])];
  } finally {
    clearTimeout(timer);
  }
}

function combine(name: string, outcomes: readonly Outcome[]): Found | null {
  const found = outcomes.flatMap((outcome) => ('cause' in outcome ? [] : [outcome]));
  const all = new Set(found.flatMap((one) => one.addresses));
  const addresses = [...all].slice(0, MAX_ADDRESSES);
  if (addresses.length > 0) {
    const lives = found.filter((one) => one.addresses.length > 0).map(({ ttl }) => ttl);
    return { addresses, ttl: Math.min(...lives) };
  }
  const failed = outcomes.find((outcome) => 'cause' in outcome);
  if (failed !== undefined) throw toUpstreamError(name, failed.cause);
  return null;
}

const FAILURES: Readonly<Record<string, DialFailure>> = {
  ERR_DNS_NO_ROUTE: 'net-unreachable',
  ERR_DNS_TIMEOUT: 'timeout',
};

function toUpstreamError(name: string, cause: unknown): unknown {
  if (cause instanceof ServerFailure) {
    const advice = 'Give dns.proxy-server-nameserver a resolver that is reached without a proxy';
    const text = `cannot look up ${name}: ${cause.message}. ${advice}`;
    return new UpstreamError('ERR_DNS_LOOP', 'host-unreachable', text, { cause });
  }
  if (!(cause instanceof DnsError)) return cause;
  const failure = FAILURES[cause.code] ?? 'host-unreachable';
  return new UpstreamError(cause.code, failure, cause.message, { cause });
}
