/** One flow's throughput alone and beside thousands of others, some of which are busy. */
import type { Bench, Measurement, Metric } from './measurement.ts';
import { answersEachSecond, openFlows } from '../lab/open-flows.ts';
import { iperf } from './throughput.ts';

const defaultFlows = 8000;
const busyShare = 1 / 8;

export const scale: Measurement = {
  async measure(bench) {
    const openCount = bench.flows ?? defaultFlows;
    const busyCount = Math.round(openCount * busyShare);
    const before = await bothWays(bench);
    const others = await openFlows(bench.lab, openCount, busyCount);
    const beside = await bothWays(bench);
    const answers = answersEachSecond(others);
    await others.stop();
    const after = await bothWays(bench);
    const metrics: Metric[] = [];
    for (const direction of ['up', 'down'] as const) {
      const alone = (before[direction] + after[direction]) / 2;
      metrics.push(
        { name: `${direction}, alone`, unit: 'Gbit/s', value: alone },
        {
          name: `${direction}, beside ${openCount} flows`,
          unit: 'Gbit/s',
          value: beside[direction],
        },
        { name: `${direction}, kept`, unit: '%', value: (beside[direction] / alone) * 100 },
      );
    }
    metrics.push({
      name: `answers to ${busyCount} busy flows, slowest second`,
      unit: '1/s',
      value: Math.min(...answers),
    });
    return metrics;
  },
};

async function bothWays(bench: Bench): Promise<{ up: number; down: number }> {
  const rate = async (direction: 'up' | 'down'): Promise<number> => {
    const { bytes, seconds } = await iperf(bench, { from: 'home', direction, flows: 1 });
    return (bytes * 8) / seconds / 1e9;
  };
  return { up: await rate('up'), down: await rate('down') };
}
