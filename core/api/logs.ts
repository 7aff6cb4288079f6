/** The log, as `GET /v1/logs` and its stream carry it. */
import type { TextFields } from './endpoint.ts';
import { readIntegerText, readOneOf } from './validate.ts';

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogEntry {
  /** Increasing, from 1, for the life of the process. */
  readonly id: number;
  /** RFC 3339. */
  readonly time: string;
  readonly level: LogLevel;
  /** Stable, for programs. */
  readonly code: string;
  readonly message: string;
  /** Lines of the same code that were left out before this one, because there were too many. */
  readonly suppressed: number;
}

export interface LogList {
  /** Oldest first. */
  readonly entries: readonly LogEntry[];
}

/** One line of the stream: what was logged since the line before; the first tells all that is kept. */
export interface LogsFrame {
  readonly entries: readonly LogEntry[];
  /** Entries that were too many to be kept until this line. */
  readonly missed: number;
}

const MAX_LISTED = 5000;

export interface LogQuery {
  /** This level and those above it; debug when absent. */
  readonly level?: LogLevel;
  /** The latest so many. */
  readonly limit?: number;
}

export function readLogQuery({ level, limit }: TextFields): LogQuery {
  return {
    level: level === undefined ? 'debug' : readOneOf(level, 'level', LOG_LEVELS),
    limit: limit === undefined ? MAX_LISTED : readIntegerText(limit, 'limit', 1, MAX_LISTED),
  };
}
