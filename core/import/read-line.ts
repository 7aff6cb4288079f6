/**
 * One proxy on a line, in the ways in which people pass them on: `socks5://user:password@host:port#name`
 * and its relatives, `host:port:user:password`, the options of curl, variables of the environment.
 * Pure.
 */
import type { ProxyConfig } from '../config/config.ts';
import { proxyOfUrl } from '../providers/proxy-url.ts';
import { quote } from '../../rules/text.ts';

export interface LineProxy {
  readonly proxy: ProxyConfig;
  /** What was guessed; empty: nothing. */
  readonly note: string;
}

/** Ports on which HTTP proxies usually listen. */
const HTTP_PORTS = new Set([
  '80',
  '808',
  '3128',
  '8000',
  '8008',
  '8080',
  '8081',
  '8118',
  '8123',
  '8888',
  '9080',
]);

/** Of curl, by the scheme that each means. */
const CURL_OPTIONS: Readonly<Record<string, string>> = {
  ...{ '-x': 'http', '--proxy': 'http', '--preproxy': 'socks5' },
  ...{ '--socks4': 'socks4', '--socks4a': 'socks4a' },
  ...{ '--socks5': 'socks5', '--socks5-hostname': 'socks5' },
};

/** What is wrong with it, where it is none. */
export function readProxyLine(text: string, line: number): LineProxy | string {
  const position = { line, column: 1 };
  const variable = /^(?:export\s+|set\s+)?(?:https?|all|socks|ftp)_proxy=(["']?)(.+)\1$/i.exec(
    text,
  );
  const bare = variable?.[2] ?? text;
  if (/^curl\s/.test(bare) || bare.startsWith('-')) return ofCurl(bare, line);
  const unpacked = unpackedSocks(bare);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(unpacked)) {
    const proxy = proxyOfUrl(unpacked, position);
    return typeof proxy === 'string' ? proxy : { proxy, note: '' };
  }
  const place = placeOf(bare);
  if (place === null) return `${quote(text)} is no proxy that is known here`;
  const { url, port } = place;
  const isHttp = HTTP_PORTS.has(port);
  const proxy = proxyOfUrl(`${isHttp ? 'http' : 'socks5'}://${url}`, position);
  if (typeof proxy === 'string') return proxy;
  const type = isHttp ? 'an HTTP proxy' : 'SOCKS5';
  return { proxy, note: `Its type is not said: taken for ${type}, by its port.` };
}

/** v2rayN: all between the scheme and the name in Base64. */
function unpackedSocks(text: string): string {
  const [, packed = '', rest = ''] =
    /^socks(?:5)?:\/\/([A-Za-z0-9+/_=-]+)(#.*)?$/i.exec(text) ?? [];
  const inner = packed === '' ? '' : Buffer.from(packed, 'base64').toString('utf8');
  const isPlace = /^[\x21-\x7e]+:[0-9]{1,5}$/.test(inner);
  return isPlace ? `socks5://${inner}${rest}` : text;
}

/** `host:port`, `host:port:user:password`, `user:password@host:port`, or with spaces between. */
function placeOf(text: string): { url: string; port: string } | null {
  const host = String.raw`(\[[0-9a-f:.]+\]|[^\s:@/[\]]+)`;
  const parts = new RegExp(
    `^${host}[:\\s]\\s*([0-9]{1,5})(?:[:\\s]\\s*([^\\s:]+)[:\\s]\\s*(\\S+))?$`,
    'i',
  );
  const [whole, server = '', port = '', user, password = ''] = parts.exec(text) ?? [];
  if (whole !== undefined) {
    const isName = /^\[|[.]|^localhost$/i.test(server);
    if (!isName) return null;
    const login = user === undefined ? '' : `${encode(user)}:${encode(password)}@`;
    return { url: `${login}${server}:${port}`, port };
  }
  const login = new RegExp(`^([^\\s@]+)@${host}:([0-9]{1,5})$`, 'i').exec(text);
  return login === null ? null : { url: text, port: login[3] ?? '' };
}

function encode(text: string): string {
  return encodeURIComponent(text);
}

function ofCurl(text: string, line: number): LineProxy | string {
  const words = wordsOf(text);
  let found: string | null = null;
  let login = '';
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const [, option = word, glued] = /^(-x|-U|--[a-z0-9-]+=)(.+)$/.exec(word) ?? [];
    const name = option.replace(/=$/, '');
    const value = glued ?? words[at + 1] ?? '';
    if (name === '-U' || name === '--proxy-user') login = value;
    const scheme = Object.hasOwn(CURL_OPTIONS, name) ? CURL_OPTIONS[name] : undefined;
    if (scheme !== undefined && value !== '') {
      found = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `${scheme}://${value}`;
    }
  }
  if (found === null) return 'this command names no proxy (-x, --proxy, --socks5)';
  // curl's own default.
  const withPort = /:[0-9]{1,5}\/?$/.test(found) ? found : `${found.replace(/\/$/, '')}:1080`;
  const [user = '', ...rest] = login.split(':');
  const withLogin =
    login === '' || withPort.includes('@')
      ? withPort
      : withPort.replace('://', `://${encode(user)}:${encode(rest.join(':'))}@`);
  const proxy = proxyOfUrl(withLogin, { line, column: 1 });
  return typeof proxy === 'string' ? proxy : { proxy, note: '' };
}

/** As a shell would part them, where nothing but quotes is special. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|[^\s"']+/g)].map(
    ([whole, double, single]) => double?.replace(/\\(.)/g, '$1') ?? single ?? whole,
  );
}
