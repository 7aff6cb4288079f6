/**
 * Imports that clients ask for: a preview first, which is kept for a while, so that what is put into
 * the file is what was shown. Owns the previews.
 */
import { randomUUID } from 'node:crypto';
import { SluiceError } from '../api/errors.ts';
import type { ImportPreview, ImportRequest, ImportResult, ImportSource } from '../api/import.ts';
import type { SubscriptionInfo } from '../api/providers.ts';
import type { ConfigEditor } from '../config/edit/config-editor.ts';
import { listIn, plainOf } from '../config/edit/plain.ts';
import { openYaml } from '../config/edit/yaml-file.ts';
import type { Dial } from '../http/connection.ts';
import { shownUrl } from '../http/http-error.ts';
import { fetchText } from './fetch-text.ts';
import type { Found } from './found.ts';
import { merge, mergeProvider } from './merge.ts';
import type { Merged } from './merge.ts';
import { freeName, planImport } from './plan.ts';
import { readInThread } from './reader.ts';

export interface ImportsParts {
  /** The way out by the name of a proxy or group; empty: past the tunnel. Throws `SluiceError` where there is none. */
  readonly dialThrough: (proxy: string) => Dial;
  readonly userAgent: () => string;
}

interface Kept {
  readonly text: string;
  readonly found: Found;
  /** Null: the text was given. */
  readonly from: { readonly url: string; readonly proxy: string } | null;
  readonly until: number;
}

const KEPT_MS = 30 * 60_000;
const MOST_KEPT = 8;
/** Fetching at the same time. */
const MOST_FETCHES = 4;
const MOST_READS = 2;

export class Imports {
  readonly #parts: ImportsParts;
  /** The oldest first. */
  readonly #kept = new Map<string, Kept>();
  #fetches = 0;
  #reading = 0;

  constructor(parts: ImportsParts) {
    this.#parts = parts;
  }

  /** Rejects with `SluiceError`. */
  async preview(source: ImportSource, editor: ConfigEditor): Promise<ImportPreview> {
    const from = 'url' in source ? { url: source.url, proxy: source.proxy ?? '' } : null;
    const { text, subscription, title } =
      'url' in source ? await this.#fetch(source) : { text: source.text, ...NOTHING_SAID };
    const found = await this.#read(text);
    const config = editor.text();
    const { proxies, groups, rules, providers, problems } = planImport(found, config.text);
    const id = this.#keep({ text, found, from, until: Date.now() + KEPT_MS });
    const canUpdate = from !== null && found.format !== 'proxifier';
    return {
      ...{ id, format: found.format, source: from === null ? '' : shownUrl(from.url) },
      ...{ hash: config.hash, proxies, rules, ...problems },
      groups: groups.map(({ id: number, name, as, type, members, line }) => ({
        ...{ id: number, name, as, type, members, line },
      })),
      providers: providers.map(({ as }) => as),
      canReplace: found.isWhole,
      provider: canUpdate ? this.#providerName(title, config.text) : null,
      subscription,
    };
  }

  /** Rejects with `SluiceError`, and nothing has changed. */
  async apply(request: ImportRequest, editor: ConfigEditor): Promise<ImportResult> {
    const kept = this.#kept.get(request.id);
    if (kept === undefined || kept.until < Date.now()) {
      const message = 'This preview is not kept any more: look at what is to be imported again.';
      throw new SluiceError('ERR_IMPORT_EXPIRED', message);
    }
    let merged: Merged = { text: '', proxies: [], groups: [], rules: 0 };
    const result = await editor.edit({
      author: request.author,
      hash: request.hash,
      summary: summaryOf(request, kept),
      make: (text) => {
        merged = change(text, request, kept);
        return merged.text;
      },
    });
    const { proxies, groups, rules } = merged;
    return { ...result, proxies, groups, rules };
  }

  async #fetch(
    source: Extract<ImportSource, { url: string }>,
  ): Promise<{ text: string; subscription: SubscriptionInfo | null; title: string }> {
    if (this.#fetches >= MOST_FETCHES) {
      const message = `${MOST_FETCHES} imports are being fetched already: try again in a moment.`;
      throw new SluiceError('ERR_IMPORT_BUSY', message);
    }
    const { url, proxy = '' } = source;
    const dial = this.#parts.dialThrough(proxy);
    this.#fetches += 1;
    try {
      // The request has a deadline of its own.
      return await fetchText(url, this.#parts.userAgent(), dial, new AbortController().signal);
    } finally {
      this.#fetches -= 1;
    }
  }

  /** Each has a thread of its own. */
  async #read(text: string): Promise<Found> {
    if (this.#reading >= MOST_READS) {
      const message = `${MOST_READS} imports are being read already: try again in a moment.`;
      throw new SluiceError('ERR_IMPORT_BUSY', message);
    }
    this.#reading += 1;
    try {
      return await readInThread(text);
    } finally {
      this.#reading -= 1;
    }
  }

  #providerName(title: string, config: string): string {
    const section = plainOf(openYaml(config)).get('proxy-providers');
    return freeName(title, (name) => section instanceof Map && section.has(name));
  }

  #keep(kept: Kept): string {
    const id = randomUUID();
    this.#kept.set(id, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return id;
  }
}

const NOTHING_SAID = { subscription: null, title: '' };

function change(text: string, request: ImportRequest, { text: own, found, from }: Kept): Merged {
  switch (request.how) {
    case 'merge':
      return merge(text, planImport(found, text), request);
    case 'replace':
      return replace(own, found);
    case 'provider': {
      const { provider } = request;
      if (from === null || provider === undefined) {
        const message = 'A proxy provider needs a URL that it is fetched from, and a name.';
        throw new SluiceError('ERR_REQUEST_INVALID', message);
      }
      return mergeProvider(text, { name: provider, ...from }, request);
    }
  }
}

function replace(text: string, { isWhole, proxies, groups, rules }: Found): Merged {
  if (!isWhole) {
    const message =
      'Only a whole Clash configuration without errors can take the place of the file.';
    throw new SluiceError('ERR_IMPORT_NOT_WHOLE', message);
  }
  const whole = text.replace(/^\ufeff/, '');
  return {
    text: whole,
    proxies: proxies.map(({ settings }) => settings.name),
    groups:
      listIn(plainOf(openYaml(whole)), 'proxy-groups').length === 0
        ? []
        : groups.map(({ name }) => name),
    rules: rules.length,
  };
}

function summaryOf({ how }: ImportRequest, { found, from }: Kept): string {
  const source = from === null ? `from ${NAMES[found.format]}` : `from ${shownUrl(from.url)}`;
  if (how === 'replace') return `replaced by an import ${source}`;
  return how === 'provider' ? `added a subscription ${source}` : `imported ${source}`;
}

const NAMES = { clash: 'Clash YAML', lines: 'lines', proxifier: 'Proxifier' } as const;
