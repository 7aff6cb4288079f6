/** The data of HTTPS and SVCB records as zone files write it (RFC 9460 section 2.1). Pure. */
import { formatIp } from '../../../rules/ip.ts';
import { checkName, readName } from './name.ts';
import { WireError } from './wire-error.ts';

const KEYS = ['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint'];

/** Null where the data are malformed. Names in them are never compressed. */
export function serviceText(data: Buffer): string | null {
  try {
    const end = checkName(data, 2);
    const words = [`${data.readUInt16BE(0)}`, `${readName(data, 2)}.`];
    for (let at = end; at < data.length;) {
      const key = data.readUInt16BE(at);
      const from = at + 4;
      at = from + data.readUInt16BE(at + 2);
      if (at > data.length) return null;
      const name = KEYS[key] ?? `key${key}`;
      const value = valueText(key, data.subarray(from, at));
      words.push(value === '' ? name : `${name}=${value}`);
    }
    return words.join(' ');
  } catch (error) {
    if (error instanceof WireError || error instanceof RangeError) return null;
    throw error;
  }
}

function valueText(key: number, value: Buffer): string {
  switch (KEYS[key]) {
    case 'mandatory':
      return parts(
        value,
        2,
        (at) => KEYS[value.readUInt16BE(at)] ?? `key${value.readUInt16BE(at)}`,
      );
    case 'alpn':
      return protocols(value);
    case 'port':
      return `${value.readUInt16BE(0)}`;
    case 'ipv4hint':
      return parts(value, 4, (at) =>
        formatIp({ family: 4, w0: value.readInt32BE(at), w1: 0, w2: 0, w3: 0 }),
      );
    case 'ipv6hint':
      return parts(value, 16, (at) => {
        const word = (index: number): number => value.readInt32BE(at + 4 * index);
        return formatIp({ family: 6, w0: word(0), w1: word(1), w2: word(2), w3: word(3) });
      });
    case 'ech':
      return value.toString('base64');
    default:
      return value.toString('hex');
  }
}

/** Values of `size` bytes each. */
function parts(value: Buffer, size: number, text: (at: number) => string): string {
  return Array.from({ length: Math.floor(value.length / size) }, (_, index) =>
    text(size * index),
  ).join(',');
}

/** Names behind their lengths. */
function protocols(value: Buffer): string {
  const names: string[] = [];
  for (let at = 0; at < value.length; at += 1 + (value[at] ?? 0)) {
    names.push(value.toString('latin1', at + 1, at + 1 + (value[at] ?? 0)));
  }
  return names.join(',');
}
