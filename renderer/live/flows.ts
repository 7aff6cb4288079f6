/** The flows that are open and those that ended lately, as core tells them. */
import { endpoints } from '../../core/api/endpoints.ts';
import type { FlowInfo, FlowsFrame } from '../../core/api/flows.ts';
import { call, follow } from '../api/client.ts';
import { Live } from './live.ts';
import { isSilent, smoothed } from './rates.ts';
import type { Rate } from './rates.ts';

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

const MAX_CLOSED = 1000;
const NONE: Flows = { open: new Map(), closed: [], rates: new Map(), time: 0 };

/** What ended before somebody looked is asked for once. */
export const liveFlows = new Live<Flows>(NONE, async (update, signal) => {
  const query = { state: 'closed', limit: MAX_CLOSED } as const;
  const { flows: closed } = await call(endpoints.flows, { query });
  update((flows) => ({ ...flows, closed }));
  await follow(endpoints.watchFlows, {}, (line) => update((it) => nextFlows(it, line)), signal);
});

const NO_RATE: Rate = { up: 0, down: 0 };

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
    const rate = {
      up: (upload - earlier.upload) / Math.max(SOONEST, seconds),
      down: (download - earlier.download) / Math.max(SOONEST, seconds),
    };
    rates.set(earlier.id, smoothed(rate, before.rates.get(earlier.id) ?? rate));
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
  // Those that rest between two gusts fade.
  for (const [id, was] of goesOn ? [] : before.rates) {
    const rate = smoothed(NO_RATE, was);
    if (!rates.has(id) && !isSilent(rate)) rates.set(id, rate);
  }
  for (const flow of frame.opened) open.set(flow.id, flow);
  for (const id of [...frame.closed.map((flow) => flow.id), ...frame.gone]) {
    open.delete(id);
    rates.delete(id);
  }
  const closed =
    frame.closed.length === 0
      ? before.closed
      : [...frame.closed.toReversed(), ...before.closed].slice(0, MAX_CLOSED);
  return { open, closed, rates, time };
}
