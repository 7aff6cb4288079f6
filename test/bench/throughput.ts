/** Bytes a second and CPU seconds a gigabyte: one flow and eight, both ways, from host and guest. */
import { ports, site4 } from '../lab/addresses.ts';
import type { NamespaceName } from '../lab/namespaces.ts';
import type { Bench, Measurement, Metric } from './measurement.ts';
import type { Running } from './subject.ts';
import { cpuSeconds } from './usage.ts';

export interface Transfer {
  readonly from: NamespaceName;
  readonly direction: 'up' | 'down';
  readonly flows: number;
}

const transfers: readonly Transfer[] = [
  { from: 'home', direction: 'up', flows: 1 },
  { from: 'home', direction: 'down', flows: 1 },
  { from: 'home', direction: 'up', flows: 8 },
  { from: 'home', direction: 'down', flows: 8 },
  { from: 'guest', direction: 'up', flows: 1 },
  { from: 'guest', direction: 'down', flows: 1 },
];

export const throughput: Measurement = {
  async measure(bench, running) {
    const metrics: Metric[] = [];
    for (const transfer of transfers) {
      metrics.push(...(await measureTransfer(bench, running, transfer)));
    }
    return [...metrics, ...guestShares(metrics)];
  },
};

/** What the guest gets of what the host gets. */
function guestShares(metrics: readonly Metric[]): Metric[] {
  const rate = (label: string): number => metrics.find(({ name }) => name === label)?.value ?? NaN;
  return (['up', 'down'] as const).map((direction) => {
    const [guest, home] = [rate(`guest ${direction}, 1 flow`), rate(`home ${direction}, 1 flow`)];
    return { name: `guest ${direction}: share of home's`, unit: '%', value: (guest / home) * 100 };
  });
}

async function measureTransfer(
  bench: Bench,
  running: Running,
  transfer: Transfer,
): Promise<Metric[]> {
  const spent = (pid: number | null): number => (pid === null ? 0 : cpuSeconds(pid));
  const before = { subject: spent(running.pid), relay: spent(bench.relayPid) };
  const { bytes, seconds } = await iperf(bench, transfer);
  const { from, direction, flows } = transfer;
  const label = `${from} ${direction}, ${flows} ${flows === 1 ? 'flow' : 'flows'}`;
  const perGigabyte = (now: number, then: number): number => (now - then) / (bytes / 1e9);
  return [
    { name: label, unit: 'Gbit/s', value: (bytes * 8) / seconds / 1e9 },
    { name: `${label}: CPU`, unit: 's/GB', value: perGigabyte(spent(running.pid), before.subject) },
    {
      name: `${label}: CPU of the SOCKS server (floor)`,
      unit: 's/GB',
      value: perGigabyte(spent(bench.relayPid), before.relay),
    },
  ];
}

/** What the receiver got. */
export async function iperf(
  { lab, seconds }: Pick<Bench, 'lab' | 'seconds'>,
  { from, direction, flows }: Transfer,
): Promise<{ bytes: number; seconds: number }> {
  const args = ['-J', '-c', site4, '-p', String(ports.iperf[0]), '-t', String(seconds)];
  if (direction === 'down') args.push('-R');
  args.push('-P', String(flows));
  const text = await lab.output(from, 'iperf3', args, { timeout: (seconds + 20) * 1000 });
  const report = JSON.parse(text) as {
    end: { sum_received: { bytes: number; seconds: number } };
  };
  return report.end.sum_received;
}
