/** The flows that are open and those that ended lately, as core tells them. */
import { endpoints } from '../../core/api/endpoints.ts';
import type { FlowInfo, FlowsFrame } from '../../core/api/flows.ts';
import { call, follow } from '../api/client.ts';
import { Live } from './live.ts';

export interface Flows {
  /** By id, in the order in which they were opened. */
  readonly open: ReadonlyMap<number, FlowInfo>;
  /** Newest first, at most `MAX_CLOSED`. */
  readonly closed: readonly FlowInfo[];
  /** Bytes a second of each open flow, by id: up and down. */
  readonly rates: ReadonlyMap<number, Rate>;
  /** When the latest line was written, milliseconds since the epoch. */
  readonly time: number;
}

export interface Rate {
  readonly up: number;
  readonly down: number;
}

const MAX_CLOSED = 1000;
const NONE: Flows = { open: new Map(), closed: [], rates: new Map(), time: 0 };

/** What ended before somebody looked is asked for once. */
export const liveFlows = new Live<Flows>(NONE, async (update, signal) => {
  const query = { state: 'closed', limit: MAX_CLOSED } as const;
  const { flows: closed } = await call(endpoints.flows, { query });
  update((flows) => ({ ...flows, closed }));
  await follow(endpoints.watchFlows, {}, (line) => update((it) => nextFlows(it, line)), signal);
});

/** A line that comes sooner brings what the one before had no room for. */
const SOONEST = 0.05;

/** What is known after a line of the stream. Pure. */
export function nextFlows(before: Flows, frame: FlowsFrame): Flows {
  const now = Date.parse(frame.time);
  const seconds = (now - before.time) / 1000;
  const goesOn = seconds < SOONEST;
  const time = goesOn ? before.time : now;
  const open = new Map(before.open);
  const rates = new Map<number, Rate>(goesOn ? before.rates : []);
  const meter = (earlier: FlowInfo, upload: number, download: number): void => {
    rates.set(earlier.id, {
      up: (upload - earlier.upload) / Math.max(SOONEST, seconds),
      down: (download - earlier.download) / Math.max(SOONEST, seconds),
    });
  };
  for (const flow of frame.changed) {
    const earlier = before.open.get(flow.id);
    if (earlier !== undefined) meter(earlier, flow.upload, flow.download);
    open.set(flow.id, flow);
  }
  const { moved } = frame;
  for (let n = 0; n + 2 < moved.length; n += 3) {
    const earlier = before.open.get(moved[n] ?? 0);
    if (earlier === undefined) continue;
    const upload = moved[n + 1] ?? 0;
    const download = moved[n + 2] ?? 0;
    meter(earlier, upload, download);
    open.set(earlier.id, { ...earlier, upload, download });
  }
  for (const flow of frame.opened) open.set(flow.id, flow);
  for (const flow of frame.closed) open.delete(flow.id);
  for (const id of frame.gone) open.delete(id);
  const closed =
    frame.closed.length === 0
      ? before.closed
      : [...frame.closed.toReversed(), ...before.closed].slice(0, MAX_CLOSED);
  return { open, closed, rates, time };
}
