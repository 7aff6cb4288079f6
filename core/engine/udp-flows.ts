/**
 * The gate for captured datagrams: each new destination of a session is decided by the rules and
 * led to the session's link with its upstream. It owns the sessions; the stack ends them.
 */
import { UpstreamError, toApiError } from '../api/errors.ts';
import type { ApiError } from '../api/errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Refusal } from '../native/binding.d.ts';
import type { ByteCounts } from '../stack/native-stream.ts';
import type { UdpPeer, UdpSession } from '../stack/udp-session.ts';
import { TUN_INBOUND } from '../../rules/flow-facts.ts';
import type { FlowFacts } from '../../rules/flow-facts.ts';
import { parseIp } from '../../rules/ip.ts';
import type { FlowTable } from './flow-table.ts';
import type { FlowGuard } from './guard.ts';
import type { BindingFor } from './outbound.ts';
import type { Decision, Need, Policy } from './policy.ts';
import { refusalOf } from './refusal.ts';
import { UdpLinks } from './udp-links.ts';

const DNS_PORT = 53;
const QUIC_PORT = 443;
const DNS_IDLE_MS = 10_000;
const QUIC_IDLE_MS = 30_000;

/** After a failed upstream the session is forgotten, so that the next datagram tries again. */
const RETRY_MS = 1_000;

interface SessionState {
  readonly links: UdpLinks;
  idleMs: number;
  /** Whether this is the program behind an upstream on this machine; null where it cannot be. */
  behindUpstream: Promise<boolean> | null;
  /** Set while a failed session waits to be forgotten. */
  retry: NodeJS.Timeout | null;
}

export class UdpFlows {
  readonly #policy: () => Policy;
  readonly #guard: FlowGuard;
  readonly #table: FlowTable;
  readonly #bindingFor: BindingFor;
  readonly #log: Logger;
  readonly #sessions = new Map<UdpSession, SessionState>();

  constructor(
    policy: () => Policy,
    guard: FlowGuard,
    table: FlowTable,
    bindingFor: BindingFor,
    log: Logger,
  ) {
    this.#policy = policy;
    this.#guard = guard;
    this.#table = table;
    this.#bindingFor = bindingFor;
    this.#log = log;
  }

  /** Takes a new destination: sooner or later it is routed or refused. Never throws. */
  take(peer: UdpPeer): void {
    const { session, dst, dstPort } = peer;
    const srcIp = parseIp(session.src);
    const dstIp = parseIp(dst);
    if (srcIp === null || dstIp === null) {
      session.refuse(dst, dstPort, 'drop');
      return;
    }
    const policy = this.#policy();
    const refusal = this.#guard.check(dstIp, policy.config.ipv6);
    if (refusal !== null) {
      this.#refuse(peer, refusal.how, null, refusal.error);
      return;
    }
    const facts: FlowFacts = {
      network: 'udp',
      srcIp,
      srcPort: session.srcPort,
      dstIp,
      dstPort,
      domain: null,
      dstIpResolved: false,
      zone: 'host',
      dscp: 0,
      inbound: TUN_INBOUND,
      process: null,
    };
    const state = this.#stateOf(session);
    state.behindUpstream ??= policy.localUpstreams.isBehindFlow(
      'udp',
      { address: session.src, port: session.srcPort },
      { address: dst, port: dstPort },
    );
    if (state.behindUpstream === null) {
      this.#follow(peer, state, policy, policy.decide(facts));
      return;
    }
    void state.behindUpstream.then((isExempt) => {
      this.#follow(peer, state, policy, isExempt ? policy.exempt : policy.decide(facts));
    });
  }

  /** The stack has ended a session: its links end with it. `counts` are the bytes of all of them. */
  forget(session: UdpSession, counts: ByteCounts): void {
    const state = this.#sessions.get(session);
    if (state === undefined) return;
    this.#sessions.delete(session);
    if (state.retry !== null) clearTimeout(state.retry);
    state.links.close(counts);
  }

  /** Ends every session: the next datagram of each begins a new one. */
  restart(): void {
    for (const session of this.#sessions.keys()) session.close();
  }

  /** The rules have changed: what they refused before, and is not in use, is asked about again. */
  reconsider(): void {
    for (const [session, { links }] of this.#sessions) if (links.size === 0) session.close();
  }

  #follow(peer: UdpPeer, state: SessionState, policy: Policy, decision: Decision | Need): void {
    const { session, dstPort } = peer;
    // Domain and address are both given, so nothing can be asked for.
    if (decision.kind !== 'decided') throw new TypeError(`The rules still ${decision.kind}.`);
    const { destination } = decision;
    if (destination === 'reject' || destination === 'drop') {
      this.#refuse(peer, destination === 'reject' ? 'prohibited' : 'drop', decision, null);
      return;
    }
    const idleMs = Math.max(state.idleMs, idleFor(dstPort, policy.config.tun.udpTimeout * 1000));
    if (idleMs !== state.idleMs) session.setTimeout(idleMs);
    state.idleMs = idleMs;
    state.links.lead({ peer, decision, upstream: destination }).catch((cause: unknown) => {
      this.#fail(peer, decision, state, cause);
    });
  }

  #stateOf(session: UdpSession): SessionState {
    let state = this.#sessions.get(session);
    if (state === undefined) {
      const links = new UdpLinks(session, this.#table, this.#bindingFor);
      state = { links, idleMs: 0, behindUpstream: null, retry: null };
      this.#sessions.set(session, state);
    }
    return state;
  }

  #fail(peer: UdpPeer, decision: Decision, state: SessionState, cause: unknown): void {
    const { session } = peer;
    if (this.#sessions.get(session) !== state) return;
    const error = toApiError(cause);
    this.#refuse(peer, refusalOf('udp', cause), decision, error);
    this.#log.warning(error.code, `udp to ${peer.dst} port ${peer.dstPort}: ${error.message}`);
    // The stack goes on refusing this destination while the session lives, and a busy session lives on.
    if (state.links.size === 0 && cause instanceof UpstreamError) {
      state.retry ??= setTimeout(() => session.close(), RETRY_MS);
    }
  }

  #refuse(peer: UdpPeer, how: Refusal, decision: Decision | null, error: ApiError | null): void {
    const { session, dst, dstPort } = peer;
    session.refuse(dst, dstPort, how);
    const record = this.#table.open('udp', session.src, session.srcPort, dst, dstPort);
    record.ruleIndex = decision?.ruleIndex ?? -1;
    record.ruleText = decision?.ruleText ?? '';
    this.#table.finish(record, decision !== null && error !== null ? 'failed' : 'refused', error);
  }
}

function idleFor(port: number, otherMs: number): number {
  if (port === DNS_PORT) return DNS_IDLE_MS;
  return port === QUIC_PORT ? Math.min(QUIC_IDLE_MS, otherMs) : otherMs;
}
