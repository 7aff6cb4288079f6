/** The lists of a configuration that nothing runs by: those that are at hand. Nothing is fetched. */
import { UpstreamError } from '../api/errors.ts';
import type { Config } from '../config/config.ts';
import { createLogger } from '../log/logger.ts';
import { Providers } from './providers.ts';

/** To be closed. `stateDir` is where a running core keeps its downloads; it need not be readable. */
export async function offlineProviders(config: Config, stateDir: string): Promise<Providers> {
  const providers = new Providers(config, {
    stateDir,
    log: createLogger({ level: 'silent', write: () => undefined }),
    dialThrough: () => refuse,
    onProxies: () => undefined,
  });
  (await providers.prepare(config)).commit();
  return providers;
}

async function refuse(): Promise<never> {
  throw new UpstreamError(
    'ERR_OFFLINE',
    'net-unreachable',
    'Nothing is fetched while Sluice is off.',
  );
}
