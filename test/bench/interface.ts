/**
 * What the interface costs and how fast it is: its first load, core's answers beside thousands of live
 * connections, the data path while somebody looks, and frames while their list is scrolled. Chromium runs
 * on the machine that it is to look at, and takes processor time from the data path itself: so the same
 * streams are followed by a client that draws nothing, too.
 */
import { performance } from 'node:perf_hooks';
import type { Browser, Page } from 'playwright-core';
import { pathOf } from '../../core/api/endpoint.ts';
import { endpoints } from '../../core/api/endpoints.ts';
import { ensureBrowser, openBrowser, openInterface } from '../e2e/browser.ts';
import { openFlows } from '../lab/open-flows.ts';
import type { Lab } from '../lab/lab.ts';
import type { Instance } from '../lab/sluice.ts';
import type { Metric } from './measurement.ts';
import { relayedConfig } from './subject.ts';
import { iperf } from './throughput.ts';
import { cpuSeconds } from './usage.ts';

const defaultFlows = 5000;
/** Kept below what makes the flows themselves the load. */
const busyShare = 1 / 50;
const requests = 500;

export interface InterfaceBench {
  readonly lab: Lab;
  readonly seconds: number;
  readonly flows: number | null;
  readonly rounds: number;
}

/** `add` takes the readings of each round. */
export async function benchInterface(
  bench: InterfaceBench,
  add: (metrics: readonly Metric[]) => void,
): Promise<void> {
  await ensureBrowser();
  const { lab, rounds } = bench;
  const count = bench.flows ?? defaultFlows;
  const sluice = await lab.startSluice(relayedConfig);
  const browser = await openBrowser(lab.place('home'), lab.folder);
  try {
    for (let round = 0; round < rounds; round += 1) add(await firstLoad(browser, sluice));
    const few = await openFlows(lab, count, Math.round(count * busyShare), 'guest');
    add(await answers(lab, sluice, count));
    for (let round = 0; round < rounds; round += 1) {
      add(await dataPath(bench, browser, sluice, round));
    }
    await few.stop();
    await few.exited;
    await openFlows(lab, count, count, 'guest');
    for (let round = 0; round < rounds; round += 1) {
      add(await frames(browser, sluice, count, bench.seconds));
    }
  } finally {
    await browser.close();
    await sluice.stop();
  }
}

async function newLink(sluice: Instance): Promise<string> {
  return (await sluice.cli('ui', '--print')).stdout.trim();
}

/** A browser that has never been here: what it fetches until Home is there, and how long that takes. */
async function firstLoad(browser: Browser, sluice: Instance): Promise<Metric[]> {
  const link = await newLink(sluice);
  const context = await browser.newContext();
  const page = await context.newPage();
  const sizes: Promise<number>[] = [];
  page.on('response', (response) => {
    if (!response.url().includes('/ui/')) return;
    sizes.push(
      response
        .request()
        .sizes()
        .then(({ responseBodySize }) => responseBodySize),
    );
  });
  const began = performance.now();
  await page.goto(link);
  await page.getByRole('switch', { name: 'Capture' }).waitFor();
  const shown = performance.now() - began;
  await page.waitForLoadState('networkidle').catch(() => undefined);
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  await context.close();
  return [
    { name: 'first load of Home: compressed', unit: 'KB', value: bytes / 1000 },
    { name: 'first load of Home: shown after', unit: 'ms', value: shown },
  ];
}

const ASKING =
  'for _ in $(seq "$2"); do curl -sf -o /dev/null -w "%{time_total}\\n" --unix-socket "$0" "$1" || exit; done';

/** One request at a time, each by a curl of its own, which drops what it gets: no memory of the bench is cleared meanwhile. */
async function answers(lab: Lab, { socketPath }: Instance, count: number): Promise<Metric[]> {
  const asked: Readonly<Record<string, string>> = {
    status: pathOf(endpoints.status, {}),
    proxies: pathOf(endpoints.proxies, {}),
    'rule hits': pathOf(endpoints.ruleHits, {}),
    'the newest 100 flows': pathOf(endpoints.flows, { query: { limit: 100 } }),
    'all flows': pathOf(endpoints.flows, {}),
  };
  const metrics: Metric[] = [];
  for (const [name, path] of Object.entries(asked)) {
    const url = `http://localhost${path}`;
    const text = await lab.output('home', 'bash', ['-c', ASKING, socketPath, url, `${requests}`]);
    const times = text
      .trim()
      .split('\n')
      .map((seconds) => Number(seconds) * 1000);
    metrics.push(...p50AndP99(`${name}, beside ${count} flows`, times));
  }
  return metrics;
}

function p50AndP99(label: string, times: number[]): Metric[] {
  times.sort((a, b) => a - b);
  return [
    { name: `${label}: p50`, unit: 'ms', value: quantile(times, 0.5) },
    { name: `${label}: p99`, unit: 'ms', value: quantile(times, 0.99) },
  ];
}

/** One flow's throughput alone, with the streams followed, and with the Connections page open. */
async function dataPath(
  bench: InterfaceBench,
  browser: Browser,
  sluice: Instance,
  round: number,
): Promise<Metric[]> {
  const rate = async (): Promise<number> => {
    const transfer = { from: 'home', direction: 'down', flows: 1 } as const;
    const { bytes, seconds } = await iperf(bench, transfer);
    return (bytes * 8) / seconds / 1e9;
  };
  const ways = {
    alone: rate,
    followed: () => whileFollowed(sluice, rate),
    'in Chromium': () => whileOpen(browser, sluice, rate),
  };
  // In another order each time, so that a machine that slows down slows all of them.
  const names = Object.keys(ways) as (keyof typeof ways)[];
  const order = round % 2 === 0 ? names : names.toReversed();
  const rates = new Map<string, number>();
  for (const name of order) rates.set(name, await ways[name]());
  const share = (name: string): number =>
    ((rates.get(name) ?? NaN) / (rates.get('alone') ?? NaN)) * 100;
  return [
    ...names.map((name) => ({
      name: `data path, ${name}`,
      unit: 'Gbit/s',
      value: rates.get(name) ?? NaN,
    })),
    { name: 'data path kept, followed', unit: '%', value: share('followed') },
    { name: 'data path kept, in Chromium', unit: '%', value: share('in Chromium') },
  ];
}

/** What the interface follows, by a client that does nothing with it. */
async function whileFollowed<T>({ client }: Instance, work: () => Promise<T>): Promise<T> {
  const streams = [client.stream(endpoints.watchFlows), client.stream(endpoints.watchStatus)];
  const reading = streams.map(async (stream) => {
    for await (const _ of stream);
  });
  try {
    return await work();
  } finally {
    await Promise.all(streams.map((stream) => stream.return(undefined)));
    await Promise.allSettled(reading);
  }
}

async function whileOpen<T>(
  browser: Browser,
  sluice: Instance,
  work: () => Promise<T>,
): Promise<T> {
  const page = await openConnections(browser, sluice);
  try {
    return await work();
  } finally {
    await page.context().close();
  }
}

async function openConnections(browser: Browser, sluice: Instance): Promise<Page> {
  const page = await openInterface(browser, await newLink(sluice));
  await page.goto(new URL('/ui/connections', page.url()).href);
  await page.getByRole('grid', { name: 'Connections' }).getByRole('row').nth(5).waitFor();
  return page;
}

/** Scrolls a screen's height every quarter of a second, there and back. Resolves to the times between frames. */
const SCROLLING = `async (milliseconds) => {
  const list = document.querySelector('[role=grid]').parentElement;
  const length = list.scrollHeight - list.clientHeight;
  const speed = list.clientHeight * 4;
  const began = performance.now();
  const times = [];
  let last = began;
  while (last - began < milliseconds) {
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
    const at = ((now - began) / 1000 * speed) % (2 * length);
    list.scrollTop = at < length ? at : 2 * length - at;
  }
  return times.slice(1);
}`;

/** Resolves to when the page, since it was asked for, said that it shows so many. Chromium's own connections may be among them. */
const SHOWN = `async (count) => {
  for (;;) {
    const [, shown = '0'] = document.body?.innerText.match(/([\\d,]+) shown/) ?? [];
    if (Number(shown.replaceAll(',', '')) >= count) return performance.now();
    await new Promise(requestAnimationFrame);
  }
}`;

async function frames(
  browser: Browser,
  sluice: Instance,
  count: number,
  seconds: number,
): Promise<Metric[]> {
  const link = await newLink(sluice);
  const first = await openInterface(browser, link);
  await first.goto(new URL('/ui/connections', first.url()).href, { waitUntil: 'commit' });
  const opened = await first.evaluate<number>(`(${SHOWN})(${count})`);
  const before = cpuSeconds(sluice.pid);
  const times = await first.evaluate<number[]>(`(${SCROLLING})(${seconds * 1000})`);
  const spent = cpuSeconds(sluice.pid) - before;
  await first.context().close();
  const sum = times.reduce((total, time) => total + time, 0);
  times.sort((a, b) => a - b);
  return [
    { name: `Connections with ${count}: all shown after`, unit: 'ms', value: opened },
    { name: 'frames while scrolling', unit: '1/s', value: (times.length / sum) * 1000 },
    { name: 'time between frames: p99', unit: 'ms', value: quantile(times, 0.99) },
    { name: 'time between frames: longest', unit: 'ms', value: times.at(-1) ?? NaN },
    { name: 'core meanwhile, flows included', unit: '% CPU', value: (spent / (sum / 1000)) * 100 },
  ];
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? NaN;
}
