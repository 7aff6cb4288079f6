/** The flows that are open and those that ended lately, as core tells them. */
import { endpoints } from '../../core/api/endpoints.ts';
import type { FlowInfo, FlowsFrame } from '../../core/api/flows.ts';
import { liveOf } from './live.ts';

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

export const liveFlows = liveOf(NONE, endpoints.watchFlows, {}, nextFlows);

/** What is known after a line of the stream. Pure. */
export function nextFlows(before: Flows, frame: FlowsFrame): Flows {
  const time = Date.parse(frame.time);
  const seconds = Math.max(0.1, (time - before.time) / 1000);
  const open = new Map(before.open);
  const rates = new Map<number, Rate>();
  for (const flow of frame.changed) {
    const earlier = before.open.get(flow.id);
    if (earlier !== undefined) {
      rates.set(flow.id, {
        up: (flow.upload - earlier.upload) / seconds,
        down: (flow.download - earlier.download) / seconds,
      });
    }
    open.set(flow.id, flow);
  }
  for (const flow of frame.opened) open.set(flow.id, flow);
  for (const flow of frame.closed) open.delete(flow.id);
  const closed =
    frame.closed.length === 0
      ? before.closed
      : [...frame.closed.toReversed(), ...before.closed].slice(0, MAX_CLOSED);
  return { open, closed, rates, time };
}
