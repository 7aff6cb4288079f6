/** Whom `sluice explain` and `sluice rules test` ask: the running core, or a file. */
import { lookup } from 'node:dns/promises';
import { endpoints } from '../api/endpoints.ts';
import type { Explanation, ExplainRequest } from '../api/explain.ts';
import { explainFlow } from '../engine/explain.ts';
import { readConfig } from '../engine/live-config.ts';
import { offlinePolicy } from '../engine/offline-policy.ts';
import { stateDirPath } from '../platform/state-dir.ts';
import { offlineProviders } from '../providers/offline.ts';
import { compileRules } from '../../rules/compile.ts';
import type { Terminal } from './command.ts';
import { NotRunningError } from './control-client.ts';
import { controlClient } from './options.ts';

const LOOKUP_TIMEOUT_MS = 5_000;

export interface Explainer {
  /** Rejects with `SluiceError`. */
  explain(request: ExplainRequest): Promise<Explanation>;
  close(): Promise<void>;
}

/** By a file, or by the running core; without one by the built-in configuration, which is told. */
export async function openExplainer(
  path: string | undefined,
  terminal: Terminal,
): Promise<Explainer> {
  if (path !== undefined) return byFile(path);
  const client = controlClient();
  try {
    await client.call(endpoints.status);
  } catch (cause) {
    if (!(cause instanceof NotRunningError)) throw cause;
    terminal.err('Sluice is not running: going by the built-in configuration (-c names a file).\n');
    return byFile(null);
  }
  return {
    explain: (body) => client.call(endpoints.explain, { body }),
    close: () => Promise.resolve(),
  };
}

async function byFile(path: string | null): Promise<Explainer> {
  const { config } = await readConfig(path);
  const lists = await offlineProviders(config, stateDirPath());
  const policy = offlinePolicy(config, { rules: compileRules(config, lists.context) });
  return {
    explain: (request) =>
      explainFlow(policy, request, lookUp, AbortSignal.timeout(LOOKUP_TIMEOUT_MS)),
    close: () => lists.close(),
  };
}

/** As any program of this machine looks names up: no tunnel is to be avoided where no core runs. */
async function lookUp(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, order: 'ipv4first' });
  return found.map(({ address }) => address);
}
