/**
 * A flow's life as phases, each from one step to the next one that came: what it waited for, from when
 * to when. The last one goes on while the flow lives. Pure.
 */
import { stepsOf } from '../../../core/api/flows.ts';
import type { FlowInfo, FlowStep } from '../../../core/api/flows.ts';

/** What was waited for; `open`: for nothing any more. */
export type PhaseKind = Exclude<FlowStep, 'ended' | 'dialled'> | 'open';

export interface Phase {
  readonly kind: PhaseKind;
  /** Milliseconds after the start. */
  readonly start: number;
  readonly end: number;
  /** done: the step came; running: it may still come; broken: the flow ended before. */
  readonly state: 'done' | 'running' | 'broken';
}

/** `now`: milliseconds since the epoch. */
export function phasesOf(flow: FlowInfo, now: number): Phase[] {
  const { timeline, start } = flow;
  const phases: Phase[] = [];
  let before = 0;
  for (const [step, at] of stepsOf(timeline)) {
    // That it was asked only says where the wait for the upstream begins.
    if (step !== 'ended' && step !== 'dialled') {
      phases.push({ kind: step, start: before, end: at, state: 'done' });
    }
    if (step !== 'ended') before = at;
  }
  const isOver = flow.end !== null;
  const end = Math.max(before, timeline.ended ?? now - Date.parse(start));
  const kind = pendingOf(flow);
  if (kind !== null) {
    const state = !isOver ? 'running' : kind === 'open' ? 'done' : 'broken';
    phases.push({ kind, start: before, end, state });
  }
  return phases;
}

/** Null where it ended with its decision. */
function pendingOf({ state, timeline, upload, download }: FlowInfo): PhaseKind | null {
  switch (state) {
    case 'deciding':
      return 'decided';
    case 'dialling':
      return timeline.connected === undefined ? 'connected' : 'accepted';
    case 'refused':
      return null;
    case 'open':
    case 'closed':
    case 'failed': {
      if (timeline.decided === undefined) return 'decided';
      const isDialling = timeline.dialled !== undefined && timeline.connected === undefined;
      if (isDialling) return 'connected';
      if (state === 'failed') return null;
      return upload + download > 0 || timeline.accepted !== undefined ? 'open' : 'accepted';
    }
  }
}

/**
 * Where a moment is drawn, from 0 to 1. Setting up takes milliseconds and being open may take hours:
 * what is open has the last quarter, however long it is, and the rest is to scale.
 */
export function scaleOf(phases: readonly Phase[]): (ms: number) => number {
  const open = phases.find(({ kind }) => kind === 'open');
  const total = Math.max(0.1, ...phases.map(({ end }) => end));
  if (open === undefined) return (ms) => ms / total;
  const setUp = Math.max(open.start, 0.1);
  return (ms) => (ms <= open.start ? (ms / setUp) * 0.75 : 1);
}
