/**
 * A proxy while it is in use: how flows leave through it. The object lives for as long as the
 * proxy's configuration stays the same, whatever else is changed around it.
 */
import type { Duplex } from 'node:stream';
import type { ProxyConfig } from '../config/config.ts';
import type { Target, UdpAssociation, Upstream } from '../upstream/upstream.ts';

/** What becomes of a flow here: it leaves, it is refused, or the next rule decides. */
export type Disposition = 'forward' | 'reject' | 'drop' | 'pass';

export class Proxy implements Upstream {
  readonly name: string;
  readonly type: string;
  readonly disposition: Disposition;
  readonly config: ProxyConfig;
  readonly #upstream: Upstream | null;

  /** `upstream` is null where nothing is forwarded. */
  constructor(config: ProxyConfig, upstream: Upstream | null) {
    this.name = config.name;
    this.type = upstream?.type ?? typeOf(config);
    this.disposition = upstream === null ? dispositionOf(config) : 'forward';
    this.config = config;
    this.#upstream = upstream;
  }

  /** What does the work; null where nothing is forwarded. */
  get upstream(): Upstream | null {
    return this.#upstream;
  }

  get chain(): readonly string[] {
    return this.#upstream?.chain ?? [];
  }

  connect(target: Target, signal: AbortSignal): Promise<Duplex> {
    return this.#forward().connect(target, signal);
  }

  associate(signal: AbortSignal): Promise<UdpAssociation> {
    return this.#forward().associate(signal);
  }

  #forward(): Upstream {
    if (this.#upstream === null) throw new TypeError(`${this.name} forwards nothing.`);
    return this.#upstream;
  }
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
