/** The thread that reads one text that is to be imported, so that core's own goes on meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';
import { toApiError } from '../api/errors.ts';
import { readImport } from './read-import.ts';
import type { ReadAnswer } from './reader.ts';

function answer(): ReadAnswer {
  try {
    return { ok: true, found: readImport(workerData as string) };
  } catch (cause) {
    return { ok: false, error: toApiError(cause) };
  }
}

parentPort?.postMessage(answer(), []);
