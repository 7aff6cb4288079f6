/** The streams of the Clash API: what comes each second, or as it happens. */
import { LOG_LEVELS } from '../../api/logs.ts';
import type { LogEntry } from '../../api/logs.ts';
import { LogWatch } from '../../log/log-ring.ts';
import { RequestError } from '../http.ts';
import type { ControlService } from '../service.ts';
import { connectionsOf } from './connections.ts';

export interface ClashStream {
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** What is to be sent now; a `PiecedAnswer` where one is long. */
  next(): readonly unknown[];
}

type Open = (service: ControlService, query: URLSearchParams) => ClashStream;

const SECOND = 1000;
const LOG_INTERVAL_MS = 250;

const traffic: Open = ({ flows }) => {
  let before = flows.totals();
  return {
    interval: SECOND,
    next: () => {
      const now = flows.totals();
      const frame = {
        up: now.upload - before.upload,
        down: now.download - before.download,
        upTotal: now.upload,
        downTotal: now.download,
      };
      before = now;
      return [frame];
    },
  };
};

/** The first frame is 0, as in mihomo: charts begin there. */
const memory: Open = () => {
  let inuse = 0;
  return {
    interval: SECOND,
    next: () => {
      const frame = { inuse, oslimit: 0 };
      inuse = process.memoryUsage.rss();
      return [frame];
    },
  };
};

const logs: Open = ({ logs: ring }, query) => {
  const level = LOG_LEVELS.find((known) => known === (query.get('level') || 'info'));
  if (level === undefined) throw new RequestError(400, 'ERR_REQUEST_INVALID', 'Body invalid');
  const isStructured = query.get('format') === 'structured';
  const watch = new LogWatch(ring);
  // What was before is not told.
  watch.next();
  const least = LOG_LEVELS.indexOf(level);
  return {
    interval: LOG_INTERVAL_MS,
    next: () =>
      watch
        .next()
        .entries.filter((entry) => LOG_LEVELS.indexOf(entry.level) >= least)
        .map((entry) => (isStructured ? structured(entry) : plain(entry))),
  };
};

function plain({ level, code, message }: LogEntry): object {
  return { type: level, payload: `[${code}] ${message}` };
}

function structured({ time, level, code, message }: LogEntry): object {
  return { time, level, message, fields: [{ key: 'code', value: code }] };
}

const connections: Open = (service, query) => {
  const text = query.get('interval');
  const interval = text === null || text === '' ? SECOND : Number(text);
  if (!Number.isInteger(interval) || interval < 1) {
    throw new RequestError(400, 'ERR_REQUEST_INVALID', 'Body invalid');
  }
  return {
    interval: Math.min(Math.max(interval, 100), 60_000),
    next: () => [connectionsOf(service)],
  };
};

/** By the path. */
export const clashStreams: Readonly<Record<string, Open>> = {
  '/traffic': traffic,
  '/memory': memory,
  '/logs': logs,
  '/connections': connections,
};
