/** The traffic over time of one span: what core remembers, and what came since. */
import { useCallback } from 'react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { TrafficHistory, TrafficSpan } from '../../../core/api/traffic.ts';
import { call } from '../../api/client.ts';
import { usePolled } from '../../api/use-polled.ts';
import type { TrafficSample } from '../../live/status.ts';

/** The samples of the longer spans are ten seconds long. */
const REFRESH_MS = 10_000;

/** `live`: what the stream has told since this interface was opened, one sample a second. */
export function useTraffic(
  span: TrafficSpan,
  live: readonly TrafficSample[],
): readonly TrafficSample[] {
  const ask = useCallback(
    async () => ({ span, history: await call(endpoints.traffic, { query: { span } }) }),
    [span],
  );
  // The page says that core is gone; the chart stays as it was.
  const { value: told } = usePolled(ask, REFRESH_MS);
  const past = told?.span === span ? samplesOf(told.history) : [];
  return span === 'minutes' ? joined(past, live) : past;
}

/** Of two series of the same seconds the live one is newer. Pure. */
export function joined(
  past: readonly TrafficSample[],
  live: readonly TrafficSample[],
): readonly TrafficSample[] {
  // The first live sample has nothing to be compared with, and says nothing.
  const [, second] = live;
  if (second === undefined) return past;
  const newest = live.at(-1)?.time ?? 0;
  const before = past.filter(({ time }) => time < second.time - 500 && time > newest - 300_000);
  return [...before, ...live.slice(1)];
}

function samplesOf({ times, up, down, open }: TrafficHistory): TrafficSample[] {
  return times.map((time, at) => ({
    time,
    up: up[at] ?? 0,
    down: down[at] ?? 0,
    open: open[at] ?? 0,
  }));
}
