/** How much went through over time: `GET /v1/traffic`. */
import type { TextFields } from './endpoint.ts';
import { readOneOf } from './validate.ts';

/** The last five minutes by the second, the last hour by ten seconds, and everything since the start. */
export const TRAFFIC_SPANS = ['minutes', 'hour', 'start'] as const;
export type TrafficSpan = (typeof TRAFFIC_SPANS)[number];

/** Columns of the same length, oldest first. */
export interface TrafficHistory {
  /** RFC 3339: when counting began. */
  readonly since: string;
  /** Milliseconds that a sample stands for; of `start` it doubles as time goes on. */
  readonly step: number;
  /** When each sample ended, milliseconds since the epoch. */
  readonly times: readonly number[];
  /** Payload bytes a second from and to the applications. */
  readonly up: readonly number[];
  readonly down: readonly number[];
  /** Open connections at that moment. */
  readonly open: readonly number[];
}

export interface TrafficQuery {
  readonly span: TrafficSpan;
}

export function readTrafficQuery({ span }: TextFields): TrafficQuery {
  return { span: readOneOf(span, 'span', TRAFFIC_SPANS) };
}
