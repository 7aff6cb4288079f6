/**
 * The lists of v2ray's `geosite.dat` and `geoip.dat` that somebody needs. Runs in the worker. The
 * files are Protocol Buffers, and hostile:
 *
 *   list:  1 entry*          entry: 1 code, 2 item*
 *   domain item: 1 type (0 keyword, 1 regex, 2 domain and below, 3 exact), 2 value, 3 attribute*
 *   attribute:   1 key
 *   CIDR item:   1 address (4 or 16 bytes), 2 prefix length
 */
import { formatIp } from '../../rules/ip.ts';
import type { EntryList } from '../providers/entries.ts';
import { EntryWriter, ProblemList } from '../providers/entries.ts';
import { ListError } from '../providers/list-error.ts';

export interface GeoSiteList {
  /** Patterns: `+.x` and `x`. */
  readonly domains: EntryList;
  /** Lines of rules without target: DOMAIN-KEYWORD and DOMAIN-REGEX. */
  readonly others: EntryList;
}

export interface GeoSiteLists {
  /** By the name that was asked for; those that are not in the file are missing. */
  readonly lists: ReadonlyMap<string, GeoSiteList>;
  /** How many lists the file has. */
  readonly total: number;
}

export interface GeoIpLists {
  /** Prefixes, by the code that was asked for. */
  readonly lists: ReadonlyMap<string, EntryList>;
  readonly total: number;
}

/** Throws `ListError`. */
export function readGeoSites(file: Buffer, names: readonly string[]): GeoSiteLists {
  const wanted = Map.groupBy(names, (name) => name.split('@')[0] ?? '');
  const lists = new Map<string, GeoSiteList>();
  const total = eachList(file, (code, items) => {
    for (const name of wanted.get(code) ?? []) {
      const attributes = name
        .split('@')
        .slice(1)
        .filter((text) => text !== '');
      lists.set(name, readDomains(items(), attributes));
    }
  });
  return { lists, total };
}

/** Throws `ListError`. */
export function readGeoIps(file: Buffer, codes: readonly string[]): GeoIpLists {
  const lists = new Map<string, EntryList>();
  const total = eachList(file, (code, items) => {
    if (codes.includes(code)) lists.set(code, readPrefixes(items()));
  });
  return { lists, total };
}

/** The number of lists. `items` gives those of the list whose turn it is. */
function eachList(
  file: Buffer,
  each: (code: string, items: () => Generator<Buffer>) => void,
): number {
  let total = 0;
  for (const { field, bytes } of fieldsOf(file)) {
    if (field !== 1 || bytes === null) continue;
    total++;
    let code = '';
    for (const part of fieldsOf(bytes)) {
      // The code stands before the items.
      if (part.field !== 1 || part.bytes === null) break;
      code = part.bytes.toString('latin1').toLowerCase();
    }
    each(code, function* () {
      for (const part of fieldsOf(bytes)) {
        if (part.field === 2 && part.bytes !== null) yield part.bytes;
      }
    });
  }
  if (total === 0) throw broken('there is no list in it');
  return total;
}

function readDomains(items: Generator<Buffer>, attributes: readonly string[]): GeoSiteList {
  const domains = new EntryWriter();
  const others = new EntryWriter();
  const problems = new ProblemList();
  for (const item of items) {
    let type = 0;
    let value = '';
    const keys: string[] = [];
    for (const { field, number, bytes } of fieldsOf(item)) {
      if (field === 1) type = number;
      else if (field === 2) value = bytes?.toString('utf8') ?? '';
      else if (field === 3 && bytes !== null) keys.push(attributeKey(bytes));
    }
    if (!attributes.every((wanted) => keys.includes(wanted))) continue;
    const prefix = DOMAIN_TYPES[type];
    if (prefix === undefined || value === '' || value.includes('\n')) {
      problems.add(0, 'an item of the list is of an unknown kind');
    } else (type < 2 ? others : domains).add(`${prefix}${value}`, 0);
  }
  return {
    domains: domains.finish(problems.broken, problems.problems),
    others: others.finish(0, []),
  };
}

const DOMAIN_TYPES = ['DOMAIN-KEYWORD,', 'DOMAIN-REGEX,', '+.', ''];

function attributeKey(bytes: Buffer): string {
  for (const part of fieldsOf(bytes)) {
    if (part.field === 1) return (part.bytes?.toString('latin1') ?? '').toLowerCase();
  }
  return '';
}

function readPrefixes(items: Generator<Buffer>): EntryList {
  const writer = new EntryWriter();
  const problems = new ProblemList();
  for (const item of items) {
    let address: Buffer | null = null;
    let length = 0;
    for (const { field, number, bytes } of fieldsOf(item)) {
      if (field === 1) address = bytes;
      else if (field === 2) length = number;
    }
    const text = address === null ? null : addressText(address);
    if (text === null) problems.add(0, 'an item of the list is no address');
    else writer.add(`${text}/${length}`, 0);
  }
  return writer.finish(problems.broken, problems.problems);
}

function addressText(bytes: Buffer): string | null {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return null;
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = [0, 4, 8, 12].map((at) => bytes.readInt32BE(at));
  return formatIp({ family: 6, w0, w1, w2, w3 });
}

interface Field {
  readonly field: number;
  /** Of a varint; 0 otherwise. */
  readonly number: number;
  /** Of what has a length; null otherwise. */
  readonly bytes: Buffer | null;
}

/** The fields of a message. Throws `ListError` where one does not fit. */
function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw broken('a number in it has no end');
  };
  const skip = (length: number): number => {
    if (length > message.length - at) throw broken('it ends too early');
    at += length;
    return at - length;
  };
  while (at < message.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { field, number: varint(), bytes: null };
        break;
      case 1:
        skip(8);
        break;
      case 2: {
        const length = varint();
        const start = skip(length);
        yield { field, number: 0, bytes: message.subarray(start, start + length) };
        break;
      }
      case 5:
        skip(4);
        break;
      default:
        throw broken('a field in it is of no known kind');
    }
  }
}

function broken(why: string): ListError {
  return new ListError('ERR_LIST_FORMAT', `this is no file of v2ray's lists: ${why}`);
}
