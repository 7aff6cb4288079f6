/** What rules ask of MaxMind databases: the country of an address, and its autonomous system. */
import type { Ip } from '../../rules/ip.ts';
import { Mmdb } from './mmdb.ts';
import type { MmdbValue } from './mmdb.ts';

/** Answers that are kept: many addresses share a record. */
const MOST_CACHED = 8192;

class RecordCache<T> {
  readonly database: Mmdb;
  readonly #read: (record: MmdbValue | null) => T;
  readonly #none: T;
  readonly #cached = new Map<number, T>();

  /** Throws `SluiceError`. */
  constructor(bytes: Buffer, none: T, read: (record: MmdbValue | null) => T) {
    this.database = new Mmdb(bytes);
    this.#read = read;
    this.#none = none;
  }

  of(ip: Ip): T {
    const offset = this.database.find(ip);
    if (offset < 0) return this.#none;
    const cached = this.#cached.get(offset);
    if (cached !== undefined) return cached;
    const value = this.#read(this.database.record(offset));
    if (this.#cached.size >= MOST_CACHED) this.#cached.clear();
    this.#cached.set(offset, value);
    return value;
  }
}

const NO_CODES: readonly string[] = [];

/** MaxMind's and DB-IP's countries, MetaCubeX's databases of one or several codes, sing-box's, IPinfo's. */
export class CountryDatabase {
  readonly #records: RecordCache<readonly string[]>;

  /** Throws `SluiceError` where the file is not one. */
  constructor(bytes: Buffer) {
    this.#records = new RecordCache(bytes, NO_CODES, countryCodes);
  }

  /** Networks in it, about. */
  get count(): number {
    return this.#records.database.nodeCount;
  }

  /** In lower case; empty where nothing is known. */
  codes(ip: Ip): readonly string[] {
    return this.#records.of(ip);
  }
}

/** MaxMind's and DB-IP's autonomous systems, and IPinfo's. */
export class AsnDatabase {
  readonly #records: RecordCache<number>;

  /** Throws `SluiceError` where the file is not one. */
  constructor(bytes: Buffer) {
    this.#records = new RecordCache(bytes, 0, systemNumber);
  }

  /** Networks in it, about. */
  get count(): number {
    return this.#records.database.nodeCount;
  }

  /** 0 where nothing is known. */
  number(ip: Ip): number {
    return this.#records.of(ip);
  }
}

function countryCodes(record: MmdbValue | null): readonly string[] {
  if (typeof record === 'string') return [record.toLowerCase()];
  if (Array.isArray(record)) {
    return (record as readonly MmdbValue[])
      .filter((code) => typeof code === 'string')
      .map((code) => code.toLowerCase());
  }
  const country = field(record, 'country');
  const code = typeof country === 'string' ? country : field(country, 'iso_code');
  return typeof code === 'string' && code !== '' ? [code.toLowerCase()] : NO_CODES;
}

function systemNumber(record: MmdbValue | null): number {
  const number = field(record, 'autonomous_system_number') ?? field(record, 'asn');
  if (typeof number === 'number') return number;
  const digits = typeof number === 'string' ? /^(?:AS)?([0-9]{1,10})$/i.exec(number)?.[1] : null;
  return Number(digits ?? 0);
}

function field(value: MmdbValue | null | undefined, key: string): MmdbValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as { [key: string]: MmdbValue })[key] : undefined;
}
