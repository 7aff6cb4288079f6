/**
 * The reference for the compiled rules: walks the list as mihomo does and compares text and big
 * integers, sharing no code with what it checks but the reading of parentheses. It is told the
 * truth about a flow and notes what of it had to be found out.
 */
import { domainToASCII } from 'node:url';
import type { Clause, Rule } from '../../../rules/rule.ts';

export interface World {
  readonly network: 'tcp' | 'udp';
  readonly srcIp: string;
  readonly srcPort: number;
  readonly dstPort: number;
  /** The truth; null where there is none. */
  readonly domain: string | null;
  readonly dstIp: string | null;
  /** Whether the flow came with its address, or with its name alone. */
  readonly ipKnown: boolean;
  readonly zone: 'host' | 'wsl' | 'container' | 'vm' | 'lan';
  readonly dscp: number;
  readonly inbound: { readonly type: string; readonly name: string; readonly port: number };
  readonly user: string;
  readonly process: { readonly name: string; readonly path: string; readonly uid: number } | null;
}

export interface ListedSet {
  readonly behavior: 'domain' | 'ipcidr' | 'classical';
  readonly entries: readonly string[];
}

export interface Program {
  readonly rules: readonly Rule[];
  readonly subRules: ReadonlyMap<string, readonly Rule[]>;
  /** What RULE-SET and GEOSITE name; and the clauses of classical ones. */
  readonly sets: ReadonlyMap<string, ListedSet>;
  readonly clauses: ReadonlyMap<string, readonly Clause[]>;
}

/** Who an address belongs to, by its first character. */
export const countries: Readonly<Record<string, string>> = { '1': 'cn', '2': 'us', a: 'cn' };
export const systems: Readonly<Record<string, number>> = { '1': 1, '2': 2, a: 3 };

/** `undefined`: it depends on the address, which is not known. */
type Answer = boolean | undefined;
/** How much a rule may see of an address that the flow did not come with. */
type Sight = 'hidden' | 'asking' | 'visible';

/** Indexes of the rule that decides, and of those in lists that it led to; empty: none. */
export function naiveMatch(program: Program, world: World): number[] {
  const sight = world.ipKnown ? 'visible' : 'hidden';
  return new Naive(program, world).walk(program.rules, sight) ?? [];
}

class Naive {
  readonly #program: Program;
  readonly #world: World;

  constructor(program: Program, world: World) {
    this.#program = program;
    this.#world = world;
  }

  /** Undefined: it depends on the address. `hidden` gives up there, `asking` goes on with it. */
  walk(rules: readonly Rule[], sight: Sight): number[] | undefined {
    let now: Sight = sight === 'asking' ? 'hidden' : sight;
    for (const [index, rule] of rules.entries()) {
      if (rule.target === 'PASS' && rule.type !== 'SUB-RULE') continue;
      let way = this.#rule(rule, now);
      if (way === undefined) {
        // At the top the address is found out for whoever asks for it.
        if (sight === 'hidden' && rules !== this.#program.rules) return undefined;
        way = this.#rule(rule, 'asking');
        now = 'visible';
      }
      if (way !== null && way !== undefined) return [index, ...way];
    }
    return [];
  }

  /** The way through a list; null: the rule misses. */
  #rule(rule: Rule, sight: Sight): number[] | null | undefined {
    const answer = this.#clause(rule, sight !== 'hidden');
    if (rule.condition.kind !== 'sub-rule')
      return answer === undefined ? undefined : answer ? [] : null;
    if (answer === false) return null;
    const way = this.walk(this.#program.subRules.get(rule.target) ?? [], sight);
    if (way?.length === 0) return null;
    return answer === undefined ? undefined : way;
  }

  #clause({ type, payload, condition }: Clause, seesIp: boolean, flags = condition): Answer {
    const world = this.#world;
    const { domain, process } = world;
    const isSource = type.startsWith('SRC-') || ('src' in flags && flags.src);
    const resolves = 'noResolve' in flags && !flags.noResolve && !isSource;
    const ip = isSource ? world.srcIp : seesIp ? world.dstIp : null;
    const onIp = (test: (ip: string) => boolean): Answer => {
      if (!isSource && !seesIp && resolves) return undefined;
      return ip !== null && test(ip);
    };
    switch (type.replace(/^SRC-(?=IP|GEO)/, '')) {
      case 'DOMAIN':
        return domain === nameOf(payload);
      case 'DOMAIN-SUFFIX':
        return domain !== null && `.${domain}`.endsWith(`.${nameOf(payload)}`);
      case 'DOMAIN-KEYWORD':
        return domain !== null && domain.split(payload.toLowerCase()).length > 1;
      case 'DOMAIN-WILDCARD':
        return domain !== null && wildcard(payload).test(domain);
      case 'DOMAIN-REGEX':
        return domain !== null && new RegExp(payload, 'i').test(domain);
      case 'GEOSITE': {
        const entries = this.#program.sets.get(payload.replace('!', ''))?.entries;
        if (domain === null || entries === undefined) return false;
        return entries.some((entry) => covers(entry, domain)) !== payload.startsWith('!');
      }
      case 'IP-CIDR':
      case 'IP-CIDR6':
        return onIp((address) => inPrefix(address, payload));
      case 'IP-SUFFIX':
        return onIp((address) => inSuffix(address, payload));
      case 'GEOIP': {
        const code = payload.replace('!', '').toLowerCase();
        return onIp((address) => inCountry(address, code) !== payload.startsWith('!'));
      }
      case 'IP-ASN':
        return onIp((address) => (systems[address[0] ?? ''] ?? 0) === +payload);
      case 'DST-PORT':
        return inList(world.dstPort, payload);
      case 'SRC-PORT':
        return inList(world.srcPort, payload);
      case 'IN-PORT':
        return inList(world.inbound.port, payload);
      case 'DSCP':
        return inList(world.dscp, payload);
      case 'UID':
        return process !== null && inList(process.uid, payload);
      case 'IN-TYPE': {
        const types = payload.toUpperCase().replace('SOCKS', 'SOCKS4/SOCKS5').split('/');
        return types.includes(world.inbound.type);
      }
      case 'IN-NAME':
        return payload.split('/').includes(world.inbound.name);
      case 'IN-USER':
        return payload.split('/').includes(world.user);
      case 'ZONE':
        return payload.toLowerCase().split('/').includes(world.zone);
      case 'NETWORK':
        return world.network === payload.toLowerCase();
      case 'PROCESS-NAME':
        return process?.name.toLowerCase() === payload.toLowerCase();
      case 'PROCESS-PATH':
        return process?.path.toLowerCase() === payload.toLowerCase();
      case 'PROCESS-NAME-WILDCARD':
        return process !== null && wildcard(payload).test(process.name);
      case 'PROCESS-PATH-WILDCARD':
        return process !== null && wildcard(payload).test(process.path);
      case 'PROCESS-NAME-REGEX':
        return process !== null && new RegExp(payload, 'i').test(process.name);
      case 'PROCESS-PATH-REGEX':
        return process !== null && new RegExp(payload, 'i').test(process.path);
      case 'RULE-SET':
        return this.#set(payload, seesIp, isSource, resolves);
      default:
        return this.#logic({ type, payload, condition }, seesIp);
    }
  }

  #logic({ type, condition }: Clause, seesIp: boolean): Answer {
    if (condition.kind === 'sub-rule') return this.#clause(condition.when, seesIp);
    if (condition.kind === 'not') {
      const answer = this.#clause(condition.member, seesIp);
      return answer === undefined ? undefined : !answer;
    }
    if (condition.kind !== 'and' && condition.kind !== 'or') return type === 'MATCH';
    const answers = condition.members.map((member) => this.#clause(member, seesIp));
    const decisive = type === 'OR';
    if (answers.includes(decisive)) return decisive;
    return answers.includes(undefined) ? undefined : !decisive;
  }

  #set(name: string, seesIp: boolean, isSource: boolean, resolves: boolean): Answer {
    const set = this.#program.sets.get(name);
    const { domain, dstIp, srcIp } = this.#world;
    if (set === undefined) return false;
    if (set.behavior === 'domain') {
      return domain !== null && set.entries.some((entry) => covers(entry, domain));
    }
    if (set.behavior === 'ipcidr') {
      if (!isSource && !seesIp && resolves && set.entries.length > 0) return undefined;
      const ip = isSource ? srcIp : seesIp ? dstIp : null;
      return ip !== null && set.entries.some((entry) => inPrefix(ip, entry));
    }
    const seen = isSource ? turned(this.#world, seesIp) : this.#world;
    const inside = new Naive(this.#program, seen);
    // What is not to be resolved has no address.
    const blind = !isSource && !seesIp && !resolves;
    const world = blind ? { ...seen, dstIp: null } : seen;
    const asks = blind ? new Naive(this.#program, world) : inside;
    const clauses = this.#program.clauses.get(name) ?? [];
    const answers = clauses.map((clause) => asks.#clause(clause, seesIp || isSource || blind));
    if (answers.includes(true)) return true;
    return answers.includes(undefined) ? undefined : false;
  }
}

function turned(world: World, seesIp: boolean): World {
  const { srcIp, srcPort, dstIp, dstPort } = world;
  const ip = seesIp ? (dstIp ?? '0.0.0.0') : '0.0.0.0';
  return { ...world, srcIp: ip, srcPort: dstPort, dstIp: srcIp, dstPort: srcPort };
}

function nameOf(payload: string): string {
  return domainToASCII(payload.toLowerCase()).replace(/\.$/, '');
}

/** An entry of a domain set. */
function covers(entry: string, domain: string): boolean {
  const [, prefix = '', body = ''] = /^(\+\.|\.)?(.*)$/.exec(entry) ?? [];
  const middle = body
    .split('.')
    .map((label) => (label === '*' ? '[^.]+' : nameOf(label)))
    .join('\\.');
  const start = { '': '', '+.': '(.+\\.)?', '.': '.+\\.' }[prefix];
  return new RegExp(`^${start}${middle}$`).test(domain);
}

function wildcard(payload: string): RegExp {
  const pattern = payload.replace(/[.*?\\/-]/g, (character) => {
    if (character === '*') return '.*';
    return character === '?' ? '.' : `\\${character}`;
  });
  return new RegExp(`^${pattern}$`, 'i');
}

function inList(value: number, payload: string): boolean {
  return payload.split('/').some((part) => {
    const [first = '', last = first] = part.split('-');
    return Math.min(+first, +last) <= value && value <= Math.max(+first, +last);
  });
}

function inCountry(ip: string, code: string): boolean {
  if (code === 'lan') {
    const lan = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '224.0.0.0/4'];
    return [...lan, '169.254.0.0/16', '0.0.0.0/32'].some((prefix) => inPrefix(ip, prefix));
  }
  return countries[ip[0] ?? ''] === code;
}

function inPrefix(ip: string, payload: string): boolean {
  const [network = '', length = ''] = payload.split('/');
  const own = bits(network);
  const other = bits(ip);
  return own.length === other.length && own.slice(0, +length) === other.slice(0, +length);
}

function inSuffix(ip: string, payload: string): boolean {
  const [network = '', length = ''] = payload.split('/');
  const own = bits(network);
  const other = bits(ip);
  return own.length === other.length && own.slice(-Number(length)) === other.slice(-Number(length));
}

/** As a string of 0 and 1. Understands dotted decimal, and IPv6 with one `::` and no dots. */
function bits(ip: string): string {
  const binary = (value: number, width: number): string => value.toString(2).padStart(width, '0');
  if (ip.includes('.')) {
    return ip
      .split('.')
      .map((part) => binary(+part, 8))
      .join('');
  }
  const [head = '', tail] = ip.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].map((group) => binary(parseInt(group, 16), 16)).join('');
}
