/** Proxies of the configuration as forms show them, and back. Pure. */
import { SluiceError } from '../api/errors.ts';
import type { UpstreamSettings, UpstreamTls } from '../api/upstreams.ts';
import type { ProxyConfig, TlsConfig } from './config.ts';
import { Names } from './names.ts';
import { Problems } from './problems.ts';
import { readProxies } from './proxies-section.ts';
import type { MapEntry, Value } from './value.ts';

/** A proxy of a kind that forms show. */
export type ServerProxy = Extract<ProxyConfig, { server: string }>;

/** What a key of the file holds; absent: it is not written. */
export type SettingValue = string | number | boolean | ReadonlyMap<string, string>;

/** Keys of the file, in the order in which they are written. */
export const SETTING_KEYS = [
  ...['name', 'type', 'version', 'server', 'port', 'username', 'password', 'udp', 'tls', 'sni'],
  ...['skip-cert-verify', 'fingerprint', 'ca-str', 'headers', 'dialer-proxy'],
] as const;

/** Null for what has no server. */
export function settingsOf(proxy: ProxyConfig): UpstreamSettings | null {
  if (!('server' in proxy)) return null;
  const { name, server, port, username, dialerProxy } = proxy;
  const isOld = proxy.type === 'socks4' && proxy.version === '4';
  return {
    name,
    type: proxy.type === 'socks4' && !isOld ? 'socks4a' : proxy.type,
    server,
    port,
    username,
    password: proxy.type === 'socks4' ? '' : proxy.password,
    udp: proxy.type === 'socks5' && proxy.udp,
    tls: proxy.tls === null ? null : tlsOf(proxy.tls),
    dialerProxy,
    headers: proxy.type === 'http' ? proxy.headers : {},
  };
}

function tlsOf({ sni, skipCertVerify, fingerprint, caText }: TlsConfig): UpstreamTls {
  return { sni, skipCertVerify, fingerprint, caText };
}

/** Only what differs from what the file means without it. */
export function keysOf(settings: UpstreamSettings): ReadonlyMap<string, SettingValue> {
  const { name, type, server, port, username, password, udp, tls, dialerProxy, headers } = settings;
  const keys = new Map<string, SettingValue>([
    ['name', name],
    ['type', type === 'socks4a' ? 'socks4' : type],
  ]);
  const put = (key: string, value: SettingValue, isSet: boolean): void => {
    if (isSet) keys.set(key, value);
  };
  put('version', 4, type === 'socks4');
  keys.set('server', server).set('port', port);
  put('username', username, username !== '');
  put('password', password, password !== '');
  put('udp', true, udp);
  put('tls', true, tls !== null);
  put('sni', tls?.sni ?? '', tls !== null && tls.sni !== '');
  put('skip-cert-verify', true, tls?.skipCertVerify === true);
  put('fingerprint', tls?.fingerprint ?? '', tls !== null && tls.fingerprint !== '');
  put('ca-str', tls?.caText ?? '', tls !== null && tls.caText !== '');
  put('headers', new Map(Object.entries(headers)), Object.keys(headers).length > 0);
  put('dialer-proxy', dialerProxy, dialerProxy !== '');
  return keys;
}

/**
 * The proxy as the configuration would have it. Throws `ERR_UPSTREAM_INVALID` where something does
 * not make sense, also what its type does not have.
 */
export function proxyOf(settings: UpstreamSettings): ServerProxy {
  const problems = new Problems('settings', () => ({ line: 1, column: 1 }));
  const entries = new Map<string, MapEntry>();
  for (const [key, value] of keysOf(settings)) {
    entries.set(key, { keyOffset: 0, anchored: false, value: toValue(value) });
  }
  const item = { kind: 'map', entries, offset: 0 } as const;
  const [proxy] = readProxies([item], 'settings', new Names(), problems, 'upstream');
  // A warning is a key that has no meaning with this type.
  const [problem] = problems.list();
  if (problem !== undefined || proxy === undefined || !('server' in proxy)) {
    const why = (problem?.message ?? 'it has no server').replaceAll('upstream[0].', '');
    throw new SluiceError('ERR_UPSTREAM_INVALID', `This upstream makes no sense: ${why}.`);
  }
  return proxy;
}

function toValue(value: SettingValue): Value {
  if (typeof value !== 'object') {
    return { kind: 'scalar', text: String(value), offset: 0, textOffset: -1 };
  }
  const entries = new Map<string, MapEntry>();
  for (const [key, text] of value) {
    entries.set(key, { keyOffset: 0, anchored: false, value: toValue(text) });
  }
  return { kind: 'map', entries, offset: 0 };
}
