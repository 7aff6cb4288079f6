/** What DNS remembers, for who looks at it: a few entries of many, found without keeping queries waiting. */
import { setImmediate } from 'node:timers/promises';
import type {
  DnsCacheEntry,
  DnsCacheList,
  DnsForgetRequest,
  DnsForgotten,
  DnsTableQuery,
  FakeIpEntry,
  FakeIpList,
} from '../api/dns-tables.ts';
import { SluiceError } from '../api/errors.ts';
import type { CacheEntry } from './answer-cache.ts';
import type { DnsMemory } from './dns-service.ts';
import type { FakeIps } from './fake-ip/fake-ips.ts';
import { rcodeName, typeName, typeNumber } from './record-types.ts';
import { keysFor, readKey } from './wire/query-view.ts';
import { readableAnswers } from './wire/readable.ts';

const DEFAULT_LIMIT = 200;
/** Entries that are looked at in one go: well under a millisecond of work. */
const LOOKED_AT_ONCE = 4_000;
/** Answers that are decoded in one go, which takes much longer. */
const DECODED_AT_ONCE = 50;

export async function listCache(
  { answers }: DnsMemory,
  { search, limit = DEFAULT_LIMIT }: DnsTableQuery,
): Promise<DnsCacheList> {
  const wanted = search?.toLowerCase();
  const found = await searchIn(answers.list(), limit, ([, { name, answer }]) => {
    if (wanted === undefined || name.includes(wanted)) return true;
    return answer.addresses.some((address) => address.includes(wanted));
  });
  const entries: DnsCacheEntry[] = [];
  for (const [key, entry] of found.items) {
    if (entries.length % DECODED_AT_ONCE === DECODED_AT_ONCE - 1) await setImmediate();
    entries.push(cacheInfo(key, entry));
  }
  return { entries, matched: found.matched };
}

function cacheInfo(key: string, entry: CacheEntry): DnsCacheEntry {
  const { name, answer, server, policy, hits } = entry;
  const { type, wantsDnssec, checkingDisabled } = readKey(key);
  return {
    name: name === '' ? '.' : name,
    type: typeName(type),
    dnssec: wantsDnssec,
    unchecked: checkingDisabled,
    rcode: rcodeName(answer.rcode),
    answer: readableAnswers(answer.peek()).map((record) => `${record.type} ${record.data}`),
    server,
    policy,
    ttl: Math.ceil((answer.expiresAt - performance.now()) / 1000),
    hits,
  };
}

/** Empty where there are no fake addresses. */
export async function listFakeIps(
  { fakes }: DnsMemory,
  { search, limit = DEFAULT_LIMIT }: DnsTableQuery,
): Promise<FakeIpList> {
  if (fakes === null) return { entries: [], matched: 0 };
  const { pool } = fakes;
  const wanted = search?.toLowerCase();
  const byAddress = wanted === undefined ? null : pool.peekName(wanted);
  if (byAddress !== null) {
    const entry = fakeInfo(byAddress, fakes);
    return { entries: entry === null ? [] : [entry], matched: entry === null ? 0 : 1 };
  }
  const { names, order } = pool.snapshot();
  const found = await searchIn(order.reverse(), limit, (place) => {
    const name = names[place] ?? '';
    return name !== '' && (wanted === undefined || name.includes(wanted));
  });
  // What was forgotten meanwhile is left out.
  const entries = found.items.flatMap((place) => fakeInfo(names[place] ?? '', fakes) ?? []);
  return { entries, matched: found.matched };
}

function fakeInfo(name: string, fakes: FakeIps): FakeIpEntry | null {
  const entry = fakes.pool.look(name);
  if (entry === null) return null;
  const { v4, v6 } = fakes.addressesOf(entry.place);
  const { usedAt, flows } = entry;
  const lastUsed =
    usedAt === null ? null : new Date(performance.timeOrigin + 1000 * usedAt).toISOString();
  return { name, address4: v4, address6: v6, flows, lastUsed };
}

/** Throws `ERR_DNS_UNKNOWN` where there is nothing of the kind, and `ERR_DNS_IN_USE` for the address of live flows. */
export function forget(
  { answers, fakes }: DnsMemory,
  { what, name, type = 'A' }: DnsForgetRequest,
): DnsForgotten {
  const plain = name === '.' ? '' : name.toLowerCase();
  if (what === 'cache') {
    const count = answers.forget(keysFor(plain, typeNumber(type)));
    if (count > 0) return { count };
    throw new SluiceError('ERR_DNS_UNKNOWN', `No answer for ${name} ${type} is in the cache.`);
  }
  if (fakes?.forget(plain) === true) return { count: 1 };
  if (fakes?.pool.has(plain) === true) {
    throw new SluiceError(
      'ERR_DNS_IN_USE',
      `Connections use the address of ${name}: close them first.`,
    );
  }
  throw new SluiceError('ERR_DNS_UNKNOWN', `${name} has no fake address.`);
}

interface Found<T> {
  readonly items: readonly T[];
  readonly matched: number;
}

async function searchIn<T>(
  all: Iterable<T>,
  limit: number,
  isMatch: (item: T) => boolean,
): Promise<Found<T>> {
  const items: T[] = [];
  let matched = 0;
  let looked = 0;
  for (const item of all) {
    looked += 1;
    if (looked % LOOKED_AT_ONCE === 0) await setImmediate();
    if (!isMatch(item)) continue;
    matched += 1;
    if (items.length < limit) items.push(item);
  }
  return { items, matched };
}
