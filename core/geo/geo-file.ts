/**
 * One file of geo data, from when somebody needs it: opened, fetched where it is not there, kept
 * up to date where the configuration says so. Owns its resource until `close`.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { GeoInfo } from '../api/providers.ts';
import { SluiceError } from '../api/errors.ts';
import type { GeoConfig, ProviderSource } from '../config/provider-config.ts';
import { shownUrl } from '../http/http-error.ts';
import type { Logger } from '../log/logger.ts';
import type { Downloader } from '../providers/download.ts';
import { Resource } from '../providers/resource.ts';

export interface GeoParts {
  /** Where downloads are kept. */
  readonly folder: string;
  readonly downloader: Downloader;
  readonly log: Logger;
}

/** The largest that is published is a tenth of it. */
export const LARGEST_GEO_FILE = 256 * 1024 * 1024;

export class GeoFile {
  readonly #name: GeoInfo['name'];
  readonly #source: ProviderSource;
  readonly #resource: Resource;
  readonly #path: string;
  /** The file that is in use; empty: none. */
  #inUse = '';

  /** `place` is a URL or a path. `take` puts the contents into use. */
  constructor(
    name: GeoInfo['name'],
    place: string,
    config: GeoConfig,
    parts: GeoParts,
    take: (path: string) => Promise<void>,
  ) {
    this.#name = name;
    this.#source = sourceOf(place, config);
    // Data from another place are other data.
    const hash = createHash('sha256').update(place).digest('hex').slice(0, 16);
    const keptAt = join(parts.folder, `${name}-${hash}`);
    this.#path = this.#source.type === 'file' ? this.#source.path : keptAt;
    this.#resource = new Resource({
      ...parts,
      label: `${name} data`,
      source: this.#source,
      keptAt,
      take: async (path) => {
        try {
          await take(path);
        } catch (cause) {
          if (!(cause instanceof SluiceError)) throw cause;
          const message = `${shownPlace(place)} cannot be used: ${cause.message}.`;
          throw new SluiceError(cause.code, message, { cause });
        }
        this.#inUse = this.#path;
      },
    });
  }

  /** Where what is in use can be read again; empty: nothing is in use. */
  get inUse(): string {
    return this.#inUse;
  }

  info(count: number, lists: readonly string[]): GeoInfo {
    const { size, updatedAt, nextRefresh, error } = this.#resource.state;
    return {
      name: this.#name,
      type: this.#source.type,
      url: this.#source.type === 'http' ? shownUrl(this.#source.url) : null,
      path: this.#source.type === 'file' ? this.#source.path : null,
      ...{ count, lists, size, error },
      updatedAt: updatedAt?.toISOString() ?? null,
      nextRefresh: nextRefresh?.toISOString() ?? null,
    };
  }

  /** Uses what is on disk. Never rejects. */
  open(): Promise<void> {
    return this.#resource.open();
  }

  start(): void {
    this.#resource.start();
  }

  /** Rejects with `SluiceError`; what was loaded before stays then. */
  refresh(): Promise<void> {
    return this.#resource.refresh();
  }

  retry(): void {
    this.#resource.retry();
  }

  close(): void {
    this.#resource.close();
  }
}

function sourceOf(place: string, { autoUpdate, updateInterval }: GeoConfig): ProviderSource {
  const sizeLimit = LARGEST_GEO_FILE;
  if (!/^https?:/.test(place)) return { type: 'file', path: place, sizeLimit };
  const interval = autoUpdate ? updateInterval * 3600 : 0;
  return {
    ...{ type: 'http', url: place, path: '', interval },
    ...{ headers: {}, proxy: '', sizeLimit },
  };
}

function shownPlace(place: string): string {
  return /^https?:/.test(place) ? shownUrl(place) : place;
}
