/**
 * Reads a text that is to be imported in a thread of its own: a hostile one may want more memory or
 * time than there is, and then the thread ends, not core.
 */
import { Worker } from 'node:worker_threads';
import { SluiceError } from '../api/errors.ts';
import type { ApiError } from '../api/errors.ts';
import type { Found } from './found.ts';

export type ReadAnswer =
  { readonly ok: true; readonly found: Found } | { readonly ok: false; readonly error: ApiError };

/** 10,000 proxies take a second and 200 MB. */
const LONGEST_MS = 15_000;
const HEAP_MB = 512;

/** Rejects with `SluiceError`, of `readImport` or `ERR_IMPORT_TOO_LARGE`. */
export async function readInThread(text: string): Promise<Found> {
  const worker = new Worker(new URL('./read-worker.ts', import.meta.url), {
    workerData: text,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  const { promise, resolve, reject } = Promise.withResolvers<ReadAnswer>();
  const fail = (): void => {
    const message = 'This text takes too much time or memory to read: import a part of it.';
    reject(new SluiceError('ERR_IMPORT_TOO_LARGE', message));
  };
  const late = setTimeout(fail, LONGEST_MS);
  worker.once('message', resolve).on('error', fail).once('exit', fail);
  try {
    const answer = await promise;
    if (answer.ok) return answer.found;
    throw new SluiceError(answer.error.code, answer.error.message);
  } finally {
    clearTimeout(late);
    void worker.terminate();
  }
}
