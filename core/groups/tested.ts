/** What is tested at an interval: a group, or the proxies of a provider. */
import type { GroupTestConfig } from '../config/config.ts';
import type { Proxy } from './proxy.ts';

export abstract class Tested {
  /** When everything was tested last, milliseconds since the epoch; kept across configurations. */
  abstract readonly state: { testedAt: number };
  readonly test: GroupTestConfig;
  /** Whether flows went through it since this was last set to false. */
  used = false;
  /** Called at the next use. */
  onUse: (() => void) | null = null;

  constructor(test: GroupTestConfig) {
    this.test = test;
  }

  abstract proxiesToTest(): Set<Proxy>;

  /** New results of tests are in. */
  settle(): void {}

  /** A flow goes through it. */
  touch(): void {
    this.used = true;
    if (this.onUse === null) return;
    const { onUse } = this;
    this.onUse = null;
    onUse();
  }
}
