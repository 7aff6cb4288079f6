/** Runs programs/flows.ts in `home`. */
import { join } from 'node:path';

import { ports, site4 } from '../lab/addresses.ts';
import type { Lab } from '../lab/lab.ts';
import type { Daemon } from '../lab/processes.ts';

/** Resolves when all are open. They close when the process is stopped. */
export async function openFlows(lab: Lab, count: number, busy: number): Promise<Daemon> {
  const program = join(import.meta.dirname, 'programs/flows.ts');
  const args = [program, site4, String(ports.echo), String(count), String(busy)];
  const daemon = lab.spawn('home', process.execPath, args, { keepInput: true });
  return daemon.until(`open ${count} flows`, () => daemon.log.includes('open '), 120_000);
}

/** Answers in each second so far. */
export function answersEachSecond(daemon: Daemon): number[] {
  return [...daemon.log.matchAll(/^answers (\d+)$/gm)].map((match) => Number(match[1]));
}
