/** Writes mihomo's binary rule sets, for tests: from the description of the format alone. */
import { zstdCompressSync } from 'node:zlib';

/** `patterns` as mihomo's tree has them: `x`, `*.x`, and `+.x` for what is below x. */
export function encodeDomains(patterns: readonly string[], count = patterns.length): Buffer {
  const keys = [...new Set(patterns.map((text) => text.split('').reverse().join('')))].sort();
  interface Node {
    from: number;
    to: number;
    depth: number;
  }
  const nodes: Node[] = [{ from: 0, to: keys.length, depth: 0 }];
  const leaves: boolean[] = [];
  const bitmap: boolean[] = [];
  const labels: number[] = [];
  for (let index = 0; index < nodes.length; index++) {
    const { from, to, depth } = nodes[index]!;
    let at = from;
    leaves[index] = keys[at]?.length === depth;
    if (leaves[index] === true) at++;
    while (at < to) {
      const label = keys[at]![depth];
      let end = at;
      while (end < to && keys[end]![depth] === label) end++;
      nodes.push({ from: at, to: end, depth: depth + 1 });
      labels.push(label!.charCodeAt(0));
      bitmap.push(false);
      at = end;
    }
    bitmap.push(true);
  }
  const body = [
    Buffer.from([1]),
    ...words(leaves),
    ...words(bitmap),
    int64(labels.length),
    Buffer.from(labels),
  ];
  return file(0, count, body);
}

/** Ranges as 16-byte addresses in hex, IPv4 as `::ffff:a.b.c.d`. */
export function encodeRanges(ranges: readonly (readonly [string, string])[]): Buffer {
  const body = [Buffer.from([1]), int64(ranges.length)];
  for (const range of ranges) body.push(...range.map((hex) => Buffer.from(hex, 'hex')));
  return file(1, ranges.length, body);
}

export function file(behavior: number, count: number, body: readonly Buffer[]): Buffer {
  const head = Buffer.from(['M', 'R', 'S'].map((c) => c.charCodeAt(0)).concat(1, behavior));
  return zstdCompressSync(Buffer.concat([head, int64(count), int64(0), ...body]));
}

function words(bits: readonly boolean[]): Buffer[] {
  const count = Math.ceil(bits.length / 64);
  const values = Array<bigint>(count).fill(0n);
  bits.forEach((bit, index) => {
    if (bit) values[index >> 6]! |= 1n << BigInt(index & 63);
  });
  return [int64(count), ...values.map((value) => uint64(value))];
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

export function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}
