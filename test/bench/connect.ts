/**
 * New connections: wrk with 64 at once, each for one request. The web server's own count, second by
 * second, shows stalls that an average hides.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { ports } from '../lab/addresses.ts';
import type { Lab } from '../lab/lab.ts';
import type { Measurement } from './measurement.ts';
import { cpuSeconds } from './usage.ts';
import { wrk } from './wrk.ts';

const atOnce = 64;

export const connect: Measurement = {
  async measure({ lab, seconds }, { pid }) {
    const before = pid === null ? 0 : cpuSeconds(pid);
    const finished = new AbortController();
    const counting = countEachSecond(lab, finished.signal);
    const report = await wrk(lab, seconds, atOnce, ['Connection: close']);
    finished.abort();
    const counts = await counting;
    const spent = pid === null ? 0 : cpuSeconds(pid) - before;
    return [
      { name: 'connections', unit: '1/s', value: report.requestsPerSecond },
      { name: 'slowest second', unit: '1/s', value: Math.min(...counts) },
      { name: 'connect and request, p50', unit: 'ms', value: report.p50 },
      { name: 'connect and request, p99', unit: 'ms', value: report.p99 },
      { name: 'failed', unit: '', value: report.errors },
      {
        name: 'CPU for each connection',
        unit: 'µs',
        value: (spent * 1e6) / (report.requestsPerSecond * seconds),
      },
    ];
  },
};

/** Connections that nginx accepted in each whole second until the signal; the first and last are left out. */
async function countEachSecond(lab: Lab, signal: AbortSignal): Promise<number[]> {
  const totals: number[] = [];
  while (!signal.aborted) {
    totals.push(await accepted(lab));
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
  const counts = totals.slice(1).map((total, index) => total - (totals[index] ?? 0));
  return counts.slice(1, -1);
}

async function accepted(lab: Lab): Promise<number> {
  const url = `http://127.0.0.1:${ports.status}/`;
  const text = await lab.output('net', 'curl', ['-s', url]);
  return Number(/^\s*(\d+) \d+ \d+/m.exec(text)?.[1] ?? NaN);
}
