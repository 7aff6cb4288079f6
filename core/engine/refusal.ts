/** What an application is told when its flow cannot be relayed. Pure. */
import { UpstreamError } from '../api/errors.ts';
import type { DialFailure } from '../api/errors.ts';
import type { Network } from '../api/flows.ts';
import type { Refusal } from '../native/binding.d.ts';

const TCP_REFUSALS: Readonly<Record<DialFailure, Refusal>> = {
  refused: 'reset',
  'host-unreachable': 'host-unreachable',
  'net-unreachable': 'net-unreachable',
  timeout: 'drop',
  upstream: 'reset',
};

const UDP_REFUSALS: Readonly<Record<DialFailure, Refusal>> = {
  ...TCP_REFUSALS,
  refused: 'port-unreachable',
  upstream: 'port-unreachable',
};

export function refusalOf(network: Network, cause: unknown): Refusal {
  const failure = cause instanceof UpstreamError ? cause.failure : 'upstream';
  return (network === 'tcp' ? TCP_REFUSALS : UDP_REFUSALS)[failure];
}
