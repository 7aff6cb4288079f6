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
/** Of all clients together; an interface asks for a few. */
const REQUESTS_PER_SECOND = 500;
const REQUESTS_AT_ONCE = 1000;

const METHODS = 'GET, POST, PUT, PATCH, DELETE';
const HEADERS = 'Content-Type, Authorization';

export class Access {
  readonly #options: AccessOptions;
  readonly #wrong = new RateLimit(WRONG_PER_SECOND, WRONG_AT_ONCE);
  readonly #requests = new RateLimit(REQUESTS_PER_SECOND, REQUESTS_AT_ONCE);

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Throws `RequestError` where nobody may ask so. True: it was a preflight, and is answered. */
  admit(request: IncomingMessage, response: ServerResponse): boolean {
    if (!this.#requests.take()) {
      throw new RequestError(429, 'ERR_TOO_MANY_REQUESTS', 'Too many requests. Try again soon.');
    }
    const { host = '', origin } = request.headers;
    if (!namesThisMachine(host)) {
      const message = `The name ${JSON.stringify(host.slice(0, 100))} is not this machine's. Use its address.`;
      throw new RequestError(403, 'ERR_HOST_DENIED', message);
    }
    if (origin === undefined || origin === `http://${host}`) return false;
    const { allowOrigins, allowPrivateNetwork } = this.#options;
    if (!allowOrigins.includes('*') && !allowOrigins.includes(origin)) {
      const message =
        `The page ${JSON.stringify(origin.slice(0, 100))} may not use this API. ` +
        'Add it to external-controller-cors.allow-origins if it should.';
      throw new RequestError(403, 'ERR_ORIGIN_DENIED', message);
    }
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('vary', 'Origin');
    if (request.method !== 'OPTIONS') return false;
    response.setHeader('access-control-allow-methods', METHODS);
    response.setHeader('access-control-allow-headers', HEADERS);
    response.setHeader('access-control-max-age', '86400');
    if (allowPrivateNetwork) response.setHeader('access-control-allow-private-network', 'true');
    response.writeHead(204).end();
    return true;
  }

  /** Throws `RequestError` unless the token is the secret or a session's. */
  authorize(token: string): void {
    // While somebody guesses, right answers are not told from wrong ones.
    if (this.#wrong.isEmpty) {
      const message = 'The secret was wrong too often. Wait a few seconds.';
      throw new RequestError(429, 'ERR_TOO_MANY_FAILURES', message);
    }
    if (this.#options.sessions.accepts(token)) return;
    this.#wrong.take();
    const message =
      'The secret is missing or wrong. "sluice ui" opens the interface with a new link.';
    throw new RequestError(401, 'ERR_UNAUTHORIZED', message);
  }
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
