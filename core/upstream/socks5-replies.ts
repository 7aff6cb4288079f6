/** What a SOCKS5 server's replies mean. Each check throws the `UpstreamError` that the reply deserves. */
import type { UpstreamError } from '../api/errors.ts';
import type { Attempt } from './attempt.ts';
import {
  LOGIN_VERSION,
  NO_ACCEPTABLE_METHOD,
  NO_AUTHENTICATION,
  SUCCEEDED,
  USERNAME_PASSWORD,
  VERSION,
  lengthOfAddress,
  replyMeaning,
} from './socks5-wire.ts';

/** VER, METHOD (RFC 1928 section 3). Whether a login follows. */
export function checkMethod(reply: Buffer, canLogin: boolean, attempt: Attempt): boolean {
  const [version, method] = reply;
  if (version !== VERSION) throw notSocks5(version, attempt);
  if (method === NO_AUTHENTICATION) return false;
  if (method === USERNAME_PASSWORD && canLogin) return true;
  const problem =
    method === USERNAME_PASSWORD || method === NO_ACCEPTABLE_METHOD
      ? `the proxy accepts neither ${canLogin ? 'a user name and password nor' : ''} no authentication`
      : `the proxy chose authentication method ${method}, which was not offered`;
  throw attempt.error('ERR_UPSTREAM_AUTH', 'upstream', problem, AUTH_ADVICE);
}

/** VER, STATUS (RFC 1929 section 2). */
export function checkLogin(reply: Buffer, attempt: Attempt): void {
  const [version, status] = reply;
  if (version !== LOGIN_VERSION && version !== VERSION) throw notSocks5(version, attempt);
  if (status === SUCCEEDED) return;
  const problem = 'the proxy does not accept the user name and password';
  throw attempt.error('ERR_UPSTREAM_AUTH', 'upstream', problem, AUTH_ADVICE);
}

/** VER, REP: the first two bytes of the answer to a request (RFC 1928 section 6). */
export function checkReply(reply: Buffer, attempt: Attempt): void {
  const [version, code = 0] = reply;
  if (version !== VERSION) throw notSocks5(version, attempt);
  if (code === SUCCEEDED) return;
  const { code: errorCode, failure, text, advice } = replyMeaning(code);
  throw attempt.error(errorCode, failure, text, advice);
}

/** Bytes of the address in a reply, from ATYP to the port; `first` is the byte after ATYP. */
export function checkAddressLength(
  type: number | undefined,
  first: number | undefined,
  attempt: Attempt,
): number {
  const length = lengthOfAddress(type ?? 0, first ?? 0);
  if (length !== null) return length;
  const problem = `the proxy answers with the unknown address type ${type}`;
  throw attempt.protocolError(problem);
}

function notSocks5(version: number | undefined, attempt: Attempt): UpstreamError {
  const problem = `the proxy does not answer in SOCKS5 (first byte ${version})`;
  return attempt.protocolError(problem);
}

const AUTH_ADVICE = 'Check username and password of this proxy in the configuration';
