/**
 * All that comes from lists and data outside the configuration: rule providers, proxy providers,
 * GEOSITE and GEOIP data. One object lives as long as core; what a new configuration leaves
 * unchanged is kept as it is, and not fetched again. Owns everything behind it until `close`.
 */
import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { SluiceError } from '../api/errors.ts';
import type { ProviderList } from '../api/providers.ts';
import type { Config, ProxyConfig } from '../config/config.ts';
import type { ProviderSource } from '../config/provider-config.ts';
import type { NameSet } from '../dns/exchange.ts';
import { GeoData } from '../geo/geo-data.ts';
import type { Dial } from '../http/connection.ts';
import type { Logger } from '../log/logger.ts';
import type { RuleContext, RuleSetSlot } from '../../rules/rule-set.ts';
import { printable } from '../../rules/text.ts';
import { Downloader } from './download.ts';
import { geoNeeds } from './needs.ts';
import { Parser } from './parser.ts';
import { ProxyProvider } from './proxy-provider.ts';
import { RuleProvider } from './rule-provider.ts';
import type { ProviderParts } from './rule-provider.ts';

export interface ProvidersParts {
  /** The state folder. */
  readonly stateDir: string;
  readonly log: Logger;
  /** The way out by the name of a proxy or group; empty: past the tunnel. Throws `SluiceError`. */
  readonly dialThrough: (proxy: string) => Dial;
  /** A proxy provider has other proxies now. */
  readonly onProxies: () => void;
}

/** A change of configuration that is prepared: either way it ends, that is to be said once. */
export interface PreparedProviders {
  /** The configuration is in force: what it does not name any more ends. */
  commit(): void;
  /** It is not: what was made for it ends. */
  discard(): void;
}

/** What may take a while to read from disk does not hold up a new configuration for longer. */
const RELOAD_WAIT_MS = 100;

type Provider = RuleProvider | ProxyProvider;

export class Providers {
  readonly #parts: ProvidersParts;
  readonly #downloader: Downloader;
  readonly #parser = new Parser();
  readonly #geo: GeoData;
  #rules = new Map<string, RuleProvider>();
  #proxies = new Map<string, ProxyProvider>();
  /** What rules that are being compiled see, and groups that are being built. */
  readonly #slots = new Map<string, RuleSetSlot>();
  #offered: ReadonlyMap<string, ProxyProvider> = new Map();
  /** The configuration in force. */
  #config: Config;
  #started = false;

  constructor(config: Config, parts: ProvidersParts) {
    this.#config = config;
    this.#parts = parts;
    this.#downloader = new Downloader(parts.dialThrough, config);
    this.#geo = new GeoData(config.geo, {
      folder: join(parts.stateDir, 'providers', 'geo'),
      downloader: this.#downloader,
      parser: this.#parser,
      log: parts.log,
    });
  }

  /** What compiled rules look up; the same for every configuration. */
  readonly context: RuleContext = {
    ruleSets: this.#slots,
    geosite: (name) => this.#geo.geosite(name),
    geoip: (ip) => this.#geo.geoip(ip),
    asn: (ip) => this.#geo.asn(ip),
  };

  /** Sets of names for DNS; null where no rule provider is called so. */
  nameSet(kind: 'geosite' | 'rule-set', name: string): NameSet | null {
    if (kind === 'rule-set' && !this.#slots.has(name)) return null;
    const find = (): RuleSetSlot | undefined =>
      kind === 'geosite' ? this.#geo.geosite(name) : this.#slots.get(name);
    // Found anew each time: a provider whose settings change gets another slot.
    return { has: (domain) => find()?.current?.hasDomain(domain) ?? false };
  }

  /** The proxies of a provider; none where it has not been loaded, or there is no such provider. */
  proxiesOf(provider: string): readonly ProxyConfig[] {
    return this.#offered.get(provider)?.proxies ?? [];
  }

  /**
   * Opens what a configuration names. Resolves when what is on disk is in use; while core runs,
   * large files may follow later. Never rejects.
   */
  async prepare(config: Config): Promise<PreparedProviders> {
    const rules = this.#keepOrMake(this.#rules, config.ruleProviders, 'rules', (own, parts) => {
      return new RuleProvider(own, parts);
    });
    const proxies = this.#keepOrMake(
      this.#proxies,
      config.proxyProviders,
      'proxies',
      (own, parts) => new ProxyProvider(own, parts, () => this.#onProxies(own.name)),
    );
    const before = new Map(this.#slots);
    for (const [name, { slot }] of rules.all) this.#slots.set(name, slot);
    this.#offered = proxies.all;
    const opened = [
      ...[...rules.made, ...proxies.made].map((provider) => provider.open()),
      this.#geo.configure(config.geo).then(() => this.#geo.need(geoNeeds(config))),
    ];
    const patience = this.#started ? RELOAD_WAIT_MS : null;
    await settled(opened, patience);
    return {
      commit: () => {
        this.#config = config;
        this.#downloader.settings = config;
        closeOthers(this.#rules, rules.all);
        closeOthers(this.#proxies, proxies.all);
        for (const name of this.#slots.keys()) if (!rules.all.has(name)) this.#slots.delete(name);
        this.#rules = rules.all;
        this.#proxies = proxies.all;
        if (!this.#started) return;
        for (const made of [...rules.made, ...proxies.made]) made.start();
        // What was loaded while groups were built already.
        if (proxies.made.length > 0) this.#parts.onProxies();
      },
      discard: () => {
        for (const made of [...rules.made, ...proxies.made]) made.close();
        this.#offered = this.#proxies;
        this.#slots.clear();
        for (const [name, slot] of before) this.#slots.set(name, slot);
        void this.#geo.configure(this.#config.geo);
      },
    };
  }

  /** The engine runs: from here on what is missing or old is fetched. */
  start(): void {
    this.#started = true;
    for (const provider of [...this.#rules.values(), ...this.#proxies.values()]) provider.start();
    this.#geo.start();
  }

  list(): ProviderList {
    return {
      rules: [...this.#rules.values()].map(({ info }) => info),
      proxies: [...this.#proxies.values()].map(({ info }) => info),
      geo: this.#geo.info,
    };
  }

  /** Fetches or reads one again. Rejects with `SluiceError`; what was loaded before stays then. */
  async refresh(kind: keyof ProviderList, name: string): Promise<void> {
    if (kind === 'geo') {
      if (!(await this.#geo.refresh(name))) throw unknown('geo data', name);
      return;
    }
    const provider = (kind === 'rules' ? this.#rules : this.#proxies).get(name);
    if (provider === undefined) throw unknown(kind === 'rules' ? 'rule' : 'proxy', name);
    await provider.refresh();
  }

  /** The network may be another now: what could not be fetched is tried again at once. */
  retry(): void {
    for (const provider of [...this.#rules.values(), ...this.#proxies.values()]) provider.retry();
    this.#geo.retry();
  }

  async close(): Promise<void> {
    for (const provider of [...this.#rules.values(), ...this.#proxies.values()]) provider.close();
    this.#geo.close();
    await this.#parser.close();
  }

  #keepOrMake<P extends Provider>(
    before: ReadonlyMap<string, P>,
    configs: readonly P['config'][],
    folder: string,
    make: (config: P['config'], parts: ProviderParts) => P,
  ): { readonly all: Map<string, P>; readonly made: readonly P[] } {
    const all = new Map<string, P>();
    const made: P[] = [];
    for (const config of configs) {
      const kept = before.get(config.name);
      if (kept !== undefined && sameSettings(kept.config, config)) {
        all.set(config.name, kept);
        continue;
      }
      const provider = make(config, this.#providerParts(config.name, config.source, folder));
      all.set(config.name, provider);
      made.push(provider);
    }
    return { all, made };
  }

  #providerParts(name: string, source: { readonly type: string }, folder: string): ProviderParts {
    const { stateDir, log } = this.#parts;
    const keptAt = keptPath(join(stateDir, 'providers'), folder, name, source as ProviderSource);
    const { context } = this;
    return { downloader: this.#downloader, parser: this.#parser, context, log, keptAt };
  }

  #onProxies(name: string): void {
    // One that is not in force yet, or not any more, changes nothing.
    if (this.#started && this.#proxies.has(name)) this.#parts.onProxies();
  }
}

/** A list from another URL is another list, whatever it is called. */
function keptPath(root: string, folder: string, name: string, source: ProviderSource): string {
  if (source.type !== 'http') return '';
  if (isAbsolute(source.path)) return source.path;
  if (source.path !== '') return join(root, 'own', source.path);
  const hash = createHash('sha256').update(`${name}\n${source.url}`).digest('hex');
  return join(root, folder, hash.slice(0, 32));
}

/** Where something stands in the file is no setting of it. */
function sameSettings(a: object, b: object): boolean {
  const textOf = (settings: object): string =>
    JSON.stringify(settings, (key, value: unknown) =>
      key === 'line' || key === 'position' ? null : value,
    );
  return textOf(a) === textOf(b);
}

function closeOthers(
  before: ReadonlyMap<string, Provider>,
  now: ReadonlyMap<string, Provider>,
): void {
  for (const [name, provider] of before) if (now.get(name) !== provider) provider.close();
}

/** Waits for all of them, or for so long. */
async function settled(work: readonly Promise<void>[], patienceMs: number | null): Promise<void> {
  const all = Promise.allSettled(work);
  if (patienceMs === null) {
    await all;
    return;
  }
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, patienceMs);
  await Promise.race([all, late]);
  clearTimeout(timer);
}

function unknown(what: string, name: string): SluiceError {
  return new SluiceError(
    'ERR_PROVIDER_UNKNOWN',
    `There is no ${what}${what === 'geo data' ? '' : ' provider'} ${printable(name, 60)}. "sluice providers" lists what there is.`,
  );
}
