/**
 * Asks one resolver for the addresses of a name, by Node's c-ares: EDNS, truncation and TCP are
 * its business. Keeps nothing between calls.
 */
import { Resolver } from 'node:dns/promises';
import type { RecordWithTtl } from 'node:dns';
import { isIPv6 } from 'node:net';
import type { Binding } from '../native/binding.d.ts';
import type { Question } from './exchange.ts';

export interface Answer {
  readonly addresses: readonly string[];
  /** Seconds, of the record that ends first. */
  readonly ttl: number;
}

export type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** The server says that there is no such name, or that it has no address. */
  | { readonly kind: 'nothing' }
  /** It did not help; another may. */
  | { readonly kind: 'failure'; readonly reason: string };

const MAX_ADDRESSES = 32;
/** How long the second family may keep an answer waiting that the first has given. */
const GRACE_MS = 300;

const REASONS: Readonly<Record<string, string>> = {
  ETIMEOUT: 'no answer',
  ECONNREFUSED: 'refused the connection',
  ESERVFAIL: 'it failed',
  EREFUSED: 'it refused to answer',
  EBADRESP: 'a malformed answer',
  EFORMERR: 'it did not understand the query',
  ENOTIMP: 'it did not understand the query',
};

/** A and AAAA in one go, within `timeout` milliseconds. Never rejects. */
export async function queryServer(
  name: Question['name'],
  server: string,
  binding: Binding,
  timeout: number,
  signal: AbortSignal,
): Promise<Outcome> {
  const resolver = new Resolver({ timeout, maxTimeout: timeout, tries: 1 });
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    resolver.setServers([server]);
    const local = isIPv6(server) ? binding.address6 : binding.address4;
    // An unbound socket would enter the tunnel; only this machine's own servers need none.
    if (local !== '') resolver.setLocalAddress(...localAddresses(local));
    else if (binding.device !== '') return { kind: 'failure', reason: 'no route' };
    return await ask(name, resolver);
  } catch (error) {
    return { kind: 'failure', reason: reasonOf(error) };
  } finally {
    signal.removeEventListener('abort', cancel);
    // Whatever is still under way has been waited for long enough.
    resolver.cancel();
  }
}

async function ask(name: string, resolver: Resolver): Promise<Outcome> {
  const queries = [
    resolver.resolve4(name, { ttl: true }),
    resolver.resolve6(name, { ttl: true }),
  ].map(settle);
  const all = Promise.all(queries);
  const first = await Promise.any(queries.map(onlyRecords)).catch(() => null);
  const results = first === null ? await all : await withGrace(all, first);
  const records = results.flatMap((result) => (Array.isArray(result) ? result : []));
  if (records.length > 0) {
    const used = records.slice(0, MAX_ADDRESSES);
    const ttl = Math.min(...used.map((record) => record.ttl));
    return { kind: 'answer', answer: { addresses: used.map((record) => record.address), ttl } };
  }
  const failure = results.find((result) => !isNothing(result));
  if (failure === undefined) return { kind: 'nothing' };
  return { kind: 'failure', reason: reasonOf(failure) };
}

/** Records, or the error. */
type Settled = RecordWithTtl[] | NodeJS.ErrnoException;

async function settle(query: Promise<RecordWithTtl[]>): Promise<Settled> {
  try {
    return await query;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

async function onlyRecords(query: Promise<Settled>): Promise<RecordWithTtl[]> {
  const result = await query;
  if (Array.isArray(result)) return result;
  throw result;
}

/** Both answers if the second comes soon, else the first alone. */
async function withGrace(all: Promise<Settled[]>, first: RecordWithTtl[]): Promise<Settled[]> {
  const { promise: late, resolve } = Promise.withResolvers<Settled[]>();
  const timer = setTimeout(() => resolve([first]), GRACE_MS);
  try {
    return await Promise.race([all, late]);
  } finally {
    clearTimeout(timer);
  }
}

function isNothing(result: Settled): boolean {
  if (Array.isArray(result)) return result.length === 0;
  return result.code === 'ENOTFOUND' || result.code === 'ENODATA';
}

function localAddresses(address: string): [ipv4: string, ipv6: string] {
  return isIPv6(address) ? ['0.0.0.0', address] : [address, '::'];
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  return REASONS[code] ?? (code || String(error));
}
