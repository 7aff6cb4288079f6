/** DIRECT: past the tunnel, straight to the target. */
import type { Duplex } from 'node:stream';
import { Attempt } from './attempt.ts';
import type { Dialer } from './dialer.ts';
import { authority, checkTarget } from './endpoint.ts';
import type { Target, UdpAssociation, Upstream } from './upstream.ts';

export class DirectUpstream implements Upstream {
  readonly name: string;
  readonly type = 'Direct';
  readonly chain: readonly string[];
  readonly #dialer: Dialer;
  readonly #limitMs: number;

  /** `connectTimeout` in milliseconds. */
  constructor(name: string, dialer: Dialer, connectTimeout: number) {
    this.name = name;
    this.chain = [name];
    this.#dialer = dialer;
    this.#limitMs = connectTimeout;
  }

  connect(target: Target, signal: AbortSignal): Promise<Duplex> {
    const goal = (): string => `reach ${authority(target)}`;
    const attempt = new Attempt({ upstream: this.name, goal, limitMs: this.#limitMs });
    return attempt.run(async () => {
      const { stream } = await this.#dialer.open(checkTarget(target, attempt), attempt);
      return stream;
    }, signal);
  }

  associate(): Promise<UdpAssociation> {
    return Promise.resolve({ kind: 'direct' });
  }
}
