/** Resident memory: at rest after the start, and for each of many idle flows. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Measurement } from './measurement.ts';
import { openFlows } from '../lab/open-flows.ts';
import { residentBytes } from './usage.ts';

const defaultFlows = 5000;

export const memory: Measurement = {
  async measure({ lab, seconds, flows }, { pid }) {
    if (pid === null) return [];
    const flowCount = flows ?? defaultFlows;
    await sleep(2000);
    const idle = residentBytes(pid);
    const opened = await openFlows(lab, flowCount, 0);
    await sleep(seconds * 1000);
    const full = residentBytes(pid);
    await opened.stop();
    return [
      { name: 'at rest', unit: 'MB', value: idle / 1e6 },
      { name: `with ${flowCount} idle flows`, unit: 'MB', value: full / 1e6 },
      { name: 'for each idle flow', unit: 'KB', value: (full - idle) / flowCount / 1e3 },
    ];
  },
};
