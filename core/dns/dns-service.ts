/**
 * Answers DNS queries, wherever they come from: out of the hosts, as standards and settings say, with
 * fake addresses, from the cache, or by asking the configured servers. It owns all of these but the
 * servers. What needs no waiting is answered in the same call.
 */
import { isDeepStrictEqual } from 'node:util';
import type { DnsTotals, FlushTarget } from '../api/dns.ts';
import type { Logger } from '../log/logger.ts';
import { DnsListener } from './dns-listener.ts';
import { fakeSettings } from './dns-setup.ts';
import type { DnsSetup } from './dns-setup.ts';
import type { ClientInfo } from './exchange.ts';
import { FakeIps } from './fake-ip/fake-ips.ts';
import { BUSY, Forwarder } from './forwarder.ts';
import type { Found, ForwardError } from './forwarder.ts';
import { HOSTS_TTL, LocalAnswers } from './local-answers.ts';
import type { LocalAnswer } from './local-answers.ts';
import { NameMap } from './name-map.ts';
import { namesOf } from './names.ts';
import type { DnsNames } from './names.ts';
import { keepable, QueryLog } from './query-log.ts';
import type { QueryRecord } from './query-log.ts';
import { aliasReply } from './wire/alias-reply.ts';
import { HEADER_SIZE, RCODE } from './wire/constants.ts';
import { copyAsker, localReply } from './wire/local-reply.ts';
import type { Asker } from './wire/local-reply.ts';
import { encodeName } from './wire/name.ts';
import { QueryView } from './wire/query-view.ts';

/** How a query is to be answered, where not as any other. */
export interface AnswerOptions {
  /** True addresses only. */
  readonly real: boolean;
  /** Aliases that led here. */
  readonly depth: number;
  /** Hears of the record of the query in the log, at once; null for a query that is part of another. */
  readonly onRecord: ((record: QueryRecord) => void) | null;
}

export interface DnsMemory {
  readonly answers: Pick<Forwarder, 'list' | 'forget'>;
  /** Null: every address is a true one. */
  readonly fakes: FakeIps | null;
}

type Answered = Buffer | Promise<Buffer>;

const USUAL: AnswerOptions = { real: false, depth: 0, onRecord: () => {} };
const ITSELF: ClientInfo = { address: '', port: 0, transport: 'local' };
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
  #local: LocalAnswers;
  #fakes: FakeIps | null;
  #listener: DnsListener | null = null;
  /** Queries that wait for servers. */
  #waiting = 0;

  private constructor(setup: DnsSetup, fakes: FakeIps | null, log: Logger) {
    this.#fakes = fakes;
    this.#log = log;
    this.#setup = setup;
    this.#forwarder = this.#openForwarder(setup);
    this.#local = this.#openLocal(setup);
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
   * Goes over to another configuration. Fake addresses stay what they are as far as the ranges do, and
   * answers are kept where nothing about DNS has changed. Rejects as `open` does, and then nothing is
   * done.
   */
  async apply(setup: DnsSetup): Promise<void> {
    await this.#listen(setup);
    const settings = fakeSettings(setup, this.#log);
    if (settings === null || this.#fakes?.adopt(settings) !== true) {
      await this.#fakes?.close();
      this.#fakes = settings === null ? null : await FakeIps.open(settings);
    }
    const before = this.#setup;
    this.#setup = setup;
    this.#local = this.#openLocal(setup);
    const isSame = before.exchange === setup.exchange && isDeepStrictEqual(before.dns, setup.dns);
    // Whoever waits gets his answer from the earlier one.
    if (!isSame) this.#forwarder = this.#openForwarder(setup);
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
    // Either is enough to look for a local answer, and neither is made without need.
    const isLocal = this.#local.isLikely(type);
    const early = isLocal ? view.name() : null;
    const key = isLocal ? null : view.key();
    const entry = key === null ? null : this.#forwarder.fresh(key, now);
    const name = early ?? entry?.name ?? view.name();
    const local = this.#local.find(name, type, options.real);
    if (local !== null) return this.#answerLocal(local, name, client, options, now);
    const found = key === null ? this.#forwarder.fresh(view.key(), now) : entry;
    if (found === null) {
      return this.#forward(name, key ?? view.key(), copyAsker(view), client, options, now);
    }
    this.#noteFound({ entry: found, how: 'cache' }, type, client, options, now);
    return found.answer.answer(view, client.transport === 'udp', now);
  }

  /** Forgets answers (another network may answer otherwise), or whose the addresses are, or both. */
  flush(what: FlushTarget): void {
    if (what !== 'fake-ip') this.#forwarder.flush();
    if (what === 'cache') return;
    this.#fakes?.clear();
    this.#map.clear();
  }

  /** What it remembers, to be looked at and forgotten one by one. */
  get memory(): DnsMemory {
    return { answers: this.#forwarder, fakes: this.#fakes };
  }

  /** Something came from a server that is no answer. */
  noteBadReply(server: string, reason: string): void {
    this.#counts.badReplies += 1;
    this.#log.warning('DNS_BAD_REPLY', `A reply of ${server} was dropped: ${reason}.`);
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

  #openLocal({ dns, hosts }: DnsSetup): LocalAnswers {
    const onPoolFull = (name: string): void => {
      this.#counts.poolFull += 1;
      this.#log.warning(
        'FAKE_IP_FULL',
        `${name} gets no address: all fake addresses are in use. A larger dns.fake-ip-range has more.`,
      );
    };
    return new LocalAnswers({ dns, hosts, fakes: this.#fakes, onPoolFull });
  }

  #openForwarder({ dns, exchange }: DnsSetup): Forwarder {
    return new Forwarder({
      exchange,
      cache: { algorithm: dns.cacheAlgorithm, maxEntries: dns.cacheMaxSize },
      onBadReply: (server, reason) => this.noteBadReply(server, reason),
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
    record.begin(hasName ? view.name() : '', hasName ? view.type : 0, client, now);
    record.end('refused', verdict, reply);
    return reply;
  }

  /** The query is in the view. */
  #answerLocal(
    local: LocalAnswer,
    name: string,
    client: ClientInfo,
    options: AnswerOptions,
    now: number,
  ): Answered {
    if (local.kind === 'alias') return this.#followAlias(name, local.name, client, options, now);
    const { source, rcode, records } = local;
    const reply = localReply(this.#view, rcode, records);
    this.#noteLocal(source, name, this.#view.type, client, options, now, reply);
    return reply;
  }

  async #followAlias(
    name: string,
    alias: string,
    client: ClientInfo,
    options: AnswerOptions,
    now: number,
  ): Promise<Buffer> {
    const asker = copyAsker(this.#view);
    const { type } = this.#view;
    const target = encodeName(alias);
    const inner: AnswerOptions = { real: options.real, depth: options.depth + 1, onRecord: null };
    const answer =
      target === null || inner.depth > MAX_ALIASES
        ? null
        : await this.answerAs(queryAbout(target, type), ITSELF, inner);
    const reply =
      target === null || answer === null
        ? localReply(asker, RCODE.SERVFAIL)
        : aliasReply(asker, { target, ttl: HOSTS_TTL }, answer, client.transport === 'udp');
    this.#noteLocal('hosts', name, type, client, options, now, reply);
    return reply;
  }

  #noteLocal(
    source: 'local' | 'hosts' | 'fake-ip',
    name: string,
    type: number,
    client: ClientInfo,
    options: AnswerOptions,
    asked: number,
    reply: Buffer,
  ): void {
    if (options.onRecord === null) return;
    this.#counts[source === 'fake-ip' ? 'faked' : 'local'] += 1;
    const record = this.queries.next();
    record.begin(name, type, client, asked);
    record.end(source, (reply[3] ?? 0) & 0xf, reply);
    options.onRecord(record);
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
      if (this.#waiting > MAX_WAITING) throw BUSY;
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
        record.begin(name, type, client, asked);
        record.end('failed', rcode, null);
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
    if (how !== 'server') entry.hits += 1;
    if (answer.addresses.length > 0) {
      this.#map.remember(answer.addresses, entry.name, (answer.expiresAt - answer.storedAt) / 1000);
    }
    if (options.onRecord === null) return;
    this.#counts[how === 'cache' ? 'cached' : how === 'stale' ? 'stale' : 'forwarded'] += 1;
    const record = this.queries.next();
    record.begin(entry.name, type, client, asked);
    record.end(how, answer.rcode, null);
    record.answer = keepable(answer);
    record.server = entry.server;
    record.policy = entry.policy;
    options.onRecord(record);
  }
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
