/** Writes small databases in MaxMind's format, for tests: from the description of the format alone. */
import type { Ip } from '../../../../rules/ip.ts';
import { parsePrefix } from '../../../../rules/ip.ts';

export type Written = string | number | boolean | readonly Written[] | { [key: string]: Written };

interface Options {
  readonly recordSize?: 24 | 28 | 32;
  readonly ipVersion?: 4 | 6;
  readonly metadata?: { [key: string]: Written };
}

type Slot = number | { readonly data: number } | null;

/** Networks do not overlap. */
export function writeMmdb(
  networks: Readonly<Record<string, Written>>,
  { recordSize = 24, ipVersion = 6, metadata = {} }: Options = {},
): Buffer {
  const nodes: [Slot, Slot][] = [[null, null]];
  const data: Buffer[] = [];
  let dataLength = 0;
  for (const [network, value] of Object.entries(networks)) {
    const bytes = encode(value);
    data.push(bytes);
    insert(nodes, bitsOf(network, ipVersion), { data: dataLength });
    dataLength += bytes.length;
  }
  const numberOf = (slot: Slot): number =>
    slot === null ? nodes.length : typeof slot === 'number' ? slot : nodes.length + 16 + slot.data;
  const tree = nodes.map(([left, right]) => nodeBytes(numberOf(left), numberOf(right), recordSize));
  const meta = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: 'Test',
    ip_version: ipVersion,
    node_count: nodes.length,
    record_size: recordSize,
    ...metadata,
  });
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
  return Buffer.concat([...tree, Buffer.alloc(16), ...data, marker, meta]);
}

function insert(nodes: [Slot, Slot][], bits: readonly number[], leaf: Slot): void {
  let node = nodes[0]!;
  for (const bit of bits.slice(0, -1)) {
    let next = node[bit];
    if (typeof next !== 'number') {
      next = nodes.push([null, null]) - 1;
      node[bit] = next;
    }
    node = nodes[next]!;
  }
  node[bits.at(-1)!] = leaf;
}

function bitsOf(network: string, ipVersion: 4 | 6): number[] {
  const prefix = parsePrefix(network);
  if (!prefix.ok) throw new Error(network);
  const { ip, length } = prefix.value;
  const bits: number[] = [];
  for (let bit = 0; bit < length; bit++)
    bits.push((wordOf(ip, bit >> 5) >>> (31 - (bit & 31))) & 1);
  return ip.family === 4 && ipVersion === 6 ? [...Array<number>(96).fill(0), ...bits] : bits;
}

function wordOf({ w0, w1, w2, w3 }: Ip, index: number): number {
  return [w0, w1, w2, w3][index]!;
}

function nodeBytes(left: number, right: number, recordSize: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc(recordSize / 4);
  if (recordSize === 24) {
    bytes.writeUIntBE(left, 0, 3);
    bytes.writeUIntBE(right, 3, 3);
  } else if (recordSize === 28) {
    bytes.writeUIntBE(left & 0xffffff, 0, 3);
    bytes[3] = ((left >>> 24) << 4) | (right >>> 24);
    bytes.writeUIntBE(right & 0xffffff, 4, 3);
  } else {
    bytes.writeUInt32BE(left, 0);
    bytes.writeUInt32BE(right, 4);
  }
  return bytes;
}

function encode(value: Written): Buffer {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return Buffer.concat([control(2, bytes.length), bytes]);
  }
  if (typeof value === 'boolean') return control(14, value ? 1 : 0);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    const first = bytes.findIndex((byte) => byte !== 0);
    const short = first < 0 ? Buffer.alloc(0) : bytes.subarray(first);
    return Buffer.concat([control(6, short.length), short]);
  }
  if (Array.isArray(value)) {
    return Buffer.concat([
      control(11, value.length),
      ...value.map((item: Written) => encode(item)),
    ]);
  }
  const entries = Object.entries(value as { [key: string]: Written });
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([key, item]) => [encode(key), encode(item)]),
  ]);
}

function control(type: number, size: number): Buffer {
  const short = size < 29 ? size : size < 285 ? 29 : 30;
  const first = type < 8 ? [(type << 5) | short] : [short, type - 7];
  if (short < 29) return Buffer.from(first);
  return Buffer.from(
    short === 29 ? [...first, size - 29] : [...first, (size - 285) >> 8, (size - 285) & 255],
  );
}
