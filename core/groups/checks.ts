/**
 * When groups test their members: at their interval, at once after failures in traffic, and when
 * somebody asks. It owns the timers, and decides when a proxy is dead, so that flows through it
 * end.
 */
import type { Tested } from './tested.ts';
import type { Prober } from './prober.ts';
import type { ProbeOptions } from './probe.ts';
import type { Proxy } from './proxy.ts';
import { isDown } from './proxy.ts';

/** What came of testing one proxy. */
export interface Measured {
  /** Milliseconds; 0: it failed. */
  readonly delay: number;
  /** Why it failed. */
  readonly cause: unknown;
}

export interface ChecksParts {
  readonly prober: Prober;
  /** Whether this machine has a way out at all; without one tests say nothing. */
  readonly isOnline: () => boolean;
  readonly unifiedDelay: boolean;
  /** A round of tests of this one has ended. */
  readonly onRound: (one: Tested) => void;
  /** The proxy was alive and is dead. */
  readonly onDead: (proxy: Proxy, cause: unknown) => void;
}

/** Failures in traffic do not start tests more often. */
const URGENT_PAUSE_MS = 1_000;
/** Intervals differ by as much, so that groups do not test all at once. */
const JITTER = 0.1;
/** A timer cannot wait for longer. */
const LONGEST_MS = 2 ** 31 - 1;
/** While this machine is offline, and until the first test of what has just been added. */
const RETRY_MS = 5_000;
/** What is always refused is taken for dead after so many dials. */
const DOWN_AFTER = 3;

export class Checks {
  readonly #parts: ChecksParts;
  readonly #all: readonly Tested[];
  readonly #timers = new Map<Tested, NodeJS.Timeout>();
  readonly #rounds = new Map<Tested, Promise<ReadonlyMap<Proxy, Measured>>>();
  readonly #urgentAt = new Map<Tested, number>();
  /** When a dial that was refused was looked at last. */
  readonly #refusedAt = new WeakMap<Proxy, number>();
  #closed = false;

  constructor(all: readonly Tested[], parts: ChecksParts) {
    this.#all = all;
    this.#parts = parts;
  }

  /** Tests what is due now, and goes on at the intervals. */
  start(): void {
    for (const one of this.#all) {
      const { interval } = one.test;
      if (interval === 0) continue;
      const due = one.state.testedAt + interval * 1000 - Date.now();
      if (due <= 0 || this.#hasUntested(one)) this.#run(one);
      else this.#schedule(one, due);
    }
  }

  /** Members have changed, or the way out has: tests are due. */
  restart(): void {
    for (const one of this.#all) {
      if (one.test.interval > 0 && (!one.test.lazy || one.used)) {
        this.#run(one);
      }
    }
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const one of this.#all) one.onUse = null;
  }

  /** Tests all members now; without a way out there are no results. Never rejects. */
  round(one: Tested): Promise<ReadonlyMap<Proxy, Measured>> {
    let running = this.#rounds.get(one);
    if (running === undefined) {
      running = this.#round(one).finally(() => this.#rounds.delete(one));
      this.#rounds.set(one, running);
    }
    return running;
  }

  optionsOf({ test }: Tested): ProbeOptions {
    return {
      url: test.url,
      timeoutMs: test.timeout,
      expectedStatus: test.expectedStatus,
      unified: this.#parts.unifiedDelay,
    };
  }

  /** A dial in traffic has failed for the proxy's own fault. */
  dialFailed(proxy: Proxy, isRefused: boolean): void {
    if (this.#closed || !this.#parts.isOnline()) return;
    if (isRefused && proxy.failures === DOWN_AFTER) {
      this.#parts.onDead(proxy, new Error('its server cannot be reached'));
    }
    const now = Date.now();
    // Who has the proxy among thousands is not looked up for every dial of a flood.
    if (isRefused) {
      if (now - (this.#refusedAt.get(proxy) ?? 0) < URGENT_PAUSE_MS) return;
      this.#refusedAt.set(proxy, now);
    }
    for (const one of this.#all) {
      const { interval, maxFailedTimes } = one.test;
      if (interval === 0 || (!isRefused && proxy.failures % maxFailedTimes !== 0)) continue;
      const before = this.#urgentAt.get(one) ?? 0;
      if (now - before < URGENT_PAUSE_MS || !one.proxiesToTest().has(proxy)) continue;
      this.#urgentAt.set(one, now);
      this.#run(one);
    }
  }

  #run(one: Tested): void {
    one.used = false;
    void this.round(one).then(() => {
      const { interval } = one.test;
      if (!this.#closed && interval > 0) this.#schedule(one, interval * 1000);
    });
  }

  #schedule(one: Tested, delay: number): void {
    clearTimeout(this.#timers.get(one));
    const jittered = delay * (1 - JITTER + 2 * JITTER * Math.random());
    const timer = setTimeout(() => this.#tick(one), Math.min(jittered, LONGEST_MS)).unref();
    this.#timers.set(one, timer);
  }

  #tick(one: Tested): void {
    if (!this.#parts.isOnline()) this.#schedule(one, RETRY_MS);
    else if (!one.test.lazy || one.used) this.#run(one);
    else one.onUse = () => this.#run(one);
  }

  async #round(one: Tested): Promise<ReadonlyMap<Proxy, Measured>> {
    const options = this.optionsOf(one);
    const results = new Map<Proxy, Measured>();
    if (!this.#parts.isOnline()) return results;
    const doubtful = new Map<Proxy, unknown>();
    const tests = [...one.proxiesToTest()].map(async (proxy) => {
      const wasAlive = proxy.health.of(options.url).isAlive;
      const result = await this.#testTwice(proxy, options, wasAlive);
      const { delay, cause } = result;
      results.set(proxy, result);
      if (delay > 0 || !wasAlive) return;
      if (isDown(cause)) this.#parts.onDead(proxy, cause);
      else doubtful.set(proxy, cause);
    });
    await Promise.all(tests);
    if (this.#closed) return results;
    one.state.testedAt = Date.now();
    one.settle();
    this.#parts.onRound(one);
    // Where nobody passed, the test or our own network is as likely to be at fault.
    const somebodyPassed = [...results.values()].some(({ delay }) => delay > 0);
    if (somebodyPassed) for (const [proxy, cause] of doubtful) this.#parts.onDead(proxy, cause);
    return results;
  }

  /** What was alive gets a second chance, unless its machine refuses: flows depend on the verdict. */
  async #testTwice(proxy: Proxy, options: ProbeOptions, wasAlive: boolean): Promise<Measured> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return { delay: await this.#parts.prober.test(proxy, options), cause: null };
      } catch (cause) {
        if (attempt === 2 || !wasAlive || isDown(cause) || this.#closed) return { delay: 0, cause };
      }
    }
  }

  #hasUntested(one: Tested): boolean {
    const { url } = one.test;
    return [...one.proxiesToTest()].some((proxy) => !proxy.health.byUrl().has(url));
  }
}
