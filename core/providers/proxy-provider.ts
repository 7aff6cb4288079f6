/** One proxy provider: its proxies, chosen and renamed, kept up to date. Owns the resource behind it until `close`. */
import { SluiceError } from '../api/errors.ts';
import type { ProxyProviderInfo } from '../api/providers.ts';
import type { ProxyConfig } from '../config/config.ts';
import { Chooser } from '../config/name-filter.ts';
import type { ProxyProviderConfig } from '../config/provider-config.ts';
import { shownUrl } from '../http/http-error.ts';
import { quote } from '../../rules/text.ts';
import { overridden } from './proxy-override.ts';
import type { ProxyList } from './proxy-list.ts';
import { Resource } from './resource.ts';
import type { ProviderParts } from './rule-provider.ts';
import { parseSubscription } from './subscription.ts';

export class ProxyProvider {
  readonly config: ProxyProviderConfig;
  readonly #parts: ProviderParts;
  readonly #onChange: () => void;
  /** Null for an inline provider. */
  readonly #resource: Resource | null;
  #inlineAt: Date | null = null;
  #proxies: readonly ProxyConfig[] = [];
  #list: ProxyList = { proxies: [], unsupported: new Map(), broken: 0, problems: [] };

  /** `onChange`: other proxies are in use from now on. */
  constructor(config: ProxyProviderConfig, parts: ProviderParts, onChange: () => void) {
    this.config = config;
    this.#parts = parts;
    this.#onChange = onChange;
    const { source, name } = config;
    this.#resource =
      source.type === 'inline'
        ? null
        : new Resource({
            ...parts,
            label: `proxy provider ${quote(name)}`,
            source,
            take: (path) => this.#take(path),
          });
  }

  /** Chosen and renamed as the configuration says; each name once. */
  get proxies(): readonly ProxyConfig[] {
    return this.#proxies;
  }

  get info(): ProxyProviderInfo {
    const { source, name } = this.config;
    const state = this.#resource?.state;
    return {
      name,
      type: source.type,
      url: source.type === 'http' ? shownUrl(source.url) : null,
      path: source.type === 'file' ? source.path : null,
      count: this.#proxies.length,
      proxies: this.#proxies.map((proxy) => proxy.name),
      unsupported: Object.fromEntries(this.#list.unsupported),
      broken: this.#list.broken,
      problems: this.#list.problems,
      size: state?.size ?? 0,
      updatedAt: (state?.updatedAt ?? this.#inlineAt)?.toISOString() ?? null,
      nextRefresh: state?.nextRefresh?.toISOString() ?? null,
      error: state?.error ?? null,
      subscription: parseSubscription(state?.userInfo ?? ''),
    };
  }

  /** Uses what is on disk, or in the configuration. Never rejects. */
  async open(): Promise<void> {
    const { source } = this.config;
    if (source.type !== 'inline') return this.#resource?.open();
    this.#proxies = this.#chosen(source.proxies);
    this.#inlineAt = new Date();
  }

  start(): void {
    this.#resource?.start();
  }

  /** Rejects with `SluiceError`; what was loaded before stays then. */
  async refresh(): Promise<void> {
    await this.#resource?.refresh();
  }

  retry(): void {
    this.#resource?.retry();
  }

  close(): void {
    this.#resource?.close();
  }

  async #take(path: string): Promise<void> {
    const { source, name } = this.config;
    const sizeLimit = source.type === 'inline' ? 0 : source.sizeLimit;
    try {
      const list = await this.#parts.parser.run({ kind: 'proxies', path, sizeLimit });
      const proxies = this.#chosen(list.proxies);
      if (proxies.length === 0) {
        throw new SluiceError('ERR_LIST_EMPTY', 'filter and exclude-filter leave no proxy of it');
      }
      this.#list = list;
      this.#proxies = proxies;
    } catch (cause) {
      if (!(cause instanceof SluiceError)) throw cause;
      const where = source.type === 'http' ? shownUrl(source.url) : path;
      const message = `${where} is no usable list of proxies: ${cause.message}.`;
      throw new SluiceError(cause.code, message, { cause });
    }
    this.#warn(name);
    this.#onChange();
  }

  #chosen(proxies: readonly ProxyConfig[]): readonly ProxyConfig[] {
    const { choice, override } = this.config;
    const byName = new Map<string, ProxyConfig>();
    for (const proxy of new Chooser(choice).choose(proxies)) {
      const changed = overridden(proxy, override);
      // The first of a name stays, as in mihomo.
      if (!byName.has(changed.name)) byName.set(changed.name, changed);
    }
    return [...byName.values()];
  }

  #warn(name: string): void {
    const { unsupported, broken, problems } = this.#list;
    const parts = [...unsupported].map(([type, count]) => `${count} of type ${type}`);
    const [first] = problems;
    if (broken > 0) {
      const example = first === undefined ? '' : ` (line ${first.line}: ${first.message})`;
      parts.push(`${broken} that are broken${example}`);
    }
    if (parts.length === 0) return;
    const what = `Proxies of the proxy provider ${quote(name)} were left out`;
    this.#parts.log.warning('PROVIDER_PROXIES', `${what}: ${parts.slice(0, 8).join(', ')}.`);
  }
}
