/**
 * Which requests over HTTP are heard: those that name this machine by an address (DNS
 * rebinding), come from no other site's page (cross-site requests), and carry the secret.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { RequestError } from './http.ts';
import { RateLimit } from './rate-limit.ts';
import type { Sessions } from './sessions.ts';

export interface AccessOptions {
  readonly sessions: Sessions;
  /** Origins of other pages that are heard; `*` is every one. */
  readonly allowOrigins: readonly string[];
  readonly allowPrivateNetwork: boolean;
}

/** Wrong secrets: a person mistypes a few, a program tries many. */
const WRONG_PER_SECOND = 0.5;
const WRONG_AT_ONCE = 10;
/** Of all who have a session together, and of all others; an interface asks for a few. */
const REQUESTS_PER_SECOND = 500;
const REQUESTS_AT_ONCE = 1000;

const METHODS = 'GET, POST, PUT, PATCH, DELETE';
const HEADERS = 'Content-Type, Authorization';

export class Access {
  readonly #options: AccessOptions;
  readonly #wrong = new RateLimit(WRONG_PER_SECOND, WRONG_AT_ONCE);
  readonly #ofSessions = new RateLimit(REQUESTS_PER_SECOND, REQUESTS_AT_ONCE);
  readonly #ofOthers = new RateLimit(REQUESTS_PER_SECOND, REQUESTS_AT_ONCE);

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /**
   * Throws `RequestError` where nobody may ask so. True: it was a preflight, and is answered. The `token`
   * need not be right.
   */
  admit(request: IncomingMessage, response: ServerResponse, token: string): boolean {
    const isForeign = this.#comesFromAnotherSite(request);
    // After that: what a foreign page causes must not use up what others need. Nor must strangers.
    const isKnown = this.#options.sessions.isSession(token);
    if (!(isKnown ? this.#ofSessions : this.#ofOthers).take()) {
      throw new RequestError(429, 'ERR_TOO_MANY_REQUESTS', 'Too many requests. Try again soon.');
    }
    if (!isForeign) return false;
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '');
    response.setHeader('vary', 'Origin');
    if (request.method !== 'OPTIONS') return false;
    response.setHeader('access-control-allow-methods', METHODS);
    response.setHeader('access-control-allow-headers', HEADERS);
    response.setHeader('access-control-max-age', '86400');
    if (this.#options.allowPrivateNetwork) {
      response.setHeader('access-control-allow-private-network', 'true');
    }
    response.writeHead(204).end();
    return true;
  }

  /** Throws `RequestError` unless the token is the secret or a session's. */
  authorize(token: string): void {
    const { sessions } = this.#options;
    // Nobody guesses a session: whoever has one is never locked out by those who guess the secret.
    if (sessions.isSession(token)) return;
    // What a foreign page embeds has no token, and is no guess.
    if (token === '') throw unauthorized();
    // While somebody guesses, right answers are not told from wrong ones.
    if (this.#wrong.isEmpty) {
      const message = 'The secret was wrong too often. Wait a few seconds, or use "sluice ui".';
      throw new RequestError(429, 'ERR_TOO_MANY_FAILURES', message);
    }
    if (sessions.isSecret(token)) return;
    this.#wrong.take();
    throw unauthorized();
  }

  /** Whether a page of another site asks, one that may. Throws where it may not. */
  #comesFromAnotherSite({ headers }: IncomingMessage): boolean {
    const { host = '', origin } = headers;
    if (!namesThisMachine(host)) {
      const message = `The name ${JSON.stringify(host.slice(0, 100))} is not this machine's. Use its address.`;
      throw new RequestError(403, 'ERR_HOST_DENIED', message);
    }
    if (origin === undefined) {
      // Images, scripts and frames of other pages come without an origin; a link that is followed may.
      const site = headers['sec-fetch-site'];
      const isEmbedded = site === 'cross-site' || site === 'same-site';
      if (isEmbedded && headers['sec-fetch-mode'] !== 'navigate') throw denied('Another page');
      return false;
    }
    if (origin === `http://${host}`) return false;
    const { allowOrigins } = this.#options;
    if (allowOrigins.includes('*') || allowOrigins.includes(origin)) return true;
    throw denied(`The page ${JSON.stringify(origin.slice(0, 100))}`);
  }
}

function denied(who: string): RequestError {
  const message =
    `${who} may not use this API. ` +
    'Add it to external-controller-cors.allow-origins if it should.';
  return new RequestError(403, 'ERR_ORIGIN_DENIED', message);
}

function unauthorized(): RequestError {
  const message =
    'The secret is missing or wrong. "sluice ui" opens the interface with a new link.';
  return new RequestError(401, 'ERR_UNAUTHORIZED', message);
}

export function bearerToken(request: IncomingMessage): string {
  return /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}

/** A name from a foreign zone could be made to mean this machine; an address cannot. */
function namesThisMachine(host: string): boolean {
  const name = host.replace(/:[0-9]{1,5}$/, '').toLowerCase();
  if (isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || name === 'localhost') return true;
  const own = hostname().toLowerCase();
  return own !== '' && (name === own || name === `${own}.local`);
}
