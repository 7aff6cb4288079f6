/** One rule provider: its contents in its slot, kept up to date. Owns the resource behind it until `close`. */
import { SluiceError, toApiError } from '../api/errors.ts';
import type { ApiError } from '../api/errors.ts';
import type { RuleProviderInfo } from '../api/providers.ts';
import type { RuleProviderConfig } from '../config/provider-config.ts';
import { shownUrl } from '../http/http-error.ts';
import type { Logger } from '../log/logger.ts';
import type { RuleContext, RuleSetSlot } from '../../rules/rule-set.ts';
import { formatCount, quote } from '../../rules/text.ts';
import { buildSet } from './build-set.ts';
import type { Downloader } from './download.ts';
import { EntryWriter } from './entries.ts';
import type { EntryList, ListProblem } from './entries.ts';
import type { Parser } from './parser.ts';
import { Resource } from './resource.ts';

export interface ProviderParts {
  readonly downloader: Downloader;
  readonly parser: Parser;
  readonly log: Logger;
  /** Where GEOIP and GEOSITE in a list look. */
  readonly context: RuleContext;
  /** Where the download of a provider is kept. */
  readonly keptAt: string;
}

/** Of broken lines, so many are written to the log for each refresh. */
const LOGGED_PROBLEMS = 3;

export class RuleProvider {
  readonly config: RuleProviderConfig;
  readonly slot: RuleSetSlot;
  readonly #parts: ProviderParts;
  readonly #closing = new AbortController();
  /** Null for an inline provider. */
  readonly #resource: Resource | null;
  #inlineAt: Date | null = null;
  #inlineError: (ApiError & { readonly at: string }) | null = null;
  #written = 0;
  #broken = 0;
  #problems: readonly ListProblem[] = [];

  constructor(config: RuleProviderConfig, parts: ProviderParts) {
    this.config = config;
    this.slot = { name: config.name, current: null };
    this.#parts = parts;
    const { source, name } = config;
    this.#resource =
      source.type === 'inline'
        ? null
        : new Resource({
            ...parts,
            label: `rule provider ${quote(name)}`,
            source,
            take: (path) => this.#take(path),
          });
  }

  get info(): RuleProviderInfo {
    const { config, slot } = this;
    const state = this.#resource?.state;
    return {
      name: config.name,
      type: config.source.type,
      behavior: config.behavior,
      format: config.source.type === 'inline' ? null : config.format,
      url: config.source.type === 'http' ? shownUrl(config.source.url) : null,
      path: config.source.type === 'file' ? config.source.path : null,
      count: Math.min(this.#written, slot.current?.size ?? 0),
      broken: this.#broken,
      problems: this.#problems,
      size: state?.size ?? 0,
      updatedAt: (state?.updatedAt ?? this.#inlineAt)?.toISOString() ?? null,
      nextRefresh: state?.nextRefresh?.toISOString() ?? null,
      error: state === undefined ? this.#inlineError : state.error,
    };
  }

  /** Uses what is on disk, or in the configuration. Never rejects. */
  async open(): Promise<void> {
    const { source } = this.config;
    if (source.type !== 'inline') return this.#resource?.open();
    const writer = new EntryWriter();
    for (const { text, line } of source.entries) writer.add(text.replaceAll('\n', ' '), line);
    try {
      await this.#build(writer.finish(0, []));
      this.#inlineAt = new Date();
    } catch (cause) {
      const error = toApiError(cause);
      this.#inlineError = { ...error, at: new Date().toISOString() };
      if (this.#closing.signal.aborted) return;
      const what = `The rule provider ${quote(this.config.name)} cannot be used: ${error.message}.`;
      this.#parts.log.warning(error.code, what);
    }
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
    this.#closing.abort();
    this.#resource?.close();
  }

  async #take(path: string): Promise<void> {
    const { behavior, format, source } = this.config;
    const sizeLimit = source.type === 'inline' ? 0 : source.sizeLimit;
    try {
      const file = { path, behavior, format, sizeLimit };
      await this.#build(await this.#parts.parser.run({ kind: 'list', file }));
    } catch (cause) {
      if (!(cause instanceof SluiceError)) throw cause;
      const where = source.type === 'http' ? shownUrl(source.url) : path;
      throw new SluiceError(cause.code, `${where} is no usable list: ${cause.message}.`, { cause });
    }
  }

  async #build(list: EntryList): Promise<void> {
    const { behavior, name } = this.config;
    const { context } = this.#parts;
    const built = await buildSet(behavior, list, context, this.#closing.signal);
    const { set, broken, problems } = built;
    this.slot.current = set;
    this.#written = list.written;
    this.#broken = broken;
    this.#problems = problems;
    if (broken === 0) return;
    const shown = problems
      .slice(0, LOGGED_PROBLEMS)
      .map(({ line, message }) => `line ${line}: ${message}`);
    const more = broken > shown.length ? ', and more' : '';
    const what = `Passed over ${formatCount(broken, 'broken line')} of the rule provider ${quote(name)}`;
    this.#parts.log.warning('PROVIDER_LINES', `${what}: ${shown.join('; ')}${more}.`);
  }
}
