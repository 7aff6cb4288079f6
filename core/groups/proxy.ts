/**
 * A proxy while it is in use: how flows leave through it, and how it does. The object lives for
 * as long as the proxy's configuration stays the same, whatever else is changed around it.
 */
import type { Duplex } from 'node:stream';
import { UpstreamError } from '../api/errors.ts';
import type { ProxyConfig } from '../config/config.ts';
import type { Target, UdpAssociation, Upstream } from '../upstream/upstream.ts';
import { Health } from './health.ts';

/** What becomes of a flow here: it leaves, it is refused, or the next rule decides. */
export type Disposition = 'forward' | 'reject' | 'drop' | 'pass';

/** `isDown`: the proxy's own server cannot be reached at all. */
export type OnDialFailed = (proxy: Proxy, isDown: boolean) => void;

export class Proxy implements Upstream {
  readonly name: string;
  readonly type: string;
  readonly disposition: Disposition;
  readonly config: ProxyConfig;
  readonly health = new Health();
  /** Dials that failed since one succeeded, and when the first of them did (milliseconds). */
  failures = 0;
  failingSince = 0;
  readonly #upstream: Upstream | null;
  readonly #onDialFailed: OnDialFailed;

  /** `upstream` is null where nothing is forwarded. */
  constructor(config: ProxyConfig, upstream: Upstream | null, onDialFailed: OnDialFailed) {
    this.name = config.name;
    this.type = upstream?.type ?? typeOf(config);
    this.disposition = upstream === null ? dispositionOf(config) : 'forward';
    this.config = config;
    this.#upstream = upstream;
    this.#onDialFailed = onDialFailed;
  }

  /** What does the work; null where nothing is forwarded. */
  get upstream(): Upstream | null {
    return this.#upstream;
  }

  get chain(): readonly string[] {
    return this.#upstream?.chain ?? [];
  }

  /** Whether datagrams may leave here, as far as the configuration says. */
  get udp(): boolean {
    const { config } = this;
    if (config.type === 'socks5') return config.udp && config.dialerProxy === '';
    return config.type === 'direct';
  }

  async connect(target: Target, signal: AbortSignal): Promise<Duplex> {
    try {
      const stream = await this.#forward().connect(target, signal);
      this.failures = 0;
      return stream;
    } catch (cause) {
      this.#learn(cause, signal);
      throw cause;
    }
  }

  async associate(signal: AbortSignal): Promise<UdpAssociation> {
    try {
      const association = await this.#forward().associate(signal);
      this.failures = 0;
      return association;
    } catch (cause) {
      this.#learn(cause, signal);
      throw cause;
    }
  }

  #learn(cause: unknown, signal: AbortSignal): void {
    if (signal.aborted || this.config.type === 'direct' || !isOwnFailure(cause)) return;
    const now = Date.now();
    if (now - this.failingSince > FAILURE_WINDOW_MS) this.failures = 0;
    if (this.failures === 0) this.failingSince = now;
    this.failures += 1;
    this.#onDialFailed(this, isDown(cause));
  }

  #forward(): Upstream {
    if (this.#upstream === null) throw new TypeError(`${this.name} forwards nothing.`);
    return this.#upstream;
  }
}

/** Failures that are further apart are not counted together. */
const FAILURE_WINDOW_MS = 10_000;

/** What says nothing of the target: the proxy itself could not be used. */
const OWN_FAILURES: readonly string[] = [
  'ERR_UPSTREAM_AUTH',
  'ERR_UPSTREAM_CLOSED',
  'ERR_UPSTREAM_PROTOCOL',
  'ERR_UPSTREAM_SERVER',
  'ERR_UPSTREAM_TIMEOUT',
  'ERR_UPSTREAM_TLS',
];

function isOwnFailure(cause: unknown): cause is UpstreamError {
  return cause instanceof UpstreamError && OWN_FAILURES.includes(cause.code);
}

/** Nobody listens there, or the host is gone. What may be our own network's fault is not that. */
export function isDown(cause: unknown): boolean {
  return (
    cause instanceof UpstreamError &&
    cause.code === 'ERR_UPSTREAM_SERVER' &&
    (cause.failure === 'upstream' || cause.failure === 'host-unreachable')
  );
}

function dispositionOf({ type }: ProxyConfig): Disposition {
  if (type === 'pass') return 'pass';
  return type === 'reject-drop' ? 'drop' : 'reject';
}

/** As dashboards show it. */
function typeOf(config: ProxyConfig): string {
  switch (config.type) {
    case 'reject-drop':
      return 'RejectDrop';
    case 'pass':
      return 'Pass';
    case 'unsupported':
      return config.declaredType;
    default:
      return 'Reject';
  }
}
