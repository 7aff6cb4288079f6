/** The policy of a file that nothing runs by: it says where flows would go, and sends none. */
import { UpstreamError } from '../api/errors.ts';
import type { Config } from '../config/config.ts';
import { Proxies } from '../groups/proxies.ts';
import { createLogger } from '../log/logger.ts';
import { buildUpstream } from '../upstream/registry.ts';
import type { Outbound } from '../upstream/upstream.ts';
import { compileRules } from '../../rules/compile.ts';
import { EMPTY_CONTEXT } from '../../rules/rule-set.ts';
import type { RuleContext } from '../../rules/rule-set.ts';
import { LocalUpstreams } from './local-upstreams.ts';
import { Policy } from './policy.ts';

/** Throws `SluiceError` where a proxy cannot be built. */
export function offlinePolicy(config: Config, context: RuleContext = EMPTY_CONTEXT): Policy {
  const proxies = new Proxies({
    outbound: nowhere,
    buildUpstream,
    proxiesOf: () => [],
    chosen: new Map(),
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
  return new Policy(config, compileRules(config, context), groups, local);
}

const nowhere: Outbound = { connectTcp: refuse, resolve: refuse };

async function refuse(): Promise<never> {
  throw new UpstreamError('ERR_OFFLINE', 'net-unreachable', 'Nothing is sent while Sluice is off.');
}
