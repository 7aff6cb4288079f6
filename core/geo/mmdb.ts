/**
 * Databases in MaxMind's format, version 2: a binary tree over the bits of an address, whose
 * leaves point at records. The file is hostile: every index is checked, nesting and the work of a
 * lookup are bounded, and a lookup in a damaged part finds nothing.
 *
 *   tree: node_count nodes of two records of record_size bits | 16 zero bytes | data | metadata
 *
 * A record of the tree is the number of a node, or node_count for nothing, or node_count + 16 +
 * the offset of a record in the data.
 */
import { SluiceError } from '../api/errors.ts';
import type { Ip } from '../../rules/ip.ts';

export type MmdbValue =
  | string
  | number
  | bigint
  | boolean
  | Buffer
  | readonly MmdbValue[]
  | { readonly [key: string]: MmdbValue };

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** The metadata is within the last so many bytes. */
const METADATA_BYTES = 128 * 1024;
const SEPARATOR_BYTES = 16;
const DEEPEST = 16;
/** Values that one record may be made of. */
const MOST_VALUES = 2_000;

export class Mmdb {
  /** Of the tree: about as many networks. */
  readonly nodeCount: number;
  readonly #bytes: Buffer;
  readonly #recordSize: number;
  readonly #data: DataSection;
  /** Where IPv4 addresses begin: the root, or 96 zero bits below it; -1: nowhere. */
  readonly #root4: number;
  /** -1: the database has no IPv6. */
  readonly #root6: number;

  /** Throws `SluiceError` where this is no such database. */
  constructor(bytes: Buffer) {
    const tail = bytes.subarray(Math.max(0, bytes.length - METADATA_BYTES));
    const marker = tail.lastIndexOf(MARKER);
    if (marker < 0) throw broken('it has no metadata');
    const metadata = asMap(new DataSection(tail.subarray(marker + MARKER.length)).valueAt(0));
    const { node_count: nodes, record_size: size, ip_version: version } = metadata;
    if (metadata['binary_format_major_version'] !== 2) throw broken('its version is not 2');
    if (size !== 24 && size !== 28 && size !== 32) throw broken('its record size is not known');
    if (typeof nodes !== 'number' || (version !== 4 && version !== 6)) {
      throw broken('its metadata are incomplete');
    }
    const dataStart = (nodes * size) / 4 + SEPARATOR_BYTES;
    const dataEnd = bytes.length - tail.length + marker;
    if (dataStart > dataEnd) throw broken('it ends too early');
    this.#bytes = bytes;
    this.nodeCount = nodes;
    this.#recordSize = size;
    this.#data = new DataSection(bytes.subarray(dataStart, dataEnd));
    this.#root6 = version === 6 ? 0 : -1;
    this.#root4 = 0;
    if (version === 6) {
      for (let bit = 0; bit < 96 && this.#root4 < nodes; bit++) {
        this.#root4 = this.#record(this.#root4, 0);
      }
    }
  }

  /** A number for the record of an address: the same number is the same record. -1: there is none. */
  find(ip: Ip): number {
    let node = ip.family === 4 ? this.#root4 : this.#root6;
    if (node < 0) return -1;
    const bits = ip.family === 4 ? 32 : 128;
    for (let bit = 0; bit < bits && node < this.nodeCount; bit++) {
      const word = bit < 32 ? ip.w0 : bit < 64 ? ip.w1 : bit < 96 ? ip.w2 : ip.w3;
      node = this.#record(node, (word >>> (31 - (bit & 31))) & 1);
    }
    const offset = node - this.nodeCount - SEPARATOR_BYTES;
    return offset >= 0 && offset < this.#data.length ? offset : -1;
  }

  /** What `find` found; null where that part of the file is damaged. */
  record(offset: number): MmdbValue | null {
    try {
      return this.#data.valueAt(offset);
    } catch {
      return null;
    }
  }

  #record(node: number, side: number): number {
    const bytes = this.#bytes;
    switch (this.#recordSize) {
      case 24:
        return bytes.readUIntBE(node * 6 + side * 3, 3);
      case 28: {
        const at = node * 7;
        const middle = bytes[at + 3] ?? 0;
        return side === 0
          ? ((middle & 0xf0) << 20) | bytes.readUIntBE(at, 3)
          : ((middle & 0x0f) << 24) | bytes.readUIntBE(at + 4, 3);
      }
      default:
        return bytes.readUInt32BE(node * 8 + side * 4);
    }
  }
}

const POINTER = 1;
const STRING = 2;
const DOUBLE = 3;
const BYTES = 4;
const UINT16 = 5;
const UINT32 = 6;
const MAP = 7;
const INT32 = 8;
const UINT64 = 9;
const UINT128 = 10;
const ARRAY = 11;
const BOOLEAN = 14;
const FLOAT = 15;

/** Values, one behind the other; a pointer in one is an offset of another. */
class DataSection {
  readonly #bytes: Buffer;
  #at = 0;
  #values = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** Throws where the data are damaged. */
  valueAt(offset: number): MmdbValue {
    this.#at = offset;
    this.#values = 0;
    return this.#value(0);
  }

  #value(depth: number): MmdbValue {
    if (depth > DEEPEST || ++this.#values > MOST_VALUES) throw broken('a record is too large');
    const control = this.#uint(1);
    let type = control >>> 5;
    if (type === POINTER) return this.#pointer(control, depth);
    if (type === 0) type = 7 + this.#uint(1);
    const size = this.#size(control & 31);
    switch (type) {
      case STRING:
        return this.#take(size).toString('utf8');
      case BYTES:
        return Buffer.from(this.#take(size));
      case DOUBLE:
        return this.#exactly(size, 8).readDoubleBE();
      case FLOAT:
        return this.#exactly(size, 4).readFloatBE();
      case UINT16:
      case UINT32:
        if (size > 4) throw broken('a number is too long');
        return this.#uint(size);
      case INT32:
        if (size > 4) throw broken('a number is too long');
        return this.#uint(size) | 0;
      case UINT64:
      case UINT128:
        return this.#long(size);
      case BOOLEAN:
        return size === 1;
      case MAP:
        return this.#map(size, depth);
      case ARRAY: {
        const items: MmdbValue[] = [];
        for (let n = 0; n < size; n++) items.push(this.#value(depth + 1));
        return items;
      }
      default:
        throw broken('a value is of no known type');
    }
  }

  #map(size: number, depth: number): MmdbValue {
    const entries: [string, MmdbValue][] = [];
    for (let n = 0; n < size; n++) {
      const key = this.#value(depth + 1);
      if (typeof key !== 'string') throw broken('a key is no text');
      entries.push([key, this.#value(depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  #pointer(control: number, depth: number): MmdbValue {
    const high = control & 7;
    const length = ((control >>> 3) & 3) + 1;
    const base = [0, 2048, 526_336, 0][length - 1] ?? 0;
    const target = base + (length === 4 ? 0 : high * 2 ** (8 * length)) + this.#uint(length);
    const after = this.#at;
    this.#at = target;
    const value = this.#value(depth + 1);
    this.#at = after;
    return value;
  }

  #size(short: number): number {
    if (short < 29) return short;
    if (short === 29) return 29 + this.#uint(1);
    return short === 30 ? 285 + this.#uint(2) : 65_821 + this.#uint(3);
  }

  #long(size: number): number | bigint {
    if (size > 16) throw broken('a number is too long');
    const hex = this.#take(size).toString('hex');
    const value = hex === '' ? 0n : BigInt(`0x${hex}`);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  #uint(size: number): number {
    return size === 0 ? 0 : this.#take(size).readUIntBE(0, size);
  }

  #exactly(size: number, wanted: number): Buffer {
    if (size !== wanted) throw broken('a number is of the wrong length');
    return this.#take(size);
  }

  #take(size: number): Buffer {
    if (size > this.#bytes.length - this.#at) throw broken('it ends too early');
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }
}

function asMap(value: MmdbValue): { readonly [key: string]: MmdbValue } {
  const isMap = typeof value === 'object' && !Array.isArray(value) && !Buffer.isBuffer(value);
  return isMap ? (value as { readonly [key: string]: MmdbValue }) : {};
}

function broken(why: string): SluiceError {
  return new SluiceError('ERR_GEO_FORMAT', `this is no database in MaxMind's format: ${why}`);
}
