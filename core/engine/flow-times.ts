/**
 * When a flow came to its steps. There is one for every flow that lives or ended lately, so each step
 * is one small whole number: tenths of a millisecond after the start, -1 while it has not come.
 */
import type { FlowStep, FlowTimeline } from '../api/flows.ts';
import { FLOW_STEPS } from '../api/flows.ts';

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
    const timeline: Partial<Record<FlowStep, number>> = {};
    for (const step of FLOW_STEPS) if (this[step] >= 0) timeline[step] = this[step] / 10;
    return timeline;
  }
}
