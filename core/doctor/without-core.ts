/** What can be looked at while no core runs. */
import type { CheckName, CheckResult } from '../api/doctor.ts';
import type { Inspector } from '../platform/inspector.ts';
import { say } from './check.ts';
import type { Finding } from './check.ts';
import { lookForLeftovers } from './checks/cleanup.ts';
import { lookAtUplink } from './checks/uplink.ts';

const LIMIT_MS = 10_000;

/** `checks` empty: what there is; others are told as skipped. */
export async function* lookWithoutCore(
  inspector: Inspector,
  stateDir: string,
  checks: readonly CheckName[],
): AsyncGenerator<CheckResult> {
  const able = new Map<CheckName, () => Promise<Finding>>([
    ['uplink', () => lookAtUplink(inspector, AbortSignal.timeout(LIMIT_MS))],
    ['cleanup', () => lookForLeftovers(inspector, stateDir)],
  ]);
  for (const check of checks.length === 0 ? able.keys() : checks) {
    const begun = performance.now();
    const look = able.get(check);
    const finding: Finding =
      look === undefined ? { verdict: 'skipped', summary: say('doctor.needsCore') } : await look();
    const { verdict, summary, details = [], fix = null } = finding;
    yield {
      ...{ check, verdict, summary, details, fix },
      milliseconds: Math.round(performance.now() - begun),
    };
  }
}
