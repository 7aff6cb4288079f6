/** What to ask core to learn why a flow goes where it goes. Pure. */
import type { ExplainRequest } from '../../../core/api/explain.ts';
import type { FlowInfo } from '../../../core/api/flows.ts';

export function explainRequestOf(flow: FlowInfo): ExplainRequest {
  const { domain, destination, network, source, zone, process } = flow;
  return {
    ...{ host: domain ?? destination.address, port: destination.port, network, zone },
    ...{ source: source.address, sourcePort: source.port },
    // The name may lead elsewhere by now.
    ...(domain === null || flow.domainFrom === 'fake-ip' ? {} : { address: destination.address }),
    ...(process === null
      ? {}
      : {
          process: process.name,
          ...(process.path === '' ? {} : { processPath: process.path }),
          ...(process.uid === null ? {} : { uid: process.uid }),
        }),
  };
}
