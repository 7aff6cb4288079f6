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
    const rates = await counting;
    const spent = pid === null ? 0 : cpuSeconds(pid) - before;
    return [
      { name: 'connections', unit: '1/s', value: report.requestsPerSecond },
      { name: 'slowest second', unit: '1/s', value: Math.min(...rates) },
      { name: 'request on a new connection, p50', unit: 'ms', value: report.p50 },
      { name: 'request on a new connection, p99', unit: 'ms', value: report.p99 },
      { name: 'failed', unit: '', value: report.errors },
      {
        name: 'CPU for each connection',
        unit: 'µs',
        value: (spent * 1e6) / (report.requestsPerSecond * seconds),
      },
    ];
  },
};

/** Connections a second that nginx accepted, for each second until the signal but the first and last. */
async function countEachSecond(lab: Lab, signal: AbortSignal): Promise<number[]> {
  const samples: { time: number; total: number }[] = [];
  while (!signal.aborted) {
    samples.push({ total: await accepted(lab), time: performance.now() });
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
  const rates = samples.slice(1).map(({ total, time }, index) => {
    const before = samples[index] ?? { total, time };
    return ((total - before.total) * 1000) / (time - before.time);
  });
  return rates.slice(1, -1);
}

async function accepted(lab: Lab): Promise<number> {
  const url = `http://127.0.0.1:${ports.status}/`;
  const text = await lab.output('net', 'curl', ['-s', url]);
  return Number(/^\s*(\d+) \d+ \d+/m.exec(text)?.[1] ?? NaN);
}
