/**
 * When a flow came to its steps. There is one for every flow that lives or ended lately, so each step
 * is one small whole number: tenths of a millisecond after the start, -1 while it has not come.
 */
import type { FlowStep, FlowTimeline } from '../api/flows.ts';

/** Two days and a half: beyond it a step is told as that late. */
const LATEST = 0x7fff_ffff;

export class FlowTimes {
  /** Milliseconds since the epoch. */
  readonly started = Date.now();
  /** The same moment by the clock that nobody sets. */
  readonly #began = performance.now();
  decided = -1;
  dialled = -1;
  connected = -1;
  accepted = -1;
  firstUp = -1;
  firstDown = -1;
  ended = -1;

  /** The first time counts. `at` is a time of `performance.now()`. */
  mark(step: FlowStep, at = performance.now()): void {
    if (this[step] >= 0) return;
    this[step] = Math.min(Math.max(0, Math.round((at - this.#began) * 10)), LATEST) | 0;
  }

  toTimeline(): FlowTimeline {
    // Step by step, as thousands of flows are told at once.
    const timeline: Partial<Record<FlowStep, number>> = {};
    if (this.decided >= 0) timeline.decided = milliseconds(this.decided);
    if (this.dialled >= 0) timeline.dialled = milliseconds(this.dialled);
    if (this.connected >= 0) timeline.connected = milliseconds(this.connected);
    if (this.accepted >= 0) timeline.accepted = milliseconds(this.accepted);
    if (this.firstUp >= 0) timeline.firstUp = milliseconds(this.firstUp);
    if (this.firstDown >= 0) timeline.firstDown = milliseconds(this.firstDown);
    if (this.ended >= 0) timeline.ended = milliseconds(this.ended);
    return timeline;
  }
}

/** Tenths matter where it is short, and whole numbers are written faster. */
function milliseconds(tenths: number): number {
  return tenths < 100 ? tenths / 10 : Math.round(tenths / 10);
}
