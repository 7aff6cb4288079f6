/** The log of core, as it is written. */
import { endpoints } from '../../core/api/endpoints.ts';
import type { LogEntry } from '../../core/api/logs.ts';
import { liveOf } from './live.ts';

const MAX_ENTRIES = 5000;
const NONE: readonly LogEntry[] = [];

/** Newest first. */
export const liveLogs = liveOf(NONE, endpoints.watchLogs, {}, (before, { entries }) =>
  entries.length === 0 ? before : [...entries.toReversed(), ...before].slice(0, MAX_ENTRIES),
);
