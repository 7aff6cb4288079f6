/** Resident memory: at rest after the start, and for each of many idle flows. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Measurement } from './measurement.ts';
import { openFlows } from './open-flows.ts';
import { residentBytes } from './usage.ts';

const flowCount = 5000;

export const memory: Measurement = {
  references: [],
  async measure({ lab, seconds }, { pid }) {
    if (pid === null) return [];
    await sleep(2000);
    const idle = residentBytes(pid);
    const flows = await openFlows(lab, flowCount, 0);
    await sleep(seconds * 1000);
    const full = residentBytes(pid);
    await flows.stop();
    return [
      { name: 'at rest', unit: 'MB', value: idle / 1e6 },
      { name: `with ${flowCount} idle flows`, unit: 'MB', value: full / 1e6 },
      { name: 'for each idle flow', unit: 'KB', value: (full - idle) / flowCount / 1e3 },
    ];
  },
};
