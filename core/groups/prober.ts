/**
 * Runs tests of proxies, a bounded number at a time; somebody who asks for a test that is
 * running already gets its result. It notes results in the proxies.
 */
import { SluiceError } from '../api/errors.ts';
import type { ProbeOptions } from './probe.ts';
import { probe } from './probe.ts';
import type { Proxy } from './proxy.ts';

/** Tests at the same time, as in mihomo. */
const MAX_RUNNING = 10;

export class Prober {
  readonly #onResult: () => void;
  readonly #running = new Map<string, Promise<number>>();
  readonly #ids = new WeakMap<Proxy, number>();
  readonly #waiting: (() => void)[] = [];
  readonly #closing = new AbortController();
  #count = 0;
  #nextId = 1;

  /** `onResult` is called after each. */
  constructor(onResult: () => void) {
    this.#onResult = onResult;
  }

  /** The delay in milliseconds. Rejects with `SluiceError` where the proxy fails the test. */
  test(proxy: Proxy, options: ProbeOptions): Promise<number> {
    const { url, timeoutMs, expectedStatus, unified } = options;
    const key = JSON.stringify([this.#idOf(proxy), url, timeoutMs, expectedStatus, unified]);
    let running = this.#running.get(key);
    if (running === undefined) {
      running = this.#test(proxy, options).finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    return running;
  }

  close(): void {
    this.#closing.abort();
    for (const start of this.#waiting.splice(0)) start();
  }

  async #test(proxy: Proxy, options: ProbeOptions): Promise<number> {
    const { signal } = this.#closing;
    const { upstream } = proxy;
    if (upstream === null) {
      throw new SluiceError('ERR_TEST_REFUSED', `${proxy.name} forwards nothing: no test is due.`);
    }
    await this.#turn();
    try {
      signal.throwIfAborted();
      const delay = await probe(upstream, options, signal);
      this.#note(proxy, options.url, delay);
      return delay;
    } catch (cause) {
      // What was broken off says nothing.
      if (!signal.aborted) this.#note(proxy, options.url, 0);
      throw cause;
    } finally {
      // The next one takes over the place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#count -= 1;
      else next();
    }
  }

  #note(proxy: Proxy, url: string, delay: number): void {
    proxy.health.add(url, delay);
    if (delay > 0) proxy.failures = 0;
    this.#onResult();
  }

  async #turn(): Promise<void> {
    if (this.#count < MAX_RUNNING) this.#count += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #idOf(proxy: Proxy): number {
    let id = this.#ids.get(proxy);
    if (id === undefined) {
      id = this.#nextId;
      this.#nextId += 1;
      this.#ids.set(proxy, id);
    }
    return id;
  }
}
