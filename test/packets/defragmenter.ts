/** Puts IP fragments together as a host would, which trusts its own tunnel (RFC 791 3.2, RFC 8200 4.5). */
import assert from 'node:assert/strict';
import { checksum } from './checksum.ts';
import { editIp } from './ip.ts';

export function isFragment(packet: Buffer): boolean {
  return packet[0]! >> 4 === 4 ? (packet.readUInt16BE(6) & 0x3fff) !== 0 : packet[6] === 44;
}

interface Piece {
  readonly at: number;
  readonly more: boolean;
  readonly body: Buffer;
}

export class Defragmenter {
  readonly #pieces = new Map<string, Piece[]>();

  /** The whole packet where this was its last piece, else null. */
  take(packet: Buffer): Buffer | null {
    const v4 = packet[0]! >> 4 === 4;
    if (v4) assert.equal(checksum(packet.subarray(0, 20)), 0, 'header checksum of a fragment');
    const [key, piece] = v4 ? piece4(packet) : piece6(packet);
    const pieces = [...(this.#pieces.get(key) ?? []), piece].sort((a, b) => a.at - b.at);
    this.#pieces.set(key, pieces);
    let end = 0;
    for (const { at, body } of pieces) {
      if (at !== end) return null;
      end += body.length;
    }
    if (pieces.at(-1)!.more) return null;
    this.#pieces.delete(key);
    const body = Buffer.concat(pieces.map((one) => one.body));
    const header = packet.subarray(0, v4 ? 20 : 40);
    return editIp(Buffer.concat([header, body]), (whole) => {
      whole.writeUInt16BE(v4 ? whole.length : body.length, v4 ? 2 : 4);
      if (v4) whole.writeUInt16BE(0, 6);
      else whole[6] = packet[40]!;
    });
  }
}

function piece4(packet: Buffer): [key: string, piece: Piece] {
  const field = packet.readUInt16BE(6);
  const key = packet.toString('hex', 12, 20) + packet.toString('hex', 4, 6);
  const at = (field & 0x1fff) * 8;
  return [key, { at, more: (field & 0x2000) !== 0, body: packet.subarray(20) }];
}

function piece6(packet: Buffer): [key: string, piece: Piece] {
  const field = packet.readUInt16BE(42);
  const key = packet.toString('hex', 8, 40) + packet.toString('hex', 44, 48);
  return [key, { at: field & 0xfff8, more: (field & 1) !== 0, body: packet.subarray(48) }];
}
