/** Runs programs/flows.ts. */
import { join } from 'node:path';

import { ports, site4 } from './addresses.ts';
import type { Lab } from './lab.ts';
import type { NamespaceName } from './namespaces.ts';
import type { Daemon } from './processes.ts';

/** Resolves when all are open; throws when that cannot be. They close when the process is stopped. */
export async function openFlows(
  lab: Lab,
  count: number,
  busy: number,
  from: NamespaceName = 'home',
): Promise<Daemon> {
  const program = join(import.meta.dirname, 'programs/flows.ts');
  const args = [program, site4, String(ports.echo), String(count), String(busy)];
  const daemon = lab.spawn(from, process.execPath, args, { keepInput: true });
  return daemon.until(`open ${count} flows`, () => daemon.log.includes('open '), 120_000);
}

/** Answers in each second so far. */
export function answersEachSecond(daemon: Daemon): number[] {
  return [...daemon.log.matchAll(/^answers (\d+)$/gm)].map((match) => Number(match[1]));
}
