/** DHCP messages (RFC 2131 section 2, options in RFC 2132): the question for the network's settings, and its answer. */
import { formatIp } from '../../../rules/ip.ts';

/** Before the options: the fixed fields and the magic cookie. */
const OPTIONS_AT = 240;
const COOKIE = 0x63825363;
const BOOT_REQUEST = 1;
const BOOT_REPLY = 2;
const ETHERNET = 1;
/** RFC 2131 figure 2: the answer comes to everybody, since nobody here has taken the address. */
const BROADCAST_FLAG = 0x8000;

const OPTION = { pad: 0, dns: 6, type: 53, parameters: 55, end: 255 } as const;
const DISCOVER = 1;
const OFFER = 2;
const ACK = 5;

const MAX_SERVERS = 8;

/** A DHCPDISCOVER that asks for the resolvers alone. `mac` is six bytes. */
export function buildDiscover(transaction: number, mac: Uint8Array): Buffer {
  const message = Buffer.alloc(300);
  message[0] = BOOT_REQUEST;
  message[1] = ETHERNET;
  message[2] = 6;
  message.writeUInt32BE(transaction, 4);
  message.writeUInt16BE(BROADCAST_FLAG, 10);
  message.set(mac.subarray(0, 6), 28);
  message.writeUInt32BE(COOKIE, 236);
  message.set([OPTION.type, 1, DISCOVER, OPTION.parameters, 1, OPTION.dns, OPTION.end], OPTIONS_AT);
  return message;
}

/** The resolvers in the answer to that question; null where the message is none. */
export function readOffer(message: Buffer, transaction: number, mac: Uint8Array): string[] | null {
  if (message.length < OPTIONS_AT || message[0] !== BOOT_REPLY) return null;
  if (message.readUInt32BE(4) !== transaction || message.readUInt32BE(236) !== COOKIE) return null;
  if (!message.subarray(28, 34).equals(mac.subarray(0, 6))) return null;
  let type = 0;
  const servers: string[] = [];
  for (let at = OPTIONS_AT; at < message.length;) {
    const option = message[at] ?? 0;
    if (option === OPTION.end) break;
    if (option === OPTION.pad) {
      at += 1;
      continue;
    }
    const start = at + 2;
    const size = message[at + 1] ?? 0;
    const end = start + size;
    if (end > message.length) return null;
    if (option === OPTION.type && size === 1) type = message[start] ?? 0;
    if (option === OPTION.dns) {
      for (let address = start; address + 4 <= end; address += 4) {
        const w0 = message.readInt32BE(address);
        if (w0 !== 0) servers.push(formatIp({ family: 4, w0, w1: 0, w2: 0, w3: 0 }));
      }
    }
    at = end;
  }
  return type === OFFER || type === ACK ? servers.slice(0, MAX_SERVERS) : null;
}
