/**
 * GEOSITE lists, countries and autonomous systems, as rules and DNS ask for them. Nothing is
 * opened or fetched before somebody asks; what is asked for the first time has no answer until it
 * is loaded. Owns its files until `close`; its slots stay the same for ever.
 */
import { readFile } from 'node:fs/promises';
import type { GeoInfo } from '../api/providers.ts';
import type { GeoConfig } from '../config/provider-config.ts';
import { buildSet } from '../providers/build-set.ts';
import type { Parser } from '../providers/parser.ts';
import type { Ip } from '../../rules/ip.ts';
import { EMPTY_CONTEXT } from '../../rules/rule-set.ts';
import type { RuleSet, RuleSetSlot } from '../../rules/rule-set.ts';
import { quote } from '../../rules/text.ts';
import { GeoFile, LARGEST_GEO_FILE } from './geo-file.ts';
import type { GeoParts } from './geo-file.ts';
import { AsnDatabase, CountryDatabase } from './ip-databases.ts';
import { OtherNames, UnionSet } from './set-algebra.ts';
import type { GeoSiteList } from './v2ray-dat.ts';

export interface GeoDataParts extends GeoParts {
  readonly parser: Parser;
}

const NO_CODES: readonly string[] = [];

export class GeoData {
  readonly #parts: GeoDataParts;
  readonly #closing = new AbortController();
  #config: GeoConfig;
  #started = false;
  #geosite: GeoFile | null = null;
  #country: GeoFile | null = null;
  #asn: GeoFile | null = null;
  /** By name without `!`. */
  readonly #sites = new Map<string, RuleSetSlot>();
  /** Slots of `!name`. */
  readonly #otherSites = new Map<string, RuleSetSlot>();
  #countries: CountryDatabase | null = null;
  #systems: AsnDatabase | null = null;
  /** From v2ray's format: by code, those that rules name. */
  readonly #countrySets = new Map<string, RuleSet | null>();
  /** The latest loading of lists; the next one waits for it. */
  #turn: Promise<unknown> = Promise.resolve();
  #isScheduled = false;

  constructor(config: GeoConfig, parts: GeoDataParts) {
    this.#config = config;
    this.#parts = parts;
  }

  /** From here on missing files are fetched. */
  start(): void {
    this.#started = true;
    for (const file of this.#files()) file.start();
  }

  /** Other places, or another schedule: what is in use stays until the new data are here. */
  async configure(config: GeoConfig): Promise<void> {
    if (JSON.stringify(config) === JSON.stringify(this.#config)) return;
    this.#config = config;
    const opened: Promise<void>[] = [];
    if (this.#geosite !== null) {
      this.#geosite.close();
      this.#geosite = null;
      opened.push(this.#needGeosite());
    }
    if (this.#country !== null) {
      this.#country.close();
      this.#country = null;
      opened.push(this.#needCountry());
    }
    if (this.#asn !== null) {
      this.#asn.close();
      this.#asn = null;
      opened.push(this.#needAsn());
    }
    await Promise.all(opened);
  }

  /** Opens what these need. Resolves when what is on disk is in use. */
  async need(needs: {
    readonly sites: readonly string[];
    readonly countries: readonly string[];
    readonly asn: boolean;
  }): Promise<void> {
    for (const name of needs.sites) this.geosite(name);
    for (const code of needs.countries) {
      if (!this.#countrySets.has(code)) this.#countrySets.set(code, null);
    }
    const opened: Promise<void>[] = [];
    if (needs.sites.length > 0) opened.push(this.#needGeosite());
    if (needs.countries.length > 0) opened.push(this.#needCountry());
    if (needs.asn) opened.push(this.#needAsn());
    await Promise.all(opened);
    await this.#loadLists();
  }

  /** Such as `cn`, `google@cn`, `!cn`; case does not count. */
  geosite(text: string): RuleSetSlot {
    const name = text.trim().toLowerCase();
    const isOther = name.startsWith('!');
    const bare = isOther ? name.slice(1) : name;
    let slot = this.#sites.get(bare);
    if (slot === undefined) {
      slot = { name: bare, current: null };
      this.#sites.set(bare, slot);
      this.#schedule();
    }
    if (!isOther) return slot;
    let other = this.#otherSites.get(bare);
    if (other === undefined) {
      other = { name, current: slot.current === null ? null : new OtherNames(slot.current) };
      this.#otherSites.set(bare, other);
    }
    return other;
  }

  /** In lower case; empty where nothing is known. */
  geoip(ip: Ip): readonly string[] {
    if (this.#country === null) void this.#needCountry();
    if (!this.#config.datMode) return this.#countries?.codes(ip) ?? NO_CODES;
    const codes: string[] = [];
    for (const [code, set] of this.#countrySets) if (set?.hasIp(ip) === true) codes.push(code);
    return codes;
  }

  /** 0 where nothing is known. */
  asn(ip: Ip): number {
    if (this.#asn === null) void this.#needAsn();
    return this.#systems?.number(ip) ?? 0;
  }

  get info(): readonly GeoInfo[] {
    const sites = [...this.#sites.values()].filter(({ current }) => current !== null);
    const countries = [...this.#countrySets].filter(([, set]) => set !== null);
    const sum = (sets: Iterable<RuleSet | null>): number =>
      [...sets].reduce((total, set) => total + (set?.size ?? 0), 0);
    const { datMode } = this.#config;
    return [
      this.#geosite?.info(
        sum(sites.map(({ current }) => current)),
        sites.map(({ name }) => name),
      ),
      this.#country?.info(
        datMode ? sum(countries.map(([, set]) => set)) : (this.#countries?.count ?? 0),
        datMode ? countries.map(([code]) => code) : [],
      ),
      this.#asn?.info(this.#systems?.count ?? 0, []),
    ].filter((info) => info !== undefined);
  }

  /** Rejects with `SluiceError`. False: nothing is called so, or nobody needs it. */
  async refresh(name: string): Promise<boolean> {
    const files = { geosite: this.#geosite, country: this.#country, asn: this.#asn };
    const file = Object.hasOwn(files, name) ? files[name as keyof typeof files] : null;
    await file?.refresh();
    return file !== null;
  }

  retry(): void {
    for (const file of this.#files()) file.retry();
  }

  close(): void {
    this.#closing.abort();
    for (const file of this.#files()) file.close();
  }

  #files(): GeoFile[] {
    return [this.#geosite, this.#country, this.#asn].filter((file) => file !== null);
  }

  #needGeosite(): Promise<void> {
    if (this.#geosite !== null || this.#closing.signal.aborted) return Promise.resolve();
    const { geosite } = this.#config;
    this.#geosite = this.#open('geosite', geosite, (path) =>
      this.#loadSites(path, [...this.#sites.keys()]),
    );
    return this.#opened(this.#geosite);
  }

  #needCountry(): Promise<void> {
    if (this.#country !== null || this.#closing.signal.aborted) return Promise.resolve();
    const { datMode, geoip, mmdb } = this.#config;
    this.#country = datMode
      ? this.#open('country', geoip, (path) =>
          this.#loadCountries(path, [...this.#countrySets.keys()]),
        )
      : this.#open('country', mmdb, async (path) => {
          this.#countries = new CountryDatabase(await readFile(path));
        });
    return this.#opened(this.#country);
  }

  #needAsn(): Promise<void> {
    if (this.#asn !== null || this.#closing.signal.aborted) return Promise.resolve();
    this.#asn = this.#open('asn', this.#config.asn, async (path) => {
      this.#systems = new AsnDatabase(await readFile(path));
    });
    return this.#opened(this.#asn);
  }

  #open(name: GeoInfo['name'], place: string, take: (path: string) => Promise<void>): GeoFile {
    return new GeoFile(name, place, this.#config, this.#parts, take);
  }

  async #opened(file: GeoFile): Promise<void> {
    await file.open();
    if (this.#started) file.start();
  }

  /** A list that nobody asked for so far is loaded a little later, with others like it. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#needGeosite().then(() => this.#loadLists());
    });
  }

  /** What the files in use have and nobody has loaded yet. Never rejects. */
  #loadLists(): Promise<void> {
    const work = this.#turn.then(async () => {
      const sites = [...this.#sites].filter(([, { current }]) => current === null);
      const site = this.#geosite?.inUse ?? '';
      const countries = [...this.#countrySets].filter(([, set]) => set === null);
      const country = this.#country?.inUse ?? '';
      try {
        if (site !== '' && sites.length > 0) {
          await this.#loadSites(
            site,
            sites.map(([name]) => name),
          );
        }
        if (this.#config.datMode && country !== '' && countries.length > 0) {
          await this.#loadCountries(
            country,
            countries.map(([code]) => code),
          );
        }
      } catch (cause) {
        if (this.#closing.signal.aborted) return;
        const reason = cause instanceof Error ? cause.message : String(cause);
        this.#parts.log.warning('GEO_LIST', `Lists of geo data cannot be loaded: ${reason}.`);
      }
    });
    this.#turn = work;
    return work;
  }

  async #loadSites(path: string, names: readonly string[]): Promise<void> {
    const job = { kind: 'geosite', path, sizeLimit: LARGEST_GEO_FILE, names } as const;
    const { lists, total } = await this.#parts.parser.run(job);
    for (const name of names) {
      const list = lists.get(name);
      if (list === undefined) this.#warnMissing('GEOSITE', name, total);
      else this.#putSite(name, await this.#siteSet(name, list));
    }
  }

  async #siteSet(name: string, { domains, others }: GeoSiteList): Promise<RuleSet | null> {
    const { signal } = this.#closing;
    const sets: RuleSet[] = [];
    if (domains.count > 0)
      sets.push((await buildSet('domain', domains, EMPTY_CONTEXT, signal)).set);
    if (others.count > 0)
      sets.push((await buildSet('classical', others, EMPTY_CONTEXT, signal)).set);
    const [only] = sets;
    if (only !== undefined) return sets.length === 1 ? only : new UnionSet(sets);
    const message = `The list ${quote(name)} of GEOSITE is empty: rules that name it do not match.`;
    this.#parts.log.warning('GEO_LIST', message);
    return null;
  }

  #putSite(name: string, set: RuleSet | null): void {
    const slot = this.#sites.get(name);
    if (slot !== undefined) slot.current = set;
    const other = this.#otherSites.get(name);
    if (other !== undefined) other.current = set === null ? null : new OtherNames(set);
  }

  async #loadCountries(path: string, codes: readonly string[]): Promise<void> {
    const job = { kind: 'geoip', path, sizeLimit: LARGEST_GEO_FILE, codes } as const;
    const { lists, total } = await this.#parts.parser.run(job);
    for (const code of codes) {
      const list = lists.get(code);
      if (list === undefined) this.#warnMissing('GEOIP', code, total);
      else {
        const { set } = await buildSet('ipcidr', list, EMPTY_CONTEXT, this.#closing.signal);
        this.#countrySets.set(code, set);
      }
    }
  }

  #warnMissing(what: string, name: string, total: number): void {
    const message = `The ${what} data have ${total} lists, and ${quote(name)} is none of them: rules that name it do not match.`;
    this.#parts.log.warning('GEO_LIST_UNKNOWN', message);
  }
}
