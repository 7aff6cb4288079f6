/** The policy of a file that nothing runs by: it says where flows would go, and sends none. */
import { UpstreamError } from '../api/errors.ts';
import type { Config } from '../config/config.ts';
import type { ProxiesOf } from '../groups/groups.ts';
import { Proxies } from '../groups/proxies.ts';
import { createLogger } from '../log/logger.ts';
import { buildUpstream } from '../upstream/registry.ts';
import type { Outbound } from '../upstream/upstream.ts';
import { compileRules } from '../../rules/compile.ts';
import type { CompiledRules } from '../../rules/compiled-rules.ts';
import { LocalUpstreams } from './local-upstreams.ts';
import { Policy } from './policy.ts';

export interface OfflineParts {
  /** Of the configuration; when absent they are compiled, and no list has anything in it. */
  readonly rules?: CompiledRules;
  /** The proxies of a provider; none when absent. */
  readonly proxiesOf?: ProxiesOf;
  /** What was chosen in groups, by their names; nothing when absent. */
  readonly chosen?: ReadonlyMap<string, string>;
}

/** Throws `SluiceError` where a proxy cannot be built. */
export function offlinePolicy(config: Config, parts: OfflineParts = {}): Policy {
  const proxies = new Proxies({
    outbound: nowhere,
    buildUpstream,
    proxiesOf: parts.proxiesOf ?? (() => []),
    chosen: parts.chosen ?? new Map(),
    onChosen: () => undefined,
    isOnline: () => false,
    endFlows: () => undefined,
    log: createLogger({ level: 'silent', write: () => undefined }),
  });
  const groups = proxies.prepare(config);
  proxies.use(groups, config);
  const local = new LocalUpstreams(config, {
    isOwnAddress: () => false,
    resolverPorts: () => [],
    owns: async () => false,
  });
  return new Policy(config, parts.rules ?? compileRules(config), groups, local);
}

const nowhere: Outbound = { connectTcp: refuse, resolve: refuse };

async function refuse(): Promise<never> {
  throw new UpstreamError('ERR_OFFLINE', 'net-unreachable', 'Nothing is sent while Sluice is off.');
}
