/**
 * The gate for captured datagrams: each new destination of a session is decided by the rules and
 * led to the session's link with its upstream. It owns the sessions; the stack ends them.
 */
import { UpstreamError, toApiError } from '../api/errors.ts';
import type { ApiError } from '../api/errors.ts';
import type { ClientInfo } from '../dns/exchange.ts';
import type { Logger } from '../log/logger.ts';
import type { Refusal } from '../native/binding.d.ts';
import type { SniffedName } from '../sniff/sniff-result.ts';
import type { FirstBytes } from '../stack/first-bytes.ts';
import type { ByteCounts } from '../stack/native-stream.ts';
import type { UdpPeer, UdpSession } from '../stack/udp-session.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { Ip } from '../../rules/ip.ts';
import { parseIp } from '../../rules/ip.ts';
import type { Captured, CapturedFlow } from './captured-flow.ts';
import { decide, openFlow } from './decide.ts';
import type { FlowSources } from './decide.ts';
import { FlowTimes } from './flow-times.ts';
import type { FlowGuard } from './guard.ts';
import type { InForce } from './in-force.ts';
import type { Decision } from './policy.ts';
import { refusalOf } from './refusal.ts';
import { showProcess } from './show-process.ts';
import { UdpLinks } from './udp-links.ts';
import type { LinkParts } from './udp-links.ts';
import { UdpSniff } from './udp-sniff.ts';
import { UdpSupport } from './udp-support.ts';

const DNS_PORT = 53;
const QUIC_PORT = 443;
/** A datagram of the self test is answered at once. */
const PROBE_IDLE_MS = 5_000;

/** After a failed upstream the session is forgotten, so that the next datagram tries again. */
const RETRY_MS = 1_000;

/** What all sessions share. */
export interface UdpContext extends LinkParts {
  readonly log: Logger;
  readonly sources: FlowSources;
}

interface SessionState {
  readonly links: UdpLinks;
  idleMs: number;
  /** Whether this is the program behind an upstream on this machine; null where it cannot be. */
  behindUpstream: Promise<boolean> | null;
  /** Destinations whose datagrams are being looked at, by `address port`. */
  readonly sniffs: Map<string, UdpSniff>;
  /** Set while a failed session waits to be forgotten. */
  retry: NodeJS.Timeout | null;
  /** Who asks, where the session asks for names. */
  client: ClientInfo | null;
  /** Made-up addresses whose names stay what they are while the session lives. */
  readonly held: Set<string>;
}

/** A destination whose fate is being decided. */
interface Pending {
  readonly peer: UdpPeer;
  readonly state: SessionState;
  readonly flow: CapturedFlow;
  readonly times: FlowTimes;
  readonly inForce: InForce;
}

export class UdpFlows {
  readonly #inForce: () => InForce;
  readonly #guard: FlowGuard;
  readonly #context: UdpContext;
  readonly #support: UdpSupport;
  readonly #sessions = new Map<UdpSession, SessionState>();

  constructor(inForce: () => InForce, guard: FlowGuard, context: UdpContext) {
    this.#inForce = inForce;
    this.#guard = guard;
    this.#context = context;
    this.#support = new UdpSupport(context.log);
  }

  /** Takes a new destination: sooner or later it is routed or refused. Never throws. */
  take(peer: UdpPeer): void {
    const { session, dst, dstPort, dscp } = peer;
    const { src, srcPort } = session;
    if (this.#guard.probes.has('udp', dst, dstPort)) {
      session.setTimeout(PROBE_IDLE_MS);
      session.toScript(dst, dstPort);
      return;
    }
    const srcIp = parseIp(src);
    const dstIp = parseIp(dst);
    if (srcIp === null || dstIp === null) {
      session.refuse(dst, dstPort, 'drop');
      return;
    }
    const inForce = this.#inForce();
    const captured: Captured = { network: 'udp', src, srcPort, dst, dstPort, dscp };
    const verdict = this.#guard.check(captured, dstIp, inForce);
    if (verdict === 'query') this.#answer(peer, captured, srcIp, dstIp, inForce);
    else if (verdict === null) this.#relay(peer, captured, srcIp, dstIp, inForce);
    else this.#refuse(peer, verdict.how, null, null, verdict.error);
  }

  #relay(peer: UdpPeer, captured: Captured, srcIp: Ip, dstIp: Ip, inForce: InForce): void {
    const { session, dst } = peer;
    const { dns } = inForce;
    let flow: CapturedFlow;
    try {
      flow = openFlow(captured, srcIp, dstIp, inForce, this.#context.sources);
    } catch (cause) {
      this.#refuse(peer, refusalOf('udp', cause), null, null, toApiError(cause));
      return;
    }
    const state = this.#stateOf(session);
    if (dns !== null && flow.domainFrom === 'fake-ip' && !state.held.has(dst)) {
      state.held.add(dst);
      dns.names.hold(dst);
    }
    void this.#follow({ peer, state, flow, times: new FlowTimes(), inForce });
  }

  /** A query, or a datagram of the self test. What is known already is answered in the same call. */
  data(session: UdpSession, dst: string, dstPort: number, bytes: Buffer): void {
    const { src, srcPort } = session;
    if (this.#guard.probes.take('udp', dst, dstPort, { src, srcPort, size: bytes.length })) {
      session.send(dst, dstPort, bytes);
      return;
    }
    const client = this.#sessions.get(session)?.client;
    const { dns } = this.#inForce();
    if (dns === null || client == null) return;
    const answered = dns.answer(bytes, client);
    if (answered === null) return;
    if (answered instanceof Promise)
      void answered.then((reply) => session.send(dst, dstPort, reply));
    else session.send(dst, dstPort, answered);
  }

  /** Another datagram waits for the decision about its destination. */
  more(session: UdpSession, dst: string, dstPort: number): void {
    this.#sessions.get(session)?.sniffs.get(`${dst} ${dstPort}`)?.more();
  }

  /** The stack has ended a session: its links end with it. `counts` and `first` are the bytes of all of them. */
  forget(session: UdpSession, counts: ByteCounts, first: FirstBytes): void {
    const state = this.#sessions.get(session);
    if (state === undefined) return;
    this.#sessions.delete(session);
    if (state.retry !== null) clearTimeout(state.retry);
    for (const sniff of state.sniffs.values()) sniff.end();
    const { dns } = this.#inForce();
    for (const address of state.held) dns?.names.release(address);
    state.links.close(counts, first);
  }

  /** Ends every session that leaves the machine: the next datagram of each begins a new one. */
  restart(): void {
    this.#support.forget();
    for (const [session, { links }] of this.#sessions) if (links.size > 0) session.close();
  }

  /** The rules have changed: what they refused before, and is not in use, is asked about again. */
  reconsider(): void {
    this.#support.forget();
    const isAnswering = this.#inForce().dns !== null;
    for (const [session, { links, client }] of this.#sessions) {
      // Whoever waits for an answer gets it.
      if (links.size === 0 && !(isAnswering && client !== null)) session.close();
    }
  }

  /** The session's datagrams to this destination are queries: the resolver is in its place. */
  #answer(peer: UdpPeer, captured: Captured, srcIp: Ip, dstIp: Ip, inForce: InForce): void {
    const { session, dst, dstPort } = peer;
    const state = this.#stateOf(session);
    const begin = (): void => {
      state.client ??= { address: session.src, port: session.srcPort, transport: 'udp' };
      this.#keepFor(session, state, inForce.config.sluice.udpTimeouts.dns);
      session.toScript(dst, dstPort);
    };
    const behind = inForce.policy.localUpstreams.isResolverBehind(
      'udp',
      { address: session.src, port: session.srcPort },
      { address: dst, port: dstPort },
    );
    if (behind === null) {
      begin();
      return;
    }
    void behind.then((isOurs) => {
      if (this.#sessions.get(session) !== state) return;
      if (!isOurs) return begin();
      state.behindUpstream = behind;
      this.#relay(peer, captured, srcIp, dstIp, inForce);
    });
  }

  /** Never rejects. */
  async #follow(pending: Pending): Promise<void> {
    const { peer, state, times } = pending;
    let decision: Decision | null = null;
    try {
      decision = await this.#decide(pending);
      times.mark('decided');
      if (this.#sessions.get(peer.session) !== state) return;
      const { destination } = decision;
      if (destination === 'reject' || destination === 'drop') {
        const how = destination === 'reject' ? 'prohibited' : 'drop';
        this.#refuse(peer, how, pending, decision, null);
        return;
      }
      this.#keepFor(peer.session, state, idleSeconds(pending));
      await this.#lead(pending, decision, destination);
    } catch (cause) {
      this.#fail(pending, decision, cause);
    }
  }

  async #decide({ peer, state, flow, inForce }: Pending): Promise<Decision> {
    const { session, dst, dstPort } = peer;
    const { policy, sniffing, config } = inForce;
    state.behindUpstream ??= policy.localUpstreams.isBehindFlow(
      'udp',
      { address: session.src, port: session.srcPort },
      { address: dst, port: dstPort },
    );
    if ((await state.behindUpstream) === true) return policy.exempt;
    const sniff = (): Promise<SniffedName | null> =>
      this.#sniff(peer, state, config.sluice.sniffTimeout);
    return decide(flow, policy, sniffing, this.#context.sources, sniff, state.links.signal);
  }

  async #sniff(peer: UdpPeer, state: SessionState, timeoutMs: number): Promise<SniffedName | null> {
    const key = `${peer.dst} ${peer.dstPort}`;
    const sniff = new UdpSniff(peer);
    state.sniffs.set(key, sniff);
    try {
      return await sniff.begin(timeoutMs);
    } finally {
      state.sniffs.delete(key);
    }
  }

  /** Through the upstream, or, where that carries no datagrams, as `sluice.udp-fallback` says. */
  async #lead(
    { peer, state, flow, times, inForce }: Pending,
    first: Decision,
    to: Upstream,
  ): Promise<void> {
    let decision = first;
    for (let upstream = to; ;) {
      let refusal = this.#support.refusalOf(upstream);
      if (refusal === null) {
        const host = flow.hostFor(upstream);
        try {
          const record = await state.links.lead({
            ...{ peer, flow, decision, times, upstream, host },
          });
          const { table, sources } = this.#context;
          showProcess(flow, record, table, inForce.config, sources);
          return;
        } catch (cause) {
          if (!isWithoutUdp(cause)) throw cause;
          this.#support.noteWithout(upstream, cause);
          refusal = cause;
        }
      }
      const next = this.#alternative(inForce, decision);
      if (next === null || typeof next.destination === 'string') throw refusal;
      decision = next;
      upstream = next.destination;
    }
  }

  #alternative({ config, policy }: InForce, decision: Decision): Decision | null {
    switch (config.sluice.udpFallback) {
      case 'reject':
        return null;
      case 'direct':
        return {
          ...policy.exempt,
          ruleIndex: decision.ruleIndex,
          ruleText: `${decision.ruleText}, directly for want of UDP`,
        };
      case 'next':
        return policy.udpAlternative(decision, (one) => this.#support.refusalOf(one) === null);
    }
  }

  /** The session lives as long as the most patient of its destinations. */
  #keepFor(session: UdpSession, state: SessionState, seconds: number): void {
    if (seconds * 1000 <= state.idleMs) return;
    state.idleMs = seconds * 1000;
    session.setTimeout(state.idleMs);
  }

  #stateOf(session: UdpSession): SessionState {
    let state = this.#sessions.get(session);
    if (state === undefined) {
      const links = new UdpLinks(session, this.#context);
      state = {
        ...{ links, idleMs: 0, behindUpstream: null, retry: null, client: null },
        ...{ sniffs: new Map<string, UdpSniff>(), held: new Set<string>() },
      };
      this.#sessions.set(session, state);
    }
    return state;
  }

  #fail(pending: Pending, decision: Decision | null, cause: unknown): void {
    const { peer, state, flow } = pending;
    const { session } = peer;
    if (this.#sessions.get(session) !== state) return;
    const error = toApiError(cause);
    this.#refuse(peer, refusalOf('udp', cause), pending, decision, error);
    const where = `${flow.domain ?? peer.dst} port ${peer.dstPort}`;
    // That an upstream carries no datagrams is said once for all of them.
    if (!isWithoutUdp(cause))
      this.#context.log.warning(error.code, `udp to ${where}: ${error.message}`);
    // The stack goes on refusing this destination while the session lives, and a busy session lives on.
    if (state.links.size === 0 && cause instanceof UpstreamError) {
      state.retry ??= setTimeout(() => session.close(), RETRY_MS);
    }
  }

  #refuse(
    peer: UdpPeer,
    how: Refusal,
    pending: Pending | null,
    decision: Decision | null,
    error: ApiError | null,
  ): void {
    const { session, dst, dstPort } = peer;
    session.refuse(dst, dstPort, how);
    const { src, srcPort } = session;
    const record = this.#context.table.open('udp', src, srcPort, dst, dstPort, pending?.times);
    pending?.flow.describe(record);
    record.ruleIndex = decision?.ruleIndex ?? -1;
    record.ruleText = decision?.ruleText ?? '';
    this.#context.table.finish(
      record,
      decision !== null && error !== null ? 'failed' : 'refused',
      error,
    );
  }
}

function idleSeconds({ peer, flow, inForce }: Pending): number {
  const { tun, sluice } = inForce.config;
  if (peer.dstPort === DNS_PORT) return sluice.udpTimeouts.dns;
  const isQuic = flow.sniffed?.protocol === 'quic' || peer.dstPort === QUIC_PORT;
  return isQuic ? Math.min(sluice.udpTimeouts.quic, tun.udpTimeout) : tun.udpTimeout;
}

function isWithoutUdp(cause: unknown): cause is UpstreamError {
  return cause instanceof UpstreamError && cause.code === 'ERR_UPSTREAM_NO_UDP';
}
