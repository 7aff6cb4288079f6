/** The key `proxies:`, one table of keys for each type. */
import { dirname, resolve } from 'node:path';
import { normalizeDomain } from '../../rules/domain.ts';
import { formatIp, parseIp } from '../../rules/ip.ts';
import { quote, suggestion } from '../../rules/text.ts';
import type { ProxyConfig, TlsConfig } from './config.ts';
import type { Fields, Reader } from './fields.ts';
import {
  boolean,
  choice,
  integer,
  map,
  optional,
  readSection,
  required,
  scalar,
  text,
} from './fields.ts';
import type { Problems } from './problems.ts';
import type { Names } from './names.ts';
import { nameReader, reference } from './names.ts';
import type { MapValue, Value } from './value.ts';

/** What mihomo speaks and Sluice does not. */
const unsupportedTypes = [
  ...['ss', 'ssr', 'snell', 'vmess', 'vless', 'trojan', 'hysteria', 'hysteria2', 'tuic'],
  ...['wireguard', 'ssh', 'mieru', 'anytls', 'sudoku', 'masque', 'tailscale', 'dns'],
];

/** A name or address, brackets around IPv6 allowed. */
const server = scalar('a domain name or an IP address', (value) => {
  const ip = parseIp(value.replace(/^\[(.*)\]$/, '$1'));
  return ip === null ? (normalizeDomain(value) ?? undefined) : formatIp(ip);
});

/** RFC 1929 section 2: one byte tells the length. */
const credential = scalar('text of at most 255 bytes', (value) =>
  Buffer.byteLength(value) <= 255 ? value : undefined,
);

/** A NUL ends the user ID of SOCKS4. */
const socks4User = scalar('text of at most 255 bytes without NUL', (value) =>
  Buffer.byteLength(value) <= 255 && !value.includes('\0') ? value : undefined,
);

/** RFC 7617 section 2: the first colon ends the user name. */
const httpUser = scalar('text without a colon or control characters', (value) =>
  /^[^:\p{Cc}]{0,1024}$/u.test(value) ? value : undefined,
);

const httpPassword = scalar('text without control characters', (value) =>
  /^[^\p{Cc}]{0,1024}$/u.test(value) ? value : undefined,
);

const fingerprint = scalar('the SHA-256 of a certificate, 64 hex digits', (value) => {
  const digits = value.replace(/[: ]/g, '').toLowerCase();
  return /^[0-9a-f]{64}$/.test(digits) ? digits : undefined;
});

const baseKeys = {
  name: required(nameReader),
  type: required(text(1, 64)),
  'dialer-proxy': optional(reference, null),
};

const serverKeys = {
  ...baseKeys,
  server: required(server),
  port: required(integer(1, 65535)),
};

const tlsKeys = {
  tls: optional(boolean, false),
  sni: optional(
    scalar('a domain name', (value) => normalizeDomain(value) ?? undefined),
    '',
  ),
  'skip-cert-verify': optional(boolean, false),
  fingerprint: optional(fingerprint, ''),
  ca: optional(text(1, 4096), ''),
  'ca-str': optional(text(1, 1 << 20), ''),
};

/** Keys of every proxy that are not used yet. */
const later = ['ip-version', 'interface-name', 'routing-mark', 'tfo', 'mptcp'];
const laterTls = ['client-fingerprint', 'certificate', 'private-key', 'smux'];

const sections = {
  plain: { used: baseKeys, later: [...later, 'udp'] },
  socks5: {
    used: {
      ...serverKeys,
      ...tlsKeys,
      username: optional(credential, ''),
      password: optional(credential, ''),
      udp: optional(boolean, false),
    },
    later: [...later, ...laterTls],
  },
  socks4: {
    used: {
      ...serverKeys,
      ...tlsKeys,
      username: optional(socks4User, ''),
      version: optional(choice(['4', '4a']), '4a' as const),
    },
    later: [...later, ...laterTls],
    ignored: { udp: 'SOCKS4 carries no datagrams', password: 'SOCKS4 has no passwords' },
  },
  http: {
    used: {
      ...serverKeys,
      ...tlsKeys,
      username: optional(httpUser, ''),
      password: optional(httpPassword, ''),
      headers: optional(readHeaders, {}),
    },
    later: [...later, ...laterTls],
    ignored: { udp: 'HTTP proxies carry no datagrams' },
  },
};

type Builder = (item: MapValue, context: Context) => ProxyConfig | null;

interface Context {
  readonly names: Names;
  readonly problems: Problems;
  /** Path of the item, such as `proxies[2]`. */
  readonly path: string;
  /** Where relative file names begin. */
  readonly folder: string;
}

const builders: Readonly<Record<string, Builder>> = {
  direct: (item, context) => buildPlain(item, context, 'direct'),
  reject: (item, context) => buildPlain(item, context, 'reject'),
  socks5: (item, context) => {
    const fields = readSection(item, context.path, sections.socks5, context.problems);
    const common = buildServer(item, context, fields);
    if (common === null) return null;
    const { username, password, udp } = fields;
    if (username === '' && password !== '') {
      const message = `${context.path}.password needs a username`;
      context.problems.error('value-invalid', offsetOf(item, 'password'), message);
    }
    return { ...common, type: 'socks5', username, password, udp };
  },
  socks4: (item, context) => {
    const fields = readSection(item, context.path, sections.socks4, context.problems);
    const common = buildServer(item, context, fields);
    if (common === null) return null;
    return { ...common, type: 'socks4', username: fields.username, version: fields.version };
  },
  http: (item, context) => {
    const fields = readSection(item, context.path, sections.http, context.problems);
    const common = buildServer(item, context, fields);
    if (common === null) return null;
    const { username, password, headers } = fields;
    return { ...common, type: 'http', username, password, headers };
  },
};

/** `file` is where the text came from: relative names in it are relative to its folder. */
export function readProxies(
  items: readonly Value[],
  file: string,
  names: Names,
  problems: Problems,
  section = 'proxies',
): readonly ProxyConfig[] {
  const folder = dirname(resolve(file));
  const proxies: ProxyConfig[] = [];
  items.forEach((value, index) => {
    const path = `${section}[${index}]`;
    const item = map(value, path, problems);
    if (item === undefined) return;
    const name = scalarText(item, 'name');
    if (name !== null) names.claim(name, offsetOf(item, 'name'), problems);
    const proxy = readProxy(item, { problems, names, path, folder });
    if (proxy !== null) proxies.push(proxy);
  });
  return proxies;
}

function readProxy(item: MapValue, context: Context): ProxyConfig | null {
  const { problems, path } = context;
  const type = scalarText(item, 'type')?.toLowerCase();
  if (type === undefined) {
    readSection(item, path, { ...sections.plain, later: [...item.entries.keys()] }, problems);
    return null;
  }
  const build = Object.hasOwn(builders, type) ? builders[type] : undefined;
  return build === undefined ? unsupported(item, type, context) : build(item, context);
}

/** The keys of such a proxy are its own and are not looked at. */
function unsupported(
  item: MapValue,
  type: string,
  { problems, path }: Context,
): ProxyConfig | null {
  const name = scalarText(item, 'name');
  if (name === null) {
    problems.error('key-missing', item.offset, `${path}.name is missing`);
    return null;
  }
  const hint = unsupportedTypes.includes(type) ? '' : suggestion(type, Object.keys(builders));
  const message =
    `${quote(name)} is of type ${quote(type)}, which Sluice does not speak${hint}` +
    `${hint === '' ? ':' : ''} flows sent to it are rejected`;
  problems.warn('proxy-type-unsupported', offsetOf(item, 'type'), message);
  const position = problems.position(item.offset);
  return { name, type: 'unsupported', declaredType: type, dialerProxy: '', position };
}

function buildPlain(
  item: MapValue,
  { problems, path }: Context,
  type: 'direct' | 'reject',
): ProxyConfig | null {
  const { name, 'dialer-proxy': dialer } = readSection(item, path, sections.plain, problems);
  if (name === undefined) return null;
  if (dialer !== null) {
    const message = `${path}.dialer-proxy is ignored: ${type} has no server to reach`;
    problems.warn('key-ignored', dialer.offset, message);
  }
  return { name, type, dialerProxy: '', position: problems.position(item.offset) };
}

function buildServer(
  item: MapValue,
  context: Context,
  fields: Fields<typeof serverKeys & typeof tlsKeys>,
): Pick<
  Extract<ProxyConfig, { tls: unknown }>,
  'name' | 'server' | 'port' | 'tls' | 'dialerProxy' | 'position'
> | null {
  const { name, type, port } = fields;
  const host = fields.server;
  if (name === undefined || type === undefined || host === undefined || port === undefined) {
    return null;
  }
  const position = context.problems.position(item.offset);
  const tls = buildTls(item, context, fields);
  const dialer = fields['dialer-proxy'];
  if (dialer !== null) context.names.link(name, dialer);
  return { name, server: host, port, tls, dialerProxy: dialer?.to ?? '', position };
}

function buildTls(
  item: MapValue,
  { problems, path, folder }: Context,
  fields: Fields<typeof tlsKeys>,
): TlsConfig | null {
  if (!fields.tls) {
    for (const key of Object.keys(tlsKeys)) {
      const entry = item.entries.get(key);
      if (key === 'tls' || entry === undefined) continue;
      const message = `${path}.${key} is ignored: it needs tls: true`;
      problems.warn('key-ignored', entry.keyOffset, message);
    }
    return null;
  }
  return {
    sni: fields.sni,
    skipCertVerify: fields['skip-cert-verify'],
    fingerprint: fields.fingerprint,
    caFile: fields.ca === '' ? '' : resolve(folder, fields.ca),
    caText: fields['ca-str'],
  };
}

/** RFC 9110 section 5: names are tokens, values hold no control characters. */
function readHeaders(
  value: Value,
  name: string,
  problems: Problems,
): Readonly<Record<string, string>> | undefined {
  const entries = map(value, name, problems)?.entries;
  if (entries === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const [key, entry] of entries) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(key)) {
      problems.error('value-invalid', entry.keyOffset, `${quote(key)} is not a header name`);
    }
    const content = headerValue(entry.value, `${name}.${key}`, problems);
    if (content !== undefined) headers[key] = content;
  }
  return headers;
}

const headerValue: Reader<string> = scalar('printable ASCII text', (value) =>
  /^[\t\x20-\x7e]{0,4096}$/.test(value) ? value : undefined,
);

function scalarText(item: MapValue, key: string): string | null {
  const value = item.entries.get(key)?.value;
  return value?.kind === 'scalar' && value.text !== '' ? value.text : null;
}

function offsetOf(item: MapValue, key: string): number {
  return item.entries.get(key)?.value.offset ?? item.offset;
}
