/** Stands in for `core/upstream/registry.ts` until that lands: DIRECT alone. */
import { SluiceError } from './api/errors.ts';
import type { Config } from './config/config.ts';
import type { Outbound, Upstream } from './upstream/upstream.ts';

export function buildUpstreams(_config: Config, outbound: Outbound): ReadonlyMap<string, Upstream> {
  const direct: Upstream = {
    name: 'DIRECT',
    type: 'Direct',
    chain: ['DIRECT'],
    connect: async ({ host, port }, signal) => {
      const [address] = await outbound.resolve(host, signal);
      if (address === undefined) throw new SluiceError('ERR_DNS_NOT_FOUND', 'no address');
      return outbound.connectTcp(address, port, signal);
    },
    associate: async () => ({ kind: 'direct' }),
  };
  return new Map([['DIRECT', direct]]);
}
