/** How core is, each second, and how its traffic went over the last minutes. */
import { endpoints } from '../../core/api/endpoints.ts';
import type { Status } from '../../core/api/status.ts';
import { liveOf } from './live.ts';

export interface Health {
  /** Null until core has told it. */
  readonly status: Status | null;
  /** One sample a second, oldest first. */
  readonly traffic: readonly TrafficSample[];
}

export interface TrafficSample {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Bytes a second. */
  readonly up: number;
  readonly down: number;
  readonly open: number;
}

const SAMPLES = 300;

export const liveHealth = liveOf<Health, undefined, object, undefined, Status>(
  { status: null, traffic: [] },
  endpoints.watchStatus,
  {},
  nextHealth,
);

/** What is known after a line of the stream. Pure. */
export function nextHealth(before: Health, status: Status, time = Date.now()): Health {
  const earlier = before.status;
  const last = before.traffic.at(-1);
  if (earlier === null || last === undefined) {
    return { status, traffic: [{ time, up: 0, down: 0, open: status.flows.open }] };
  }
  const seconds = Math.max(0.1, (time - last.time) / 1000);
  const sample: TrafficSample = {
    time,
    // A core that began anew counts from zero.
    up: Math.max(0, status.flows.upload - earlier.flows.upload) / seconds,
    down: Math.max(0, status.flows.download - earlier.flows.download) / seconds,
    open: status.flows.open,
  };
  return { status, traffic: [...before.traffic, sample].slice(-SAMPLES) };
}
