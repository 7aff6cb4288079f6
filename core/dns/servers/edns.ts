/** What we add to a query's OPT record (RFC 6891), which is its last 11 bytes and has no options yet. */
import { parsePrefix } from '../../../rules/ip.ts';
import { OPT_SIZE } from '../wire/constants.ts';

const CLIENT_SUBNET = 8;

/** The message with a client subnet (RFC 7871 section 6). `prefix` is canonical. */
export function withClientSubnet(message: Buffer, prefix: string): Buffer {
  const parsed = parsePrefix(prefix);
  if (!parsed.ok) return message;
  const { ip, length } = parsed.value;
  const words = Buffer.alloc(16);
  [ip.w0, ip.w1, ip.w2, ip.w3].forEach((word, index) => words.writeInt32BE(word, index * 4));
  // As many bytes as the prefix needs, and no more.
  const address = words.subarray(0, Math.ceil(length / 8));
  const size = 4 + address.length;
  const option = Buffer.alloc(4 + size);
  option.writeUInt16BE(CLIENT_SUBNET, 0);
  option.writeUInt16BE(size, 2);
  option.writeUInt16BE(ip.family === 4 ? 1 : 2, 4);
  option[6] = length;
  address.copy(option, 8);
  const result = Buffer.concat([message, option]);
  result.writeUInt16BE(option.length, message.length - 2);
  return result;
}

/** The message without its OPT record, for servers that do not know it (RFC 6891 section 7). */
export function withoutEdns(message: Buffer): Buffer {
  const result = Buffer.from(message.subarray(0, message.length - OPT_SIZE));
  result.writeUInt16BE(0, 10);
  return result;
}
