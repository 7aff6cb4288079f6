/**
 * Fake addresses as the resolver uses them: which names get one, which one, and whose an address is.
 * Owns the pool and its file.
 */
import type { DnsConfig } from '../../config/dns-config.ts';
import { formatIp } from '../../../rules/ip.ts';
import type { Logger } from '../../log/logger.ts';
import type { NameSets } from '../exchange.ts';
import { TYPE } from '../wire/constants.ts';
import { FakeFilter, isFakeable } from './fake-filter.ts';
import { FakePoolFile } from './fake-pool-file.ts';
import { FakePool } from './fake-pool.ts';
import { fakeRange } from './fake-range.ts';
import type { FakeRange } from './fake-range.ts';

export interface FakeIpSettings {
  readonly dns: Pick<
    DnsConfig,
    'fakeIpRange' | 'fakeIpRange6' | 'fakeIpFilter' | 'fakeByDefault' | 'ipv6'
  >;
  readonly sets: NameSets;
  /** Prefixes whose addresses are the tunnel's own; an empty text is none. */
  readonly tunnel: readonly string[];
  /** Where the pool is kept across restarts; null: nowhere. */
  readonly file: string | null;
  readonly log: Logger;
}

/** As many as a range of /15 holds; 100,000 names take less than 30 MB. */
const MAX_NAMES = 131_072;

export class FakeIps {
  readonly pool: FakePool;
  readonly #layout: string;
  #filter: FakeFilter;
  #file: FakePoolFile | null = null;

  private constructor(settings: FakeIpSettings) {
    const { dns, tunnel } = settings;
    this.#layout = layoutOf(settings);
    this.pool = new FakePool({
      range4: fakeRange(dns.fakeIpRange, tunnel),
      range6: fakeRange(dns.fakeIpRange6, tunnel),
      maxNames: MAX_NAMES,
    });
    this.#filter = filterOf(settings);
  }

  /** Reads the pool's file. Never rejects. */
  static async open(settings: FakeIpSettings): Promise<FakeIps> {
    const fakes = new FakeIps(settings);
    const { file: path, log } = settings;
    if (path !== null) {
      const { pool } = fakes;
      fakes.#file = await FakePoolFile.open({ path, pool, layout: fakes.#layout, log });
    }
    return fakes;
  }

  /** Takes over new settings where they leave the addresses as they are; false where they do not. */
  adopt(settings: FakeIpSettings): boolean {
    if (layoutOf(settings) !== this.#layout || (settings.file === null) !== (this.#file === null)) {
      return false;
    }
    this.#filter = filterOf(settings);
    return true;
  }

  /** Whether a name is to have a fake address. `name` as in `Question`. */
  wants(name: string): boolean {
    // Whatever is in the pool could have one.
    return this.#filter.wants(name) && (this.pool.has(name) || isFakeable(name));
  }

  /** The address of a name for A or AAAA, as its bytes; null where none is free. */
  addressFor(name: string, type: number): Uint8Array | null {
    const place = this.pool.take(name);
    if (place < 0) return null;
    this.#file?.changed();
    const [range, size] = type === TYPE.A ? [this.pool.range4, 4] : [this.pool.range6, 16];
    if (range === null) return null;
    const bytes = new Uint8Array(size);
    range.write(place, bytes);
    return bytes;
  }

  /** The addresses of a place, as text; null where the family has none. */
  addressesOf(place: number): { readonly v4: string | null; readonly v6: string | null } {
    const { range4, range6 } = this.pool;
    return { v4: addressOf(range4, place, 4), v6: addressOf(range6, place, 16) };
  }

  /** False where flows use the address of the name, or it has none. */
  forget(name: string): boolean {
    const isDone = this.pool.forget(name);
    if (isDone) this.#file?.changed();
    return isDone;
  }

  clear(): void {
    this.pool.clear();
    this.#file?.changed();
  }

  /** Stores what is not stored yet. Never rejects. */
  async close(): Promise<void> {
    await this.#file?.close();
  }
}

function addressOf(range: FakeRange | null, place: number, size: number): string | null {
  if (range === null) return null;
  const bytes = new Uint8Array(size);
  range.write(place, bytes);
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = wordsOf(bytes);
  return formatIp({ family: size === 4 ? 4 : 6, w0, w1, w2, w3 });
}

function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getInt32(4 * index));
}

/** What decides which address a place has. */
function layoutOf({ dns, tunnel }: FakeIpSettings): string {
  return [dns.fakeIpRange, dns.fakeIpRange6, ...tunnel].filter((text) => text !== '').join(' ');
}

function filterOf({ dns, sets, log }: FakeIpSettings): FakeFilter {
  return new FakeFilter(dns, sets, (set) => {
    log.warning('FAKE_IP_FILTER', `dns.fake-ip-filter names ${set}, which does not exist.`);
  });
}
