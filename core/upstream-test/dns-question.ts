/** One DNS query for the addresses of a name, to be sent through a proxy: by datagram or by stream. */
import { randomInt } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { queryAbout } from '../dns/dns-service.ts';
import { TYPE } from '../dns/wire/constants.ts';
import { encodeName } from '../dns/wire/name.ts';
import { readReply } from '../dns/wire/reply.ts';

export interface DnsReply {
  readonly addresses: readonly string[];
  /** Not 0: the server could not or would not answer. */
  readonly rcode: number;
}

export class DnsQuestion {
  readonly message: Buffer;

  /** `name` was checked: a domain name in lower-case ASCII. */
  constructor(name: string) {
    const wire = encodeName(name);
    if (wire === null) throw new TypeError(`${name} is no domain name.`);
    this.message = queryAbout(wire, TYPE.A);
    this.message.writeUInt16BE(randomInt(0x10000), 0);
  }

  /** Null where these bytes are no answer to it. */
  read(bytes: Buffer): DnsReply | null {
    if (bytes.length < 2 || bytes.readUInt16BE(0) !== this.message.readUInt16BE(0)) return null;
    try {
      const { addresses, rcode } = readReply(bytes, this.message, this.message.length);
      return { addresses, rcode };
    } catch {
      return null;
    }
  }

  /** Over a stream (RFC 7766 section 8): a length before each message. Rejects where none comes. */
  async ask(stream: Duplex, signal: AbortSignal): Promise<DnsReply> {
    const { promise, resolve, reject } = Promise.withResolvers<DnsReply>();
    let bytes = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length < 2) return;
      const size = bytes.readUInt16BE(0);
      if (bytes.length < 2 + size) return;
      const reply = this.read(bytes.subarray(2, 2 + size));
      if (reply === null) reject(new Error('what came back is no answer to the query'));
      else resolve(reply);
    };
    const onEnd = (): void => reject(new Error('the connection ended before an answer came'));
    const onAbort = (): void => reject(signal.reason as Error);
    stream.on('data', onData).on('error', reject).on('end', onEnd).on('close', onEnd);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.message.length);
    stream.write(Buffer.concat([length, this.message]));
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      stream.off('data', onData);
    }
  }
}
