/** A flow for tests of the interface. */
import type { FlowInfo } from '../../../core/api/flows.ts';

export function flow(id: number, more: Partial<FlowInfo> = {}): FlowInfo {
  return {
    id,
    network: 'tcp',
    state: 'open',
    source: { address: '198.18.0.1', port: 40_000 + id },
    destination: { address: '192.0.2.1', port: 443 },
    domain: null,
    domainFrom: null,
    sniffed: null,
    zone: 'host',
    process: null,
    rule: null,
    chain: ['DIRECT'],
    upstream: 'DIRECT',
    host: '192.0.2.1',
    upload: 0,
    download: 0,
    start: '2026-01-01T00:00:00.000Z',
    end: null,
    timeline: {},
    error: null,
    ...more,
  };
}
