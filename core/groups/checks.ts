/**
 * When groups test their members: at their interval, at once after failures in traffic, and when
 * somebody asks. It owns the timers, and decides when a proxy is dead, so that flows through it
 * end.
 */
import type { Group, Member } from './group.ts';
import { Group as AnyGroup, follow } from './group.ts';
import type { Prober } from './prober.ts';
import type { ProbeOptions } from './probe.ts';
import type { Proxy } from './proxy.ts';
import { isDown } from './proxy.ts';

export interface ChecksParts {
  readonly prober: Prober;
  /** Whether this machine has a way out at all; without one tests say nothing. */
  readonly isOnline: () => boolean;
  readonly unifiedDelay: boolean;
  /** A round of tests of this group has ended. */
  readonly onRound: (group: Group) => void;
  /** The proxy was alive and is dead. */
  readonly onDead: (proxy: Proxy, cause: unknown) => void;
}

/** Failures in traffic do not start tests more often. */
const URGENT_PAUSE_MS = 1_000;
/** Intervals differ by as much, so that groups do not test all at once. */
const JITTER = 0.1;
/** While this machine is offline, and until the first test of what has just been added. */
const RETRY_MS = 5_000;
/** What is always refused is taken for dead after so many dials. */
const DOWN_AFTER = 3;

export class Checks {
  readonly #parts: ChecksParts;
  readonly #groups: readonly Group[];
  readonly #timers = new Map<Group, NodeJS.Timeout>();
  readonly #rounds = new Map<Group, Promise<ReadonlyMap<Proxy, number>>>();
  readonly #urgentAt = new Map<Group, number>();
  #closed = false;

  constructor(groups: readonly Group[], parts: ChecksParts) {
    this.#groups = groups;
    this.#parts = parts;
  }

  /** Tests what is due now, and goes on at the intervals. */
  start(): void {
    for (const group of this.#groups) {
      const { interval } = group.config.test;
      if (interval === 0) continue;
      const due = group.state.testedAt + interval * 1000 - Date.now();
      if (due <= 0 || this.#hasUntested(group)) this.#run(group);
      else this.#schedule(group, due);
    }
  }

  /** Members have changed, or the way out has: tests are due. */
  restart(): void {
    for (const group of this.#groups) {
      if (group.config.test.interval > 0 && (!group.config.test.lazy || group.used)) {
        this.#run(group);
      }
    }
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const group of this.#groups) group.onUse = null;
  }

  /** Tests all members now. Resolves to their delays in milliseconds, 0 for those that failed. Never rejects. */
  round(group: Group): Promise<ReadonlyMap<Proxy, number>> {
    let running = this.#rounds.get(group);
    if (running === undefined) {
      running = this.#round(group).finally(() => this.#rounds.delete(group));
      this.#rounds.set(group, running);
    }
    return running;
  }

  optionsOf({ config: { test } }: Group): ProbeOptions {
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
    for (const group of this.#groups) {
      const { interval, maxFailedTimes } = group.config.test;
      if (interval === 0 || (!isRefused && proxy.failures < maxFailedTimes)) continue;
      const before = this.#urgentAt.get(group) ?? 0;
      if (Date.now() - before < URGENT_PAUSE_MS || !testees(group).has(proxy)) continue;
      this.#urgentAt.set(group, Date.now());
      this.#run(group);
    }
    if (isRefused && proxy.failures === DOWN_AFTER) {
      this.#parts.onDead(proxy, new Error('its server cannot be reached'));
    }
  }

  #run(group: Group): void {
    group.used = false;
    void this.round(group).then(() => {
      const { interval } = group.config.test;
      if (!this.#closed && interval > 0) this.#schedule(group, interval * 1000);
    });
  }

  #schedule(group: Group, delay: number): void {
    clearTimeout(this.#timers.get(group));
    const jittered = delay * (1 - JITTER + 2 * JITTER * Math.random());
    const timer = setTimeout(() => this.#tick(group), jittered).unref();
    this.#timers.set(group, timer);
  }

  #tick(group: Group): void {
    if (!this.#parts.isOnline()) this.#schedule(group, RETRY_MS);
    else if (!group.config.test.lazy || group.used) this.#run(group);
    else group.onUse = () => this.#run(group);
  }

  async #round(group: Group): Promise<ReadonlyMap<Proxy, number>> {
    const options = this.optionsOf(group);
    const delays = new Map<Proxy, number>();
    if (!this.#parts.isOnline()) return delays;
    const doubtful = new Map<Proxy, unknown>();
    const tests = [...testees(group)].map(async (proxy) => {
      const wasAlive = proxy.health.of(options.url).isAlive;
      const { delay, cause } = await this.#testTwice(proxy, options, wasAlive);
      delays.set(proxy, delay);
      if (delay > 0 || !wasAlive) return;
      if (isDown(cause)) this.#parts.onDead(proxy, cause);
      else doubtful.set(proxy, cause);
    });
    await Promise.all(tests);
    if (this.#closed) return delays;
    group.state.testedAt = Date.now();
    group.settle();
    this.#parts.onRound(group);
    // Where nobody passed, the test or our own network is as likely to be at fault.
    const somebodyPassed = [...delays.values()].some((delay) => delay > 0);
    if (somebodyPassed) for (const [proxy, cause] of doubtful) this.#parts.onDead(proxy, cause);
    return delays;
  }

  /** What was alive gets a second chance, unless its machine refuses: flows depend on the verdict. */
  async #testTwice(
    proxy: Proxy,
    options: ProbeOptions,
    wasAlive: boolean,
  ): Promise<{ readonly delay: number; readonly cause: unknown }> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return { delay: await this.#parts.prober.test(proxy, options), cause: null };
      } catch (cause) {
        if (attempt === 2 || !wasAlive || isDown(cause) || this.#closed) return { delay: 0, cause };
      }
    }
  }

  #hasUntested(group: Group): boolean {
    const { url } = group.config.test;
    return [...testees(group)].some((proxy) => !proxy.health.byUrl().has(url));
  }
}

/** The proxies whose health decides what the group chooses: those that its members lead to now. */
export function testees(group: Group): Set<Proxy> {
  const proxies = new Set<Proxy>();
  for (const member of group.usable) for (const proxy of leadsTo(member)) proxies.add(proxy);
  return proxies;
}

function leadsTo(member: Member): Iterable<Proxy> {
  if (member instanceof AnyGroup && member.isPerFlow) return testees(member);
  const { proxy } = follow(member, null);
  return proxy?.upstream == null ? [] : [proxy];
}
