/**
 * From a captured flow to where it goes, the same for TCP and UDP: names for addresses, the rules,
 * and whatever the rules turn out to need. Every question is asked once at most, and only when
 * the outcome depends on it. Holds no state.
 */
import { SluiceError, UpstreamError } from '../api/errors.ts';
import type { Endpoint } from '../api/flows.ts';
import type { SniffedName, SniffProtocol } from '../sniff/sniff-result.ts';
import type { Network, ProcessFacts, Zone } from '../../rules/flow-facts.ts';
import type { Ip } from '../../rules/ip.ts';
import { parseIp, prefixContains } from '../../rules/ip.ts';
import { CapturedFlow } from './captured-flow.ts';
import type { Captured } from './captured-flow.ts';
import type { InForce } from './in-force.ts';
import type { Decision, Policy } from './policy.ts';
import type { BeforeSniffing, Sniffing } from './sniffing.ts';

/** What can be found out about a flow. */
export interface FlowSources {
  /** Addresses of a name, for a rule that compares them. Rejects with `SluiceError`. */
  resolve(domain: string, signal: AbortSignal): Promise<readonly string[]>;
  zoneOf(address: string): Zone;
  /** Where a flow came from before this machine rewrote its source; null: from where it says. */
  originOf(network: Network, local: Endpoint, peer: Endpoint): Endpoint | null;
  /** The program at the local end of a flow; null where there is none on this machine. Never rejects. */
  processOf(network: Network, local: Endpoint, peer: Endpoint): Promise<ProcessFacts | null>;
}

/** Looks at the first bytes of the flow for one of these. Null: there is no name in them. */
export type Sniff = (protocols: readonly SniffProtocol[]) => Promise<SniffedName | null>;

/** Throws `ERR_FLOW_STALE_FAKE_IP`. */
export function openFlow(
  captured: Captured,
  srcIp: Ip,
  dstIp: Ip,
  { dns, fakeRanges }: Pick<InForce, 'dns' | 'fakeRanges'>,
  sources: FlowSources,
): CapturedFlow {
  const name = dns?.names.lookup(captured.dst) ?? null;
  const isForgotten = name === null && fakeRanges.some((range) => prefixContains(range, dstIp));
  if (name === 'unknown-fake' || isForgotten) {
    throw new UpstreamError(
      'ERR_FLOW_STALE_FAKE_IP',
      'host-unreachable',
      `${captured.dst} was made up for a name that is no longer known: it has to be looked up again.`,
    );
  }
  const origin = sources.originOf(captured.network, ...endsOf(captured));
  const from = origin ?? { address: captured.src, port: captured.srcPort };
  const fromIp = origin === null ? srcIp : (parseIp(origin.address) ?? srcIp);
  return new CapturedFlow(captured, from, fromIp, dstIp, sources.zoneOf(from.address), name);
}

/** Rejects with what `sniff` rejects with, or with the signal's reason. */
export async function decide(
  flow: CapturedFlow,
  policy: Policy,
  sniffing: Sniffing,
  sources: FlowSources,
  sniff: Sniff,
  signal: AbortSignal,
): Promise<Decision> {
  const before = beforeSniffing(flow);
  let sniffed = false;
  if (sniffing.isForced(before)) {
    await lookInside();
    sniffed = true;
  }
  for (;;) {
    const outcome = policy.decide(flow.facts);
    switch (outcome.kind) {
      case 'decided':
        return outcome;
      case 'need-domain':
        if (sniffed) flow.take(null, 'nothing');
        else await lookInside();
        sniffed = true;
        break;
      case 'need-ip':
        flow.takeAddress(await addressOf(flow, sources, signal));
        break;
      case 'need-process': {
        const isOff = policy.config.findProcessMode === 'off';
        flow.takeProcess(isOff ? null : await processOf(flow, sources));
        break;
      }
    }
    signal.throwIfAborted();
  }

  async function lookInside(): Promise<void> {
    const protocols = sniffing.protocolsOf(before);
    const name = protocols.length === 0 ? null : await sniff(protocols);
    flow.take(name, name === null ? 'nothing' : sniffing.useOf(name));
  }
}

function beforeSniffing({
  captured,
  srcIp,
  dstIp,
  domain,
  isMapped,
}: CapturedFlow): BeforeSniffing {
  const { network, dstPort } = captured;
  return { network, srcIp, dstIp, dstPort, domain, isMapped };
}

/** Which of a name's addresses rules compare: as in mihomo IPv4 first, which most lists are made of. */
export function addressForRules(addresses: readonly string[]): string | undefined {
  return addresses.find((address) => !address.includes(':')) ?? addresses[0];
}

/** Undefined where the name has none, or nobody can tell: rules then pass over it. */
async function addressOf(
  { domain }: CapturedFlow,
  sources: FlowSources,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (domain === null) return undefined;
  try {
    return addressForRules(await sources.resolve(domain, signal));
  } catch (cause) {
    if (cause instanceof SluiceError) return undefined;
    throw cause;
  }
}

/** Null for a flow of a guest. Never rejects. */
export async function processOf(
  { captured, from }: CapturedFlow,
  sources: FlowSources,
): Promise<ProcessFacts | null> {
  // What was rewritten is a guest's: a program here with that port is another one.
  if (from.address !== captured.src) return null;
  return sources.processOf(captured.network, ...endsOf(captured));
}

function endsOf({ src, srcPort, dst, dstPort }: Captured): [local: Endpoint, peer: Endpoint] {
  return [
    { address: src, port: srcPort },
    { address: dst, port: dstPort },
  ];
}
