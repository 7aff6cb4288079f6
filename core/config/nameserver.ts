/**
 * One resolver as `dns` writes it: an address, a URL, or a word, with options behind `#`. Names
 * and meanings are mihomo's.
 */
import { normalizeDomain } from '../../rules/domain.ts';
import { formatIp, formatPrefix, parseIp, parsePrefix } from '../../rules/ip.ts';
import { quote, suggestion } from '../../rules/text.ts';
import type { Nameserver, NameserverVia, QueryOptions } from './dns-config.ts';
import type { Reader } from './fields.ts';
import type { Names } from './names.ts';

const EXAMPLES =
  '1.1.1.1, udp://1.1.1.1:53, tcp://1.1.1.1, tls://dns.example:853, https://dns.example/dns-query, ' +
  'dhcp://eth0, system or rcode://refused';

const TYPE_A = 1;
const TYPE_AAAA = 28;

const rcodes: Readonly<Record<string, number>> = {
  success: 0,
  format_error: 1,
  server_failure: 2,
  name_error: 3,
  not_implemented: 4,
  refused: 5,
};

const defaultPorts = { udp: 53, tcp: 53, tls: 853, https: 443, http: 80 } as const;
type RemoteScheme = keyof typeof defaultPorts;

const switches = ['ecs-override', 'disable-ipv4', 'disable-ipv6', 'skip-cert-verify'] as const;
const otherKeys = ['ecs', 'name-cert-verify', 'h3', 'disable-reuse'];

/** What stands behind `#`. */
interface Suffix {
  readonly via: NameserverVia;
  readonly interfaceName: string;
  readonly skipCertVerify: boolean;
  readonly certName: string;
  readonly options: QueryOptions;
}

/** A reason why a text is none, and the offset in it. */
class Wrong extends Error {
  readonly offset: number;

  constructor(message: string, offset = 0) {
    super(message);
    this.offset = offset;
  }
}

/**
 * Undefined where it is wrong (an error), and where it cannot be used (a warning). `defaultVia` is
 * the way of a server that names none.
 */
export function nameserverReader(names: Names, defaultVia: NameserverVia): Reader<Nameserver> {
  return (value, name, problems) => {
    if (value.kind !== 'scalar') {
      problems.error('nameserver', value.offset, `${name} must be a resolver, such as ${EXAMPLES}`);
      return undefined;
    }
    const { text } = value;
    const start = Math.max(value.textOffset, value.offset);
    const warn = (message: string): void => problems.warn('nameserver', start, message);
    if (/^quic:\/\//i.test(text)) {
      warn(
        `${name}: ${quote(text)} is skipped: DNS over QUIC is not spoken, write tls:// or https://`,
      );
      return undefined;
    }
    try {
      return parse(text, names, defaultVia, warn);
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      problems.error('nameserver', start + error.offset, `${name}: ${error.message}`);
      return undefined;
    }
  };
}

function parse(
  text: string,
  names: Names,
  defaultVia: NameserverVia,
  warn: (message: string) => void,
): Nameserver {
  const hash = text.indexOf('#');
  const main = hash < 0 ? text : text.slice(0, hash);
  const suffix = parseSuffix(hash < 0 ? '' : text.slice(hash + 1), hash + 1, names, warn);
  const { options } = suffix;
  const [, scheme = '', rest = ''] = /^([a-z0-9+.-]+):\/\/(.*)$/is.exec(main) ?? [];
  switch (scheme.toLowerCase()) {
    case '':
      if (main === 'system') return { kind: 'system', text, options, interfaceName: '' };
      // An IPv6 address needs no brackets where it stands alone.
      return remote(
        'udp',
        parseIp(main)?.family === 6 ? `[${main}]` : main,
        text,
        suffix,
        defaultVia,
      );
    case 'udp':
    case 'tcp':
    case 'tls':
    case 'https':
    case 'http':
      return remote(scheme.toLowerCase() as RemoteScheme, rest, text, suffix, defaultVia);
    case 'system':
      return { kind: 'system', text, options, interfaceName: '' };
    case 'dhcp':
      if (rest === 'system') return { kind: 'system', text, options, interfaceName: '' };
      if (!isInterface(rest))
        throw new Wrong(`${quote(rest)} is not an interface: write dhcp://eth0`);
      return { kind: 'dhcp', text, options, interfaceName: rest };
    case 'rcode': {
      const rcode = Object.hasOwn(rcodes, rest) ? rcodes[rest] : undefined;
      if (rcode === undefined) {
        throw new Wrong(
          `rcode must be one of ${Object.keys(rcodes).join(', ')}, not ${quote(rest)}`,
        );
      }
      return { kind: 'rcode', text, options, rcode };
    }
    default: {
      const known = [...Object.keys(defaultPorts), 'dhcp', 'system', 'rcode'];
      const hint = suggestion(scheme, known) || `: write ${EXAMPLES}`;
      throw new Wrong(`Sluice speaks no ${quote(`${scheme}://`)}${hint}`);
    }
  }
}

/** `rest` is what follows the scheme. */
function remote(
  scheme: RemoteScheme,
  rest: string,
  text: string,
  suffix: Suffix,
  defaultVia: NameserverVia,
): Nameserver {
  const slash = rest.search(/[/?]/);
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '' : rest.slice(slash);
  const at = authority.lastIndexOf('@');
  const { host, port } = hostAndPort(authority.slice(at + 1), defaultPorts[scheme]);
  const { options, skipCertVerify, interfaceName } = suffix;
  // An interface says the way already.
  const via = suffix.via ?? (interfaceName === '' ? defaultVia : null);
  const base = { host, port, via, interfaceName, options };
  const certName = suffix.certName === '' ? host : suffix.certName;
  if (scheme === 'https' || scheme === 'http') {
    if (!/^[\x21-\x7e]*$/.test(path))
      throw new Wrong(`the path ${quote(path)} must be plain ASCII`);
    const user = at < 0 ? '' : decoded(authority.slice(0, at));
    return {
      kind: 'https',
      ...base,
      text: user === '' ? text : text.replace(authority, authority.slice(at + 1)),
      tls: scheme === 'https',
      path: path.startsWith('/') ? path : `/${path}`,
      authorization: user === '' ? '' : `Basic ${Buffer.from(user).toString('base64')}`,
      skipCertVerify,
      certName,
    };
  }
  if (at >= 0) throw new Wrong(`a user name has no use in ${scheme}://`);
  if (path !== '' && path !== '/') throw new Wrong(`${quote(path)} has no use in ${scheme}://`);
  if (scheme === 'tls') return { kind: 'tls', ...base, text, skipCertVerify, certName };
  return { kind: scheme, ...base, text };
}

function hostAndPort(text: string, defaultPort: number): { host: string; port: number } {
  const [, bracketed, plain, portText] =
    /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(text) ?? [];
  const hostText = bracketed ?? plain;
  if (hostText === undefined) {
    throw new Wrong(
      `${quote(text)} is not a resolver: write ${EXAMPLES} (IPv6 with a port: [2001:db8::1]:53)`,
    );
  }
  const ip = parseIp(hostText);
  const host = ip === null ? normalizeDomain(hostText) : formatIp(ip);
  if (host === null || (bracketed !== undefined && ip?.family !== 6)) {
    const scope = hostText.indexOf('%');
    const hint =
      scope < 0 ? EXAMPLES : `[${hostText.slice(0, scope)}]#${hostText.slice(scope + 1)}`;
    throw new Wrong(`${quote(hostText)} is neither a domain name nor an IP address: write ${hint}`);
  }
  if (portText === undefined) return { host, port: defaultPort };
  const port = /^[0-9]{1,5}$/.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65535) {
    throw new Wrong(`the port must be a number from 1 to 65535, not ${quote(portText)}`);
  }
  return { host, port };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Wrong('the user name and password must be encoded as in a URL (%40 for @)');
  }
}

/** `proxy&key=value&...`; `offset` is where it stands. */
function parseSuffix(
  text: string,
  offset: number,
  names: Names,
  warn: (message: string) => void,
): Suffix {
  const values = new Map<string, string>();
  const disabledTypes = new Set<number>();
  let target = '';
  let at = offset;
  for (const part of text === '' ? [] : text.split('&')) {
    const equals = part.indexOf('=');
    const key = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? '' : part.slice(equals + 1);
    const qtype = /^disable-qtype-([0-9]{1,5})$/.exec(key)?.[1];
    if (equals < 0) {
      if (target !== '') {
        throw new Wrong(`${quote(target)} and ${quote(part)} cannot both be the way to it`, at);
      }
      target = part;
    } else if (qtype !== undefined && Number(qtype) > 0 && Number(qtype) < 65536) {
      if (truth(key, value, at)) disabledTypes.add(Number(qtype));
    } else if (key === 'h3') {
      warn('h3 is ignored: DNS over HTTPS is spoken over HTTP/2');
    } else if (key === 'disable-reuse') {
      warn('disable-reuse is ignored: one connection serves all queries');
    } else if (switches.some((known) => known === key) || otherKeys.includes(key)) {
      values.set(key, value);
      if (key !== 'ecs' && key !== 'name-cert-verify') truth(key, value, at);
    } else {
      const hint = suggestion(key, [...switches, ...otherKeys, 'disable-qtype-65']);
      warn(`unknown option ${quote(key)}, ignored${hint}`);
    }
    at += part.length + 1;
  }
  const isOn = (key: (typeof switches)[number]): boolean =>
    truth(key, values.get(key) ?? 'false', offset);
  if (isOn('disable-ipv4')) disabledTypes.add(TYPE_A);
  if (isOn('disable-ipv6')) disabledTypes.add(TYPE_AAAA);
  return {
    ...way(target, offset, names, warn),
    skipCertVerify: isOn('skip-cert-verify'),
    certName: certName(values.get('name-cert-verify') ?? '', offset),
    options: {
      ecs: subnet(values.get('ecs') ?? '', offset),
      ecsOverride: isOn('ecs-override'),
      disabledTypes: [...disabledTypes].toSorted((a, b) => a - b),
    },
  };
}

/** A proxy or group where one is called so, else an interface. */
function way(
  target: string,
  offset: number,
  names: Names,
  warn: (message: string) => void,
): Pick<Suffix, 'via' | 'interfaceName'> {
  if (target === '') return { via: null, interfaceName: '' };
  if (target === 'RULES') return { via: 'rules', interfaceName: '' };
  if (names.has(target)) return { via: { proxy: target }, interfaceName: '' };
  const hint = names.suggestion(target);
  if (!isInterface(target)) {
    throw new Wrong(`no proxy, group or interface is called ${quote(target)}${hint}`, offset);
  }
  if (hint !== '') warn(`${quote(target)} is taken for an interface${hint}`);
  return { via: null, interfaceName: target };
}

function truth(key: string, value: string, offset: number): boolean {
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw new Wrong(`${key} must be true or false, not ${quote(value)}`, offset);
}

function subnet(text: string, offset: number): string {
  if (text === '') return '';
  const ip = parseIp(text);
  if (ip !== null) return `${formatIp(ip)}/${ip.family === 4 ? 32 : 128}`;
  const prefix = parsePrefix(text);
  if (prefix.ok) return formatPrefix(prefix.value);
  throw new Wrong(
    `ecs must be an address or a prefix, such as 1.2.3.0/24: ${prefix.reason}`,
    offset,
  );
}

function certName(text: string, offset: number): string {
  if (text === '') return '';
  const ip = parseIp(text);
  const name = ip === null ? normalizeDomain(text) : formatIp(ip);
  if (name === null) {
    throw new Wrong(`name-cert-verify must be a domain name, not ${quote(text)}`, offset);
  }
  return name;
}

function isInterface(text: string): boolean {
  return /^[^\s/&#=]{1,15}$/.test(text) && text !== '.' && text !== '..';
}
