/**
 * Answers DNS queries, wherever they come from: out of the hosts, as standards and settings say, with
 * fake addresses, from the cache, or by asking the configured servers. It owns all of these but the
 * servers. What needs no waiting is answered in the same call.
 */
import { formatIp, parseIp } from '../../rules/ip.ts';
import type { DnsSource, DnsTotals } from '../api/dns.ts';
import type { DnsConfig } from '../config/dns-config.ts';
import type { Logger } from '../log/logger.ts';
import { DnsListener } from './dns-listener.ts';
import type { ClientInfo, Exchange, Hosts, HostsEntry, NameSets } from './exchange.ts';
import { FakeIps } from './fake-ip/fake-ips.ts';
import type { FakeIpSettings } from './fake-ip/fake-ips.ts';
import { Forwarder, ForwardError } from './forwarder.ts';
import type { Found } from './forwarder.ts';
import { NameMap } from './name-map.ts';
import { namesOf } from './names.ts';
import type { DnsNames } from './names.ts';
import { keepable, QueryLog } from './query-log.ts';
import type { QueryRecord } from './query-log.ts';
import { addressOfReverseName } from './reverse-name.ts';
import { specialAnswer } from './special-names.ts';
import { aliasReply } from './wire/alias-reply.ts';
import { HEADER_SIZE, RCODE, TYPE } from './wire/constants.ts';
import { copyAsker, localReply } from './wire/local-reply.ts';
import type { Asker, LocalRecord } from './wire/local-reply.ts';
import { encodeName } from './wire/name.ts';
import { QueryView } from './wire/query-view.ts';

/** What a configuration makes of the service. */
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

/** How a query is to be answered, where not as any other. */
export interface AnswerOptions {
  /** True addresses only. */
  readonly real: boolean;
  /** Aliases that led here. */
  readonly depth: number;
  /** Hears of the record of the query in the log, at once; null for a query that is part of another. */
  readonly onRecord: ((record: QueryRecord) => void) | null;
}

type Answered = Buffer | Promise<Buffer>;

const USUAL: AnswerOptions = { real: false, depth: 0, onRecord: () => {} };
const ITSELF: ClientInfo = { address: '', port: 0, transport: 'local' };
/** Hosts change when somebody edits them: clients should see it soon. */
const HOSTS_TTL = 10;
const MAX_ALIASES = 8;
/** Servers that never answer hold queries for seconds: more than these are told so at once. */
const MAX_WAITING = 8192;

export class DnsService {
  readonly names: DnsNames;
  readonly queries = new QueryLog();
  readonly #log: Logger;
  readonly #view = new QueryView();
  readonly #map = new NameMap();
  readonly #counts = {
    ...{ queries: 0, cached: 0, stale: 0, faked: 0, local: 0, forwarded: 0 },
    ...{ failed: 0, refused: 0, malformed: 0, badReplies: 0, poolFull: 0 },
  };
  #setup: DnsSetup;
  #forwarder: Forwarder;
  #fakes: FakeIps | null;
  #listener: DnsListener | null = null;
  /** Queries that wait for servers. */
  #waiting = 0;

  private constructor(setup: DnsSetup, fakes: FakeIps | null, log: Logger) {
    this.#setup = setup;
    this.#fakes = fakes;
    this.#log = log;
    this.#forwarder = this.#openForwarder(setup);
    this.names = namesOf(() => this.#fakes, this.#map);
  }

  /** Rejects with `ERR_DNS_LISTEN` where it cannot answer on `dns.listen`. */
  static async open(setup: DnsSetup, log: Logger): Promise<DnsService> {
    const settings = fakeSettings(setup, log);
    const fakes = settings === null ? null : await FakeIps.open(settings);
    const service = new DnsService(setup, fakes, log);
    await service.#listen(setup);
    return service;
  }

  /**
   * Goes over to another configuration. Fake addresses stay what they are as far as the ranges do.
   * Rejects as `open` does, and then nothing has changed.
   */
  async apply(setup: DnsSetup): Promise<void> {
    await this.#listen(setup);
    const settings = fakeSettings(setup, this.#log);
    if (settings === null || this.#fakes?.adopt(settings) !== true) {
      const before = this.#fakes;
      await before?.close();
      this.#fakes = settings === null ? null : await FakeIps.open(settings);
    }
    const forwarder = this.#forwarder;
    this.#setup = setup;
    this.#forwarder = this.#openForwarder(setup);
    forwarder.close();
  }

  /**
   * The reply to a query, or null where it deserves none. Its bytes are the caller's until the next
   * call. Never throws, and a promise never rejects.
   */
  answer(message: Buffer, client: ClientInfo): Buffer | Promise<Buffer> | null {
    return this.answerAs(message, client, USUAL);
  }

  /** The same with options. */
  answerAs(message: Buffer, client: ClientInfo, options: AnswerOptions): Answered | null {
    const view = this.#view;
    const now = performance.now();
    const verdict = view.read(message);
    if (verdict !== 'answer') return this.#turnAway(verdict, client, now);
    if (options.onRecord !== null) this.#counts.queries += 1;
    const { type } = view;
    let name: string | null = null;
    if (this.#mayBeOurs(type)) {
      name = view.name();
      const answered = this.#ourAnswer(name, client, options, now);
      if (answered !== null) return answered;
    }
    const key = view.key();
    const entry = this.#forwarder.fresh(key, now);
    name ??= entry?.name ?? view.name();
    const answered = this.#hostsAnswer(name, client, options, now);
    if (answered !== null) return answered;
    if (entry === null) return this.#forward(name, key, copyAsker(view), client, options, now);
    const found: Found = { entry, how: 'cache' };
    this.#noteFound(found, type, client, options, now);
    return entry.answer.answer(view, client.transport === 'udp', now);
  }

  /** Forgets answers, or the names of fake addresses, or both. */
  flush(what: 'cache' | 'fake-ip' | 'all'): void {
    if (what !== 'fake-ip') {
      this.#forwarder.flush();
      this.#map.clear();
    }
    if (what !== 'cache') this.#fakes?.clear();
  }

  totals(): DnsTotals {
    const pool = this.#fakes?.pool;
    return {
      mode: pool === undefined ? 'redir-host' : 'fake-ip',
      ...this.#counts,
      cacheEntries: this.#forwarder.cacheEntries,
      cacheBytes: this.#forwarder.cacheBytes,
      fakeNames: pool?.size ?? 0,
      fakeCapacity: pool?.capacity ?? 0,
    };
  }

  /** Whoever waits gets his answer or a failure. Never rejects. */
  async close(): Promise<void> {
    this.#forwarder.close();
    await this.#listener?.close();
    await this.#fakes?.close();
  }

  /** The earlier socket stays where it may, and until the new one is open. */
  async #listen({ dns: { listen } }: DnsSetup): Promise<void> {
    const before = this.#listener;
    const [old, wanted] = [before?.address, listen];
    if (old?.address === wanted?.address && old?.port === wanted?.port) return;
    this.#listener = wanted === null ? null : await DnsListener.open(wanted, this, this.#log);
    await before?.close();
  }

  #openForwarder({ dns, exchange }: DnsSetup): Forwarder {
    return new Forwarder({
      exchange,
      cache: { algorithm: dns.cacheAlgorithm, maxEntries: dns.cacheMaxSize },
      onBadReply: (server, reason) => {
        this.#counts.badReplies += 1;
        this.#log.warning('DNS_BAD_REPLY', `A reply of ${server} was dropped: ${reason}.`);
      },
      now: () => performance.now(),
    });
  }

  /** What is no query that a resolver answers. */
  #turnAway(verdict: 'drop' | number, client: ClientInfo, now: number): Buffer | null {
    const view = this.#view;
    const isMalformed = verdict === 'drop' || verdict === RCODE.FORMERR;
    if (isMalformed) this.#counts.malformed += 1;
    else this.#counts.refused += 1;
    if (verdict === 'drop') return null;
    const reply = localReply(view, verdict);
    const hasName = view.questionEnd > 0;
    const record = this.queries.next();
    fill(record, hasName ? view.name() : '', hasName ? view.type : 0, client, now);
    fillAnswer(record, 'refused', verdict, reply);
    return reply;
  }

  /** Whether a query of this type may be answered without looking into the cache. */
  #mayBeOurs(type: number): boolean {
    return (
      type === TYPE.PTR || type === TYPE.AAAA || (this.#fakes !== null && isAboutAddresses(type))
    );
  }

  /** What we know better than any server; null where we do not. The query is in the view. */
  #ourAnswer(
    name: string,
    client: ClientInfo,
    options: AnswerOptions,
    now: number,
  ): Answered | null {
    const view = this.#view;
    const { type } = view;
    if (type === TYPE.AAAA && !this.#setup.dns.ipv6) {
      return this.#local('local', name, RCODE.NOERROR, [], client, options, now);
    }
    if (type === TYPE.PTR) return this.#reverse(name, client, options, now);
    const fakes = this.#fakes;
    if (fakes === null || options.real) return null;
    const answered = this.#hostsAnswer(name, client, options, now);
    if (answered !== null || !fakes.wants(name)) return answered;
    // A hint at a true address, or at an endpoint of its own, would lead past the pool.
    if (type !== TYPE.A && type !== TYPE.AAAA) {
      return this.#local('fake-ip', name, RCODE.NOERROR, [], client, options, now);
    }
    const data = fakes.addressFor(name, type);
    if (data === null) return this.#poolIsFull(name, client, options, now);
    const records = [{ type, ttl: this.#setup.dns.fakeIpTtl, data }];
    return this.#local('fake-ip', name, RCODE.NOERROR, records, client, options, now);
  }

  /** Names of addresses that we gave: the pool's, and those of the hosts. */
  #reverse(name: string, client: ClientInfo, options: AnswerOptions, now: number): Buffer | null {
    const ip = parseIp(addressOfReverseName(name) ?? '');
    if (ip === null) return null;
    const address = formatIp(ip);
    const pool = this.#fakes?.pool;
    const isFake = pool?.covers(address) === true;
    const known = isFake ? pool.nameOf(address) : this.#setup.hosts.reverse(address);
    if (known === null && !isFake) return null;
    const data = encodeName(known ?? '');
    const { fakeIpTtl } = this.#setup.dns;
    const ttl = isFake ? fakeIpTtl : HOSTS_TTL;
    const records = known === null || data === null ? [] : [{ type: TYPE.PTR, ttl, data }];
    const rcode = records.length > 0 ? RCODE.NOERROR : RCODE.NXDOMAIN;
    return this.#local(isFake ? 'fake-ip' : 'hosts', name, rcode, records, client, options, now);
  }

  #poolIsFull(name: string, client: ClientInfo, options: AnswerOptions, now: number): Buffer {
    this.#counts.poolFull += 1;
    this.#log.warning(
      'FAKE_IP_FULL',
      `${name} gets no address: all fake addresses are in use. A larger dns.fake-ip-range has more.`,
    );
    return this.#local('fake-ip', name, RCODE.SERVFAIL, [], client, options, now);
  }

  /** The hosts, and names that mean the same everywhere. */
  #hostsAnswer(
    name: string,
    client: ClientInfo,
    options: AnswerOptions,
    now: number,
  ): Answered | null {
    const { type } = this.#view;
    const entry = this.#setup.hosts.lookup(name);
    if (entry !== null && isAboutAddresses(type)) {
      if (entry.kind === 'alias') return this.#followAlias(name, entry, client, options, now);
      const records = addressRecords(entry.addresses, type, HOSTS_TTL);
      return this.#local('hosts', name, RCODE.NOERROR, records, client, options, now);
    }
    const special = specialAnswer(name, type);
    if (special === null) return null;
    const records = addressRecords(special.addresses, type, HOSTS_TTL);
    return this.#local('local', name, special.rcode, records, client, options, now);
  }

  async #followAlias(
    name: string,
    alias: Extract<HostsEntry, { kind: 'alias' }>,
    client: ClientInfo,
    options: AnswerOptions,
    now: number,
  ): Promise<Buffer> {
    const asker = copyAsker(this.#view);
    const { type } = this.#view;
    const target = encodeName(alias.name);
    const inner: AnswerOptions = { real: options.real, depth: options.depth + 1, onRecord: null };
    const answer =
      target === null || inner.depth > MAX_ALIASES
        ? null
        : await this.answerAs(queryAbout(target, type), ITSELF, inner);
    const reply =
      target === null || answer === null
        ? localReply(asker, RCODE.SERVFAIL)
        : aliasReply(asker, { target, ttl: HOSTS_TTL }, answer, client.transport === 'udp');
    if (options.onRecord !== null) {
      this.#counts.local += 1;
      const record = this.queries.next();
      fill(record, name, type, client, now);
      fillAnswer(record, 'hosts', reply.readUInt16BE(2) & 0xf, reply);
      options.onRecord(record);
    }
    return reply;
  }

  #local(
    source: 'local' | 'hosts' | 'fake-ip',
    name: string,
    rcode: number,
    records: readonly LocalRecord[],
    client: ClientInfo,
    options: AnswerOptions,
    now: number,
  ): Buffer {
    const view = this.#view;
    const reply = localReply(view, rcode, records);
    if (options.onRecord !== null) {
      this.#counts[source === 'fake-ip' ? 'faked' : 'local'] += 1;
      const record = this.queries.next();
      fill(record, name, view.type, client, now);
      fillAnswer(record, source, rcode, reply);
      options.onRecord(record);
    }
    return reply;
  }

  async #forward(
    name: string,
    key: string,
    asker: Asker,
    client: ClientInfo,
    options: AnswerOptions,
    asked: number,
  ): Promise<Buffer> {
    const { type } = this.#view;
    this.#waiting += 1;
    try {
      if (this.#waiting > MAX_WAITING) throw tooMany();
      const found = await this.#forwarder.find(key, { name, type }, asker, client);
      this.#noteFound(found, type, client, options, asked);
      const { answer } = found.entry;
      const isStale = found.how === 'stale';
      // Others may be given the same answer before this one is sent.
      return Buffer.from(
        answer.answer(asker, client.transport === 'udp', performance.now(), isStale),
      );
    } catch (cause) {
      const { rcode, code, message, server } = cause as ForwardError;
      if (options.onRecord !== null) {
        this.#counts.failed += 1;
        const record = this.queries.next();
        fill(record, name, type, client, asked);
        fillAnswer(record, 'failed', rcode, null);
        record.server = server;
        record.error = { code, message };
        options.onRecord(record);
      }
      this.#log.debug('DNS_FAILED', `Looking up ${name} failed: ${message}.`);
      return localReply(asker, rcode);
    } finally {
      this.#waiting -= 1;
    }
  }

  #noteFound(
    { entry, how }: Found,
    type: number,
    client: ClientInfo,
    options: AnswerOptions,
    asked: number,
  ): void {
    const { answer } = entry;
    if (answer.addresses.length > 0) {
      this.#map.remember(answer.addresses, entry.name, (answer.expiresAt - answer.storedAt) / 1000);
    }
    if (options.onRecord === null) return;
    this.#counts[how === 'cache' ? 'cached' : how === 'stale' ? 'stale' : 'forwarded'] += 1;
    const record = this.queries.next();
    fill(record, entry.name, type, client, asked);
    fillAnswer(record, how, answer.rcode, null);
    record.answer = keepable(answer);
    record.server = entry.server;
    record.policy = entry.policy;
    options.onRecord(record);
  }
}

function fill(
  record: QueryRecord,
  name: string,
  type: number,
  client: ClientInfo,
  asked: number,
): void {
  record.name = name;
  record.type = type;
  record.client = client;
  record.asked = asked;
}

function fillAnswer(
  record: QueryRecord,
  source: DnsSource,
  rcode: number,
  answer: Buffer | null,
): void {
  record.source = source;
  record.rcode = rcode;
  record.answer = answer;
  record.server = null;
  record.policy = null;
  record.error = null;
  record.ms = performance.now() - record.asked;
}

function tooMany(): ForwardError {
  const message = `${MAX_WAITING} other queries wait for an answer already`;
  return new ForwardError('ERR_DNS_BUSY', message, RCODE.SERVFAIL);
}

function isAboutAddresses(type: number): boolean {
  return type === TYPE.A || type === TYPE.AAAA || type === TYPE.HTTPS || type === TYPE.SVCB;
}

/** Of the addresses those that the type asks for. */
function addressRecords(addresses: readonly string[], type: number, ttl: number): LocalRecord[] {
  const records: LocalRecord[] = [];
  for (const address of addresses) {
    const ip = parseIp(address);
    if (ip === null || (type === TYPE.A ? 4 : type === TYPE.AAAA ? 6 : 0) !== ip.family) continue;
    const data = Buffer.alloc(ip.family === 4 ? 4 : 16);
    const words = ip.family === 4 ? [ip.w0] : [ip.w0, ip.w1, ip.w2, ip.w3];
    words.forEach((word, index) => data.writeInt32BE(word, 4 * index));
    records.push({ type, ttl, data });
  }
  return records;
}

/** A query of our own. `name` is in wire form. */
export function queryAbout(name: Uint8Array, type: number): Buffer {
  const query = Buffer.alloc(HEADER_SIZE + name.length + 4);
  query.writeUInt16BE(0x0100, 2);
  query.writeUInt16BE(1, 4);
  query.set(name, HEADER_SIZE);
  query.writeUInt16BE(type, query.length - 4);
  query.writeUInt16BE(1, query.length - 2);
  return query;
}

function fakeSettings(setup: DnsSetup, log: Logger): FakeIpSettings | null {
  const { dns, captures, sets, tunnel, poolFile } = setup;
  if (dns.mode !== 'fake-ip' || !captures) return null;
  return { dns, sets, tunnel, file: poolFile, log };
}
