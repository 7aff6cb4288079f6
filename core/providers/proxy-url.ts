/** One proxy in the form of a URL: `socks5://user:password@host:port#name`. Pure. */
import { normalizeDomain } from '../../rules/domain.ts';
import { formatIp, parseIp } from '../../rules/ip.ts';
import type { Position } from '../../rules/rule.ts';
import { decodePart, quote } from '../../rules/text.ts';
import type { ProxyConfig, TlsConfig } from '../config/config.ts';

const LONGEST = 4096;
const LONGEST_NAME = 128;

const defaultPorts: Readonly<Record<string, number>> = {
  ...{ socks: 1080, socks5: 1080, socks5h: 1080, socks4: 1080, socks4a: 1080 },
  ...{ http: 80, https: 443 },
};

const noTls: TlsConfig = {
  ...{ sni: '', skipCertVerify: false, fingerprint: '' },
  ...{ caFile: '', caText: '' },
};

/** What is wrong with it, where it is none. A type that Sluice does not speak is a proxy, too. */
export function proxyOfUrl(text: string, position: Position): ProxyConfig | string {
  const [, schemeText, rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text) ?? [];
  if (schemeText === undefined) return `${quote(text)} is no URL of a proxy`;
  const scheme = schemeText.toLowerCase();
  const [body, fragment = ''] = splitAt(rest, '#');
  const name = decodePart(fragment).trim().slice(0, LONGEST_NAME);
  const base = { dialerProxy: '', position };
  const defaultPort = Object.hasOwn(defaultPorts, scheme) ? defaultPorts[scheme] : undefined;
  if (defaultPort === undefined) {
    return { ...base, name: name || scheme, type: 'unsupported', declaredType: scheme };
  }
  if (text.length > LONGEST) return `the line is longer than ${LONGEST} characters`;
  const [place, query = ''] = splitAt(body.replace(/\/(?=\?|$)/, ''), '?');
  const at = place.lastIndexOf('@');
  const login = loginOf(at < 0 ? '' : place.slice(0, at));
  const endpoint = endpointOf(place.slice(at + 1), defaultPort);
  if (endpoint === null) return `${quote(place.slice(at + 1))} is no server with a port`;
  if (login === null) return 'its user name and password cannot be sent';
  const shown = endpoint.server.includes(':') ? `[${endpoint.server}]` : endpoint.server;
  const server = { ...base, name: name || `${shown}:${endpoint.port}`, ...endpoint };
  const parameters = new URLSearchParams(query);
  const { username, password } = login;
  switch (scheme) {
    case 'http':
    case 'https': {
      if (username.includes(':')) return 'its user name has a colon in it';
      const tls = scheme === 'http' ? null : { ...noTls, sni: sniOf(parameters) };
      return { ...server, type: 'http', username, password, headers: {}, tls };
    }
    case 'socks4':
    case 'socks4a': {
      const version = scheme === 'socks4' ? '4' : '4a';
      return { ...server, type: 'socks4', username, version, tls: null };
    }
    default: {
      const wantsTls = parameters.get('tls') === 'true' || parameters.get('tls') === '1';
      const tls = wantsTls ? { ...noTls, sni: sniOf(parameters) } : null;
      // As in mihomo: whoever writes it this short means all of the protocol.
      return { ...server, type: 'socks5', username, password, udp: true, tls };
    }
  }
}

/** `user:password`, percent-encoded, or the same in Base64; null where no protocol carries it. */
function loginOf(text: string): { username: string; password: string } | null {
  const packed = text === '' || text.includes(':') ? text : unpacked(text);
  const [user, password = ''] = splitAt(packed, ':');
  const login = { username: decodePart(user), password: decodePart(password) };
  if (login.username === '' && login.password !== '') return null;
  const fits = Object.values(login).every(
    (part) => Buffer.byteLength(part) <= 255 && !/\p{Cc}/u.test(part),
  );
  return fits ? login : null;
}

/** Base64 of a login, or the text itself where it is none. */
function unpacked(text: string): string {
  const login = Buffer.from(text, 'base64').toString('utf8');
  return login.includes(':') && !login.includes('\ufffd') ? login : text;
}

function endpointOf(text: string, defaultPort: number): { server: string; port: number } | null {
  const [, inBrackets, bare, digits] =
    /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([0-9]{1,5}))?$/.exec(text) ?? [];
  const host = decodePart(inBrackets ?? bare ?? '');
  const ip = parseIp(host);
  const server = ip === null ? normalizeDomain(host) : formatIp(ip);
  const port = digits === undefined ? defaultPort : Number(digits);
  return server === null || port < 1 || port > 65535 ? null : { server, port };
}

function sniOf(parameters: URLSearchParams): string {
  return normalizeDomain(parameters.get('sni') ?? '') ?? '';
}

/** Before and after the first separator; one part where it is not there. */
function splitAt(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
