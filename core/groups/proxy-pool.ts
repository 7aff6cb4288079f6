/**
 * Keeps proxies across changes of the configuration: one whose settings are the same stays the
 * same object, and with it what is known of it and the flows through it.
 */
import { readFileSync } from 'node:fs';
import type { ProxyConfig } from '../config/config.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { Proxy } from './proxy.ts';
import type { OnDialFailed } from './proxy.ts';

export type BuildUpstream = (config: ProxyConfig, connectTimeout: number) => Upstream | null;

export class ProxyPool {
  readonly #build: BuildUpstream;
  readonly #onDialFailed: OnDialFailed;
  #kept = new Map<string, Proxy>();

  /** `build` gives null for proxies that forward nothing, and may throw `SluiceError`. */
  constructor(build: BuildUpstream, onDialFailed: OnDialFailed) {
    this.#build = build;
    this.#onDialFailed = onDialFailed;
  }

  /** `connectTimeout` in milliseconds. Throws what `build` throws. */
  get(config: ProxyConfig, connectTimeout: number): Proxy {
    const key = keyOf(config, connectTimeout);
    let proxy = this.#kept.get(key);
    if (proxy === undefined) {
      proxy = new Proxy(config, this.#build(config, connectTimeout), this.#onDialFailed);
      this.#kept.set(key, proxy);
    }
    return proxy;
  }

  /** Forgets every other proxy. */
  retain(used: ReadonlySet<Proxy>): void {
    this.#kept = new Map([...this.#kept].filter(([, proxy]) => used.has(proxy)));
  }
}

/** All that makes a proxy what it is; where it stands in its file is no part of that. */
function keyOf(config: ProxyConfig, connectTimeout: number): string {
  const { position: _, ...settings } = config;
  return JSON.stringify([settings, connectTimeout, certificatesOf(config)]);
}

/** The file may hold others by now. Where it cannot be read, building the proxy says so. */
function certificatesOf(config: ProxyConfig): string {
  if (!('tls' in config) || config.tls === null || config.tls.caFile === '') return '';
  try {
    return readFileSync(config.tls.caFile, 'utf8');
  } catch {
    return '';
  }
}
