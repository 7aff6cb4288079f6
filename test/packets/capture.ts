/** Reads capture files as Sluice writes them (draft-ietf-opsawg-pcap): nanoseconds, host byte order, raw IP. */
import assert from 'node:assert/strict';

const MAGIC = 0xa1b23c4d;
const LINKTYPE_RAW = 101;

export interface CapturedPacket {
  readonly bytes: Buffer;
  /** Bytes that it had, where not all were kept. */
  readonly original: number;
}

export function readCapture(file: Buffer): CapturedPacket[] {
  assert.equal(file.readUInt32LE(0), MAGIC);
  assert.deepEqual([file.readUInt16LE(4), file.readUInt16LE(6)], [2, 4]);
  assert.equal(file.readUInt32LE(20), LINKTYPE_RAW);
  const packets: CapturedPacket[] = [];
  for (let at = 24; at < file.length;) {
    assert(file.readUInt32LE(at + 4) < 1e9);
    const size = file.readUInt32LE(at + 8);
    const bytes = file.subarray(at + 16, at + 16 + size);
    assert.equal(bytes.length, size);
    packets.push({ bytes, original: file.readUInt32LE(at + 12) });
    at += 16 + size;
  }
  return packets;
}
