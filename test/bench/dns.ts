/**
 * dnsperf against the resolver of the lab: queries that are captured and answered from the cache or
 * with fake addresses, those that have to be forwarded, and what the pool of fake addresses weighs.
 * The bare network is the floor: the same queries answered by unbound itself, across the link.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { resolver } from '../lab/addresses.ts';
import type { Bench, Measurement, Metric } from './measurement.ts';
import { direct } from './subject.ts';
import { residentBytes } from './usage.ts';

/** Names that are asked for over and over. */
const cachedNames = 1000;
/** The rate at which the time of an answer is read, which is less than what is possible. */
const steadyRate = 20_000;
const poolNames = 100_000;

interface Load {
  /** The file of queries. */
  readonly queries: string;
  /** Options of dnsperf. */
  readonly args: readonly string[];
}

export const dns: Measurement = {
  baseline: direct,
  sluiceConfig: `
dns:
  enable: true
  nameserver: [${resolver.v4}]
  fake-ip-range: 198.18.0.0/15
  fake-ip-filter: ['+.bench.test']
`,
  async measure(bench, { pid }) {
    const { seconds } = bench;
    const known = queryFile(bench, 'known', cachedNames, (n) => `known${n}.bench.test A`);
    const timed = ['-l', String(seconds)];
    const metrics: Metric[] = [];
    const rate = async (name: string, load: Load): Promise<void> => {
      const { persecond, lost } = await dnsperf(bench, load);
      metrics.push(
        { name: `${name}: queries`, unit: '1/s', value: persecond },
        { name: `${name}: lost`, unit: '%', value: lost },
      );
    };
    // The first round fills the cache.
    await dnsperf(bench, { queries: known, args: ['-n', '1'] });
    await rate('cached', { queries: known, args: timed });
    const steady = await latencies(bench, {
      queries: known,
      args: [...timed, '-Q', String(steadyRate)],
    });
    metrics.push(
      { name: `cached, ${steadyRate} a second: p50`, unit: 'ms', value: quantile(steady, 0.5) },
      { name: `cached, ${steadyRate} a second: p99`, unit: 'ms', value: quantile(steady, 0.99) },
    );
    const cold = queryFile(bench, 'cold', 20_000, (n) => `cold${n}.bench.test A`);
    await rate('cold', { queries: cold, args: ['-n', '1'] });
    if (pid === null) return metrics;
    const fake = queryFile(bench, 'fake', cachedNames, (n) => `www.host${n}.example A`);
    await dnsperf(bench, { queries: fake, args: ['-n', '1'] });
    await rate('fake addresses', { queries: fake, args: timed });
    const before = residentBytes(pid);
    const many = queryFile(bench, 'many', poolNames, (n) => `www.some-host-${n}.example.com A`);
    await dnsperf(bench, { queries: many, args: ['-n', '1'] });
    const grown = (residentBytes(pid) - before) / 1e6;
    metrics.push({ name: `${poolNames} fake addresses: memory`, unit: 'MB', value: grown });
    return metrics;
  },
};

function queryFile(
  { lab }: Bench,
  name: string,
  count: number,
  query: (n: number) => string,
): string {
  const file = join(lab.folder, `queries-${name}`);
  writeFileSync(file, Array.from({ length: count }, (_, n) => `${query(n)}\n`).join(''));
  return file;
}

async function run(
  { lab }: Bench,
  { queries, args }: Load,
  more: readonly string[],
): Promise<string> {
  const all = ['-s', resolver.v4, '-d', queries, '-c', '4', '-q', '100', ...args, ...more];
  return lab.output('home', 'dnsperf', all, { timeout: 120_000 });
}

async function dnsperf(bench: Bench, load: Load): Promise<{ persecond: number; lost: number }> {
  const text = await run(bench, load, []);
  const number = (pattern: RegExp): number => {
    const value = Number(pattern.exec(text)?.[1]);
    if (Number.isNaN(value)) throw new Error(`dnsperf said something else than expected:\n${text}`);
    return value;
  };
  return {
    persecond: number(/Queries per second:\s+([0-9.]+)/),
    lost: number(/Queries lost:\s+[0-9]+ \(([0-9.]+)%\)/),
  };
}

/** Milliseconds of each answer, in rising order. */
async function latencies(bench: Bench, load: Load): Promise<number[]> {
  const text = await run(bench, load, ['-v']);
  const times = [...text.matchAll(/^> \S+ \S+ \S+ ([0-9.]+)$/gm)].map((match) => Number(match[1]));
  return times.map((seconds) => seconds * 1000).sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? NaN;
}
