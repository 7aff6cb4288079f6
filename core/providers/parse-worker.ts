/**
 * The thread that reads large files, so that core's own goes on meanwhile. One job at a time;
 * what it answers changes hands without being copied where it is large.
 */
import { parentPort } from 'node:worker_threads';
import { SluiceError } from '../api/errors.ts';
import { readGeoIps, readGeoSites } from '../geo/v2ray-dat.ts';
import { readProxyList } from './proxy-list.ts';
import type { Job, JobResult, WorkerAnswer } from './parser.ts';
import { readList, readWhole } from './read-list.ts';

function run(job: Job): JobResult<Job> {
  switch (job.kind) {
    case 'list':
      return readList(job.file);
    case 'proxies':
      return readProxyList(readWhole(job.path, job.sizeLimit), job.path);
    case 'geosite':
      return readGeoSites(readWhole(job.path, job.sizeLimit), job.names);
    case 'geoip':
      return readGeoIps(readWhole(job.path, job.sizeLimit), job.codes);
  }
}

/** The buffers in an answer. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return [value.buffer as ArrayBuffer];
  if (value instanceof Map) return [...value.values()].flatMap(buffersOf);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.values(value).flatMap(buffersOf);
}

parentPort?.on('message', (job: Job) => {
  let answer: WorkerAnswer;
  try {
    answer = { ok: true, result: run(job) };
  } catch (cause) {
    const error =
      cause instanceof SluiceError
        ? { code: cause.code, message: cause.message }
        : { code: 'ERR_INTERNAL', message: cause instanceof Error ? cause.message : String(cause) };
    answer = { ok: false, error };
  }
  parentPort?.postMessage(answer, buffersOf(answer));
});
