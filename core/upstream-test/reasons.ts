/** Why a server cannot be used as the proxy that it was taken for, and what to change. Pure. */
import { SluiceError } from '../api/errors.ts';
import type { ServerProxy } from '../config/upstream-settings.ts';
import { failed, failedBy } from './finding.ts';
import type { Finding } from './finding.ts';
import type { Spoken } from './speaks.ts';

/** OpenSSL's and Node's names of what is wrong with a certificate. */
const CERTIFICATE_PROBLEMS: Readonly<Record<string, readonly [problem: string, fix: string]>> = {
  CERT_HAS_EXPIRED: [
    'The certificate of the proxy has expired.',
    'Ask who runs the proxy to renew it.',
  ],
  CERT_NOT_YET_VALID: [
    'The certificate of the proxy is not valid yet.',
    'Check the date and time of this machine.',
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'The proxy has signed its certificate itself.',
    'Put its certificate into ca-str, or its SHA-256 into fingerprint.',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'The certificate of the proxy comes from an authority that this machine does not know.',
    "Put that authority's certificate into ca-str.",
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'The certificate of the proxy comes from an authority that this machine does not know.',
    "Put that authority's certificate into ca-str.",
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    'The certificate of the proxy comes from an authority that this machine does not know.',
    "Put that authority's certificate into ca-str.",
  ],
};

/** Null: it is not the certificate. */
export function tlsFailure(cause: unknown, wanted: string): Finding | null {
  if (!(cause instanceof SluiceError) || cause.code !== 'ERR_UPSTREAM_TLS') return null;
  const below: Partial<NodeJS.ErrnoException> = cause.cause instanceof Error ? cause.cause : {};
  const { code = '', message = '' } = below;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = /altnames: (.{1,200})/.exec(message)?.[1];
    const found = names === undefined ? '' : `; it is for ${names.replace(/DNS:/g, '')}`;
    const problem = `The certificate of the proxy is not for ${wanted}${found}.`;
    return failed(code, problem, 'Set sni to a name that the certificate is for.');
  }
  const known = Object.hasOwn(CERTIFICATE_PROBLEMS, code) ? CERTIFICATE_PROBLEMS[code] : undefined;
  if (known !== undefined) return failed(code, ...known);
  // A fingerprint that is another one comes without an error below it.
  return cause.cause === undefined ? failedBy(cause) : null;
}

export function loginFailure(type: ServerProxy['type'], username: string, cause: unknown): Finding {
  const { code, message } = failedBy(cause);
  if (type === 'socks4') return failed(code, message, 'Set the user name that its identd knows.');
  if (username === '') {
    const problem = 'The proxy wants a user name and a password.';
    return failed(code, problem, 'Enter them.');
  }
  const isMethod = /neither|authentication method/.test(message);
  if (type === 'socks5' && isMethod) {
    const problem = 'The proxy takes neither user name and password nor no login.';
    return failed(code, problem, 'It may let in certain addresses only: ask who runs it.');
  }
  const problem = 'The proxy does not accept this user name and password.';
  return failed(code, problem, 'Check both; capital letters count.');
}

/** `expected`: what the settings say. `found` is told where nothing better is known. */
export function notTheProtocol(
  expected: ServerProxy['type'] | 'tls',
  spoken: Spoken | null,
  found: Finding,
): Finding {
  if (spoken === null || spoken === expected) return found;
  const [problem, fix] = told(expected, spoken);
  return failed('WRONG_PROTOCOL', problem, fix);
}

function told(expected: ServerProxy['type'] | 'tls', spoken: Spoken): readonly [string, string] {
  if (expected === 'tls') {
    const what = spoken === 'socks5' ? 'SOCKS5' : 'HTTP';
    return [`The server speaks ${what} without TLS on this port.`, 'Switch TLS off.'];
  }
  switch (spoken) {
    case 'socks5':
      return ['The server speaks SOCKS5.', 'Choose the type SOCKS5.'];
    case 'http':
      return ['The server is an HTTP proxy.', 'Choose the type HTTP.'];
    case 'web':
      return [
        'The server is a web server, and no proxy.',
        'Check the port: this one serves web pages.',
      ];
    case 'tls':
      return ['The server expects TLS on this port.', 'Switch TLS on.'];
  }
}
