/** Runs wrk and reads what it prints. */
import { site4 } from '../lab/addresses.ts';
import type { Lab } from '../lab/lab.ts';

export interface WrkReport {
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Connections that failed, requests that failed or took longer than two seconds. */
  readonly errors: number;
}

export async function wrk(
  lab: Lab,
  seconds: number,
  connections: number,
  headers: readonly string[] = [],
): Promise<WrkReport> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency'];
  for (const header of headers) args.push('-H', header);
  const text = await lab.output('home', 'wrk', [...args, `http://${site4}/small`], {
    timeout: (seconds + 20) * 1000,
  });
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text);
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1] ?? 0),
    p50: percentile(text, 50),
    p99: percentile(text, 99),
    errors: errors === null ? 0 : errors.slice(1).reduce((sum, count) => sum + Number(count), 0),
  };
}

const milliseconds: Record<string, number> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

function percentile(text: string, percent: number): number {
  const match = new RegExp(`^\\s*${percent}%\\s+([\\d.]+)(us|ms|s|m)$`, 'm').exec(text);
  if (match === null) throw new Error(`wrk printed no ${percent}th percentile:\n${text}`);
  return Number(match[1]) * (milliseconds[match[2] ?? ''] ?? NaN);
}
