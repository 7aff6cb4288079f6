/**
 * Gives files to the worker that reads them, one after the other. The worker is started when it
 * is needed and ends when it has had nothing to do for a while: it gives its memory back.
 */
import { Worker } from 'node:worker_threads';
import { SluiceError } from '../api/errors.ts';
import type { ApiError } from '../api/errors.ts';
import type { GeoIpLists, GeoSiteLists } from '../geo/v2ray-dat.ts';
import type { EntryList } from './entries.ts';
import type { ProxyList } from './proxy-list.ts';
import type { ListFile } from './read-list.ts';

export interface ListJob {
  readonly kind: 'list';
  readonly file: ListFile;
}

export interface ProxiesJob {
  readonly kind: 'proxies';
  readonly path: string;
  readonly sizeLimit: number;
}

export interface GeoSiteJob {
  readonly kind: 'geosite';
  readonly path: string;
  readonly sizeLimit: number;
  /** Such as `google@cn`, in lower case. */
  readonly names: readonly string[];
}

export interface GeoIpJob {
  readonly kind: 'geoip';
  readonly path: string;
  readonly sizeLimit: number;
  /** In lower case. */
  readonly codes: readonly string[];
}

export type Job = ListJob | ProxiesJob | GeoSiteJob | GeoIpJob;

export type JobResult<J extends Job> = J extends ListJob
  ? EntryList
  : J extends ProxiesJob
    ? ProxyList
    : J extends GeoSiteJob
      ? GeoSiteLists
      : GeoIpLists;

export type WorkerAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: ApiError };

const IDLE_MS = 5_000;
/** A file that is being read for so long will not end well. */
const LONGEST_JOB_MS = 120_000;
/** A hostile file may want more memory than there is; the worker ends then, not the core. */
const HEAP_MB = 1024;

export class Parser {
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  /** The latest job; the next one waits for it. */
  #turn: Promise<unknown> = Promise.resolve();

  /** Rejects with `SluiceError`. */
  run<J extends Job>(job: J): Promise<JobResult<J>> {
    const result = this.#turn.then(() => this.#run(job));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  async #run<J extends Job>(job: J): Promise<JobResult<J>> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    const worker = (this.#worker ??= start());
    worker.ref();
    const { promise, resolve, reject } = Promise.withResolvers<WorkerAnswer>();
    const fail = (why: string): void => {
      const message = `Reading a list failed: ${why}.`;
      reject(new SluiceError('ERR_LIST_UNREADABLE', message));
    };
    const onError = (cause: unknown): void =>
      fail(cause instanceof Error ? cause.message : String(cause));
    const onExit = (): void => fail('the worker ended');
    const late = setTimeout(() => fail('it took too long'), LONGEST_JOB_MS);
    let isWell = false;
    worker.on('message', resolve).on('error', onError).on('exit', onExit);
    try {
      worker.postMessage(job, []);
      const answer = await promise;
      isWell = true;
      if (!answer.ok) throw new SluiceError(answer.error.code, answer.error.message);
      // The worker answers each kind of job with its own kind of result.
      return answer.result as JobResult<J>;
    } finally {
      clearTimeout(late);
      worker.off('message', resolve).off('error', onError).off('exit', onExit);
      worker.unref();
      if (!isWell) {
        this.#worker = null;
        void worker.terminate();
      }
      this.#idle = setTimeout(() => void this.close(), IDLE_MS).unref();
    }
  }
}

function start(): Worker {
  const worker = new Worker(new URL('./parse-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  // After its job: nobody waits for it then.
  worker.on('error', () => undefined);
  worker.unref();
  return worker;
}
