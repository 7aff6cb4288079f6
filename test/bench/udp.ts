/**
 * Datagrams of 1200 bytes through the SOCKS5 relay, up and down: the most a second of which at most
 * 1 % is lost, and the CPU time of the subject for each, there and at a rate that every subject reaches.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { cacheDir, run } from '../../build/process.ts';
import { site4 } from '../lab/addresses.ts';
import type { Bench, Measurement, Metric } from './measurement.ts';
import type { Running } from './subject.ts';
import { cpuSeconds } from './usage.ts';

const payload = 1200;
const mostLost = 0.01;
const commonRate = 20_000;
const firstRate = 40_000;
/** Steps of the search after the first rate that is too high: the result is exact to 3 %. */
const halvings = 5;

type Direction = 'up' | 'down';

interface Reading {
  readonly rate: number;
  readonly lost: number;
  /** Microseconds of CPU time for each datagram that arrived. */
  readonly cost: number;
}

export const udp: Measurement = {
  async measure(bench, running) {
    const load = await buildLoad();
    const metrics: Metric[] = [];
    for (const direction of ['up', 'down'] as const) {
      const at = (rate: number): Promise<Reading> => read(bench, running, load, direction, rate);
      const common = await at(commonRate);
      const best = await search(at);
      metrics.push(
        { name: `${direction}, under 1 % lost`, unit: '1/s', value: best.rate },
        { name: `${direction}: CPU for each, there`, unit: 'µs', value: best.cost },
        { name: `${direction}: CPU for each at ${commonRate}/s`, unit: 'µs', value: common.cost },
        { name: `${direction}: lost at ${commonRate}/s`, unit: '%', value: common.lost * 100 },
      );
    }
    return metrics;
  },
};

async function buildLoad(): Promise<string> {
  mkdirSync(cacheDir, { recursive: true });
  const binary = join(cacheDir, 'udp_load');
  await run('cc', ['-O2', '-o', binary, join(import.meta.dirname, 'udp_load.c')]);
  return binary;
}

/** Doubles the rate until too much is lost, and then closes in on it. */
async function search(at: (rate: number) => Promise<Reading>): Promise<Reading> {
  const nothing: Reading = { rate: 0, lost: 1, cost: NaN };
  let best = nothing;
  let tooHigh = firstRate;
  for (; tooHigh < 10_000_000; tooHigh *= 2) {
    const reading = await at(tooHigh);
    if (reading.lost > mostLost) break;
    best = reading;
  }
  for (let n = 0; n < halvings; n += 1) {
    const rate = Math.round((best.rate + tooHigh) / 2);
    const reading = await at(rate);
    if (reading.lost > mostLost) tooHigh = rate;
    else best = reading;
  }
  return best;
}

let nextPort = 20_000;

async function read(
  { lab, seconds }: Bench,
  running: Running,
  load: string,
  direction: Direction,
  rate: number,
): Promise<Reading> {
  const target = [site4, String(nextPort++)];
  const [server, client] = direction === 'up' ? ['count', 'push'] : ['serve', 'pull'];
  const far = lab.spawn('net', load, [server, ...target]);
  await far.until('be ready', () => far.log.includes('ready'));
  const spent = (): number => (running.pid === null ? 0 : cpuSeconds(running.pid));
  const before = spent();
  const job = [...target, String(rate), String(seconds), String(payload)];
  const timeout = (seconds + 40) * 1000;
  const here = Number(await lab.output('home', load, [client, ...job], { timeout }));
  await far.exited;
  const cost = spent() - before;
  const there = Number(far.log.replace('ready', ''));
  const wanted = rate * seconds;
  const arrived = direction === 'up' ? there : here;
  process.stderr.write(`  ${direction} ${rate}/s: ${arrived} of ${wanted}\n`);
  return { rate, lost: Math.max(0, 1 - arrived / wanted), cost: (cost * 1e6) / arrived };
}
