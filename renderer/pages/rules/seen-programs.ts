/** The programs of the connections that core knows of, for whoever writes a rule about one. */
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import type { Programs } from './complete-rule.ts';

export const NO_PROGRAMS: Programs = { names: [], paths: [] };

export async function seenPrograms(): Promise<Programs> {
  try {
    const { flows } = await call(endpoints.flows, { query: { state: 'all', limit: 1000 } });
    const programs = flows.flatMap(({ process }) => (process === null ? [] : [process]));
    return {
      names: distinct(programs.map(({ name }) => name)),
      paths: distinct(programs.map(({ path }) => path)),
    };
  } catch {
    // Without core, nothing is offered.
    return NO_PROGRAMS;
  }
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '').sort();
}
