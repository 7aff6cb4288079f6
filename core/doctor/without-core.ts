/** What can be looked at while no core runs. */
import type { CheckName, CheckResult } from '../api/doctor.ts';
import type { Inspector } from '../platform/inspector.ts';
import { say } from './check.ts';
import type { Finding } from './check.ts';
import { lookForLeftovers } from './checks/cleanup.ts';
import { lookAtUplink } from './checks/uplink.ts';
import { examine } from './examine.ts';

const LIMIT_MS = 10_000;

/** `checks` empty: what there is; others are told as skipped. */
export async function* lookWithoutCore(
  inspector: Inspector,
  stateDir: string,
  checks: readonly CheckName[],
): AsyncGenerator<CheckResult> {
  const able = new Map<CheckName, (stop: AbortSignal) => Promise<Finding>>([
    ['uplink', (stop) => lookAtUplink(inspector, stop)],
    ['cleanup', () => lookForLeftovers(inspector, stateDir)],
  ]);
  const never = new AbortController().signal;
  for (const check of checks.length === 0 ? able.keys() : checks) {
    yield await examine(check, able.get(check) ?? skip, LIMIT_MS, never);
  }
}

async function skip(): Promise<Finding> {
  return { verdict: 'skipped', summary: say('doctor.needsCore') };
}
