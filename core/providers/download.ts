/** Fetches one file over HTTP to disk, as the configuration says which way. Keeps no state but how many run at once. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { SluiceError } from '../api/errors.ts';
import type { Headers } from '../config/provider-config.ts';
import type { Dial } from '../http/connection.ts';
import { shownUrl } from '../http/http-error.ts';
import { httpRequest } from '../http/request.ts';
import { printable } from '../../rules/text.ts';
import type { FileOrigin } from './kept-file.ts';

export interface DownloadRequest {
  readonly url: string;
  readonly headers: Headers;
  /** The proxy or group that leads there; empty: past the tunnel. */
  readonly proxy: string;
  readonly maxBytes: number;
  /** What is here already, for a conditional request; null: nothing. */
  readonly known: FileOrigin | null;
  /** The file to write; it must not be there. */
  readonly to: string;
}

export interface DownloadSettings {
  readonly userAgent: string;
  readonly etagSupport: boolean;
}

/** Null `origin.hash` never happens: the file was written. 'unchanged': nothing was. */
export type Downloaded =
  | { readonly kind: 'new'; readonly origin: FileOrigin }
  | { readonly kind: 'unchanged'; readonly origin: FileOrigin };

const WHOLE_MS = 600_000;
const STALL_MS = 30_000;
const AT_ONCE = 4;

export class Downloader {
  /** The way out by the name of a proxy; throws `SluiceError` where there is none. */
  readonly #dialThrough: (proxy: string) => Dial;
  #settings: DownloadSettings;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(dialThrough: (proxy: string) => Dial, settings: DownloadSettings) {
    this.#dialThrough = dialThrough;
    this.#settings = settings;
  }

  set settings(settings: DownloadSettings) {
    this.#settings = settings;
  }

  /** Rejects with `SluiceError`, and the file may then be there in part. */
  async fetch(request: DownloadRequest, signal: AbortSignal): Promise<Downloaded> {
    if (this.#running >= AT_ONCE) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running++;
    try {
      return await this.#fetch(request, signal);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #fetch(request: DownloadRequest, signal: AbortSignal): Promise<Downloaded> {
    const { url, maxBytes, known } = request;
    const { userAgent, etagSupport } = this.#settings;
    const conditions = etagSupport ? conditionsOf(known) : {};
    const response = await httpRequest(
      {
        url,
        headers: { 'user-agent': userAgent, ...request.headers, ...conditions },
        maxBytes,
        timeoutMs: WHOLE_MS,
        stallMs: STALL_MS,
      },
      this.#dialThrough(request.proxy),
      signal,
    );
    const { status, headers, body } = response;
    const userInfo = String(headers['subscription-userinfo'] ?? '');
    if (status === 304 && known !== null) {
      body.destroy();
      const origin = { ...known, freshAt: Date.now(), userInfo: userInfo || known.userInfo };
      return { kind: 'unchanged', origin };
    }
    if (status !== 200) {
      body.destroy();
      throw statusError(url, status);
    }
    const hash = createHash('sha256');
    body.on('data', (chunk: Buffer) => hash.update(chunk));
    await pipeline(body, createWriteStream(request.to, { flags: 'wx', mode: 0o600 }));
    const origin: FileOrigin = {
      url,
      etag: headers.etag ?? '',
      lastModified: headers['last-modified'] ?? '',
      hash: hash.digest('hex'),
      freshAt: Date.now(),
      userInfo,
    };
    return { kind: origin.hash === known?.hash ? 'unchanged' : 'new', origin };
  }
}

/** RFC 9110 section 13.1. */
function conditionsOf(known: FileOrigin | null): Record<string, string> {
  if (known === null) return {};
  if (known.etag !== '') return { 'if-none-match': known.etag };
  return known.lastModified === '' ? {} : { 'if-modified-since': known.lastModified };
}

export function statusError(url: string, status: number): SluiceError {
  const advice =
    status === 404 || status === 410
      ? 'Check the URL'
      : status === 401 || status === 403
        ? 'The server wants a login, or refuses this one'
        : 'Try again later, or ask who runs the server';
  return new SluiceError(
    'ERR_DOWNLOAD_STATUS',
    `Cannot fetch ${printable(shownUrl(url), 200)}: the server answered with status ${status}. ${advice}.`,
  );
}
