/** What a request on a connection that stays open takes, one at a time. */
import type { Measurement } from './measurement.ts';
import { direct } from './subject.ts';
import { wrk } from './wrk.ts';

export const latency: Measurement = {
  baseline: direct,
  async measure({ lab, seconds }) {
    const report = await wrk(lab, seconds, 1);
    return [
      { name: 'keep-alive request, p50', unit: 'ms', value: report.p50 },
      { name: 'keep-alive request, p99', unit: 'ms', value: report.p99 },
      { name: 'keep-alive requests', unit: '1/s', value: report.requestsPerSecond },
    ];
  },
};
