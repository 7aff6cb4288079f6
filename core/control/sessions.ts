/**
 * Who may use the control API over HTTP: whoever knows the secret, and browsers that opened a
 * one-time link. A session's token is derived from the secret, so it outlives a restart of core
 * and ends when the secret changes. Owns the links that nobody has opened yet.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const LINK_LIFE_MS = 10 * 60_000;
/** A person opens one; more are forgotten oldest first. */
const MAX_LINKS = 16;

export class Sessions {
  readonly #secret: string;
  /** When each code ends, on the clock of `performance.now`. */
  readonly #links = new Map<string, number>();

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** A code that opens one session, once, within ten minutes. */
  newLink(): string {
    const code = randomBytes(16).toString('base64url');
    this.#links.set(code, performance.now() + LINK_LIFE_MS);
    const [oldest] = this.#links.keys();
    if (this.#links.size > MAX_LINKS && oldest !== undefined) this.#links.delete(oldest);
    return code;
  }

  /** The token of a new session; null where the code was used, is too old, or never was. */
  open(code: string): string | null {
    const until = this.#links.get(code);
    this.#links.delete(code);
    if (until === undefined || until < performance.now()) return null;
    const id = randomBytes(16).toString('base64url');
    return `${id}.${this.#sign(id)}`;
  }

  /** Both take the same time for every wrong text. */
  isSecret(token: string): boolean {
    return equal(token, this.#secret);
  }

  isSession(token: string): boolean {
    const [id = '', signature = ''] = token.split('.', 2);
    return equal(signature, this.#sign(id));
  }

  #sign(id: string): string {
    return createHmac('sha256', this.#secret).update(`session ${id}`).digest('base64url');
  }
}

/** Compares digests: neither the length nor the first difference shows in the time. */
function equal(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
