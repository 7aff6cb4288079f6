/**
 * Rules of Proxifier as rules of Clash. One of theirs has lists of programs, targets and ports, and
 * takes a connection that is in each of them; where there is more than one list, that is an AND of
 * ORs. Pure.
 */
import { normalizeDomain } from '../../rules/domain.ts';
import { formatIp, formatPrefix, parseIp, parsePrefix } from '../../rules/ip.ts';
import type { Ip } from '../../rules/ip.ts';
import { quote } from '../../rules/text.ts';
import { prefixesOfRange } from '../providers/ip-range.ts';

export interface Clauses {
  /** `TYPE,payload` with its flags, each. */
  readonly clauses: readonly string[];
  /** What could not be said. */
  readonly problems: readonly string[];
}

const MOST_CLAUSES = 2_000;

/** Rules that end in this target; empty where nothing is left of a list that was not empty. */
export function rulesFor(lists: readonly (readonly string[])[], target: string): string[] {
  const filled = lists.filter((list) => list.length > 0);
  const [only, second] = filled;
  if (only === undefined) return [`MATCH,${target}`];
  if (second === undefined) return only.map((clause) => withTarget(clause, target));
  const members = filled.map((list) => {
    const [first = ''] = list;
    return list.length === 1 ? `(${first})` : `(OR,(${list.map((one) => `(${one})`).join(',')}))`;
  });
  return [`AND,(${members.join(',')}),${target}`];
}

/** The target stands in front of the flags. */
function withTarget(clause: string, target: string): string {
  const flags = /,no-resolve$/.exec(clause)?.[0] ?? '';
  return `${clause.slice(0, clause.length - flags.length)},${target}${flags}`;
}

/** `chrome.exe; "C:\Program Files\a.exe"; fire*`. */
export function applications(text: string): Clauses {
  return each(text, (item) => {
    const isPath = /[\\/]/.test(item);
    const kind = isPath ? 'PROCESS-PATH' : 'PROCESS-NAME';
    if (/[,()]/.test(item)) return `the program ${quote(item)} cannot stand in a rule`;
    return [`${kind}${/[*?]/.test(item) ? '-WILDCARD' : ''},${item}`];
  });
}

/** `80; 443; 8000-9000`. */
export function ports(text: string): Clauses {
  const ranges: string[] = [];
  const problems: string[] = [];
  for (const item of itemsOf(text)) {
    const [, first = '', last = first] = /^([0-9]{1,5})(?:\s*-\s*([0-9]{1,5}))?$/.exec(item) ?? [];
    const isRange = first !== '' && Number(first) <= 65_535 && Number(last) <= 65_535;
    if (!isRange) problems.push(`the port ${quote(item)} is none`);
    else ranges.push(first === last ? first : `${first}-${last}`);
  }
  return { clauses: ranges.length === 0 ? [] : [`DST-PORT,${ranges.join('/')}`], problems };
}

/** `*.example.com; 10.0.0.0/8; 192.168.1.1-192.168.1.9; 172.16.*.*`. */
export function targets(text: string): Clauses {
  return each(text, (item) => {
    if (/^%.*%$/.test(item)) return `${quote(item)} is another machine's own name`;
    const range = /^([0-9a-f:.]+)\s*-\s*([0-9a-f:.]+)$/i.exec(item);
    const [from, to] = [parseIp(range?.[1] ?? ''), parseIp(range?.[2] ?? '')];
    if (from !== null && to !== null) return prefixesOf(from, to) ?? `${quote(item)} is no range`;
    const ip = parseIp(item.replace(/^\[(.*)\]$/, '$1'));
    if (ip !== null) return [ofPrefix(`${formatIp(ip)}/${ip.family === 4 ? 32 : 128}`)];
    if (item.includes('/')) {
      return parsePrefix(item).ok ? [ofPrefix(item)] : `${quote(item)} is no network`;
    }
    const octets = /^((?:[0-9]{1,3}\.){1,3})\*(?:\.\*)*$/.exec(item)?.[1];
    if (octets !== undefined) {
      const known = octets.split('.').slice(0, -1);
      const padded = [...known, '0', '0', '0'].slice(0, 4).join('.');
      return parseIp(padded) === null
        ? `${quote(item)} is no network`
        : [ofPrefix(`${padded}/${known.length * 8}`)];
    }
    return ofName(item);
  });
}

function ofName(item: string): string[] | string {
  const suffix = /^\*\.([^*?]+)$/.exec(item)?.[1];
  if (suffix !== undefined) {
    const name = normalizeDomain(suffix);
    // Their asterisk takes what is below the name, not the name itself.
    return name === null ? `${quote(item)} is no name` : [`DOMAIN-WILDCARD,*.${name}`];
  }
  if (/[*?]/.test(item)) {
    const isPattern = /^[a-z0-9*?._-]{1,253}$/i.test(item);
    return isPattern ? [`DOMAIN-WILDCARD,${item.toLowerCase()}`] : `${quote(item)} is no name`;
  }
  const name = normalizeDomain(item);
  return name === null ? `${quote(item)} is no name` : [`DOMAIN,${name}`];
}

function ofPrefix(prefix: string): string {
  return `${prefix.includes(':') ? 'IP-CIDR6' : 'IP-CIDR'},${prefix},no-resolve`;
}

/** The fewest networks that are exactly this range; null where it is none. */
function prefixesOf(from: Ip, to: Ip): string[] | null {
  if (from.family !== to.family) return null;
  const clauses = Array.from(prefixesOfRange(from, to), (prefix) => ofPrefix(formatPrefix(prefix)));
  return clauses.length === 0 ? null : clauses;
}

/** What comes back as text is a problem. */
function each(text: string, convert: (item: string) => string[] | string): Clauses {
  const clauses: string[] = [];
  const problems: string[] = [];
  for (const item of itemsOf(text)) {
    const converted = convert(item);
    if (typeof converted === 'string') problems.push(converted);
    else clauses.push(...converted);
  }
  if (clauses.length > MOST_CLAUSES) problems.push(`there are more than ${MOST_CLAUSES} of them`);
  return { clauses: clauses.slice(0, MOST_CLAUSES), problems };
}

/** Parted by semicolons, spaces or lines; what has spaces in it is in quotes. */
function itemsOf(text: string): string[] {
  return text
    .split(/[;\r\n]+/)
    .map((item) =>
      item
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .trim(),
    )
    .filter((item) => item !== '');
}
