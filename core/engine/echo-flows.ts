/**
 * The gate for captured echo requests where `sluice.icmp` is `direct`: what the rules send DIRECT is
 * asked of the real host, what they send to a proxy is answered here (no proxy carries ICMP), and
 * what they refuse is refused. To the rules they look like datagrams to port 0. Holds the sessions that are being
 * decided; the stack ends them.
 */
import { UpstreamError, toApiError } from '../api/errors.ts';
import type { Logger } from '../log/logger.ts';
import type { EchoSession } from '../stack/echo-session.ts';
import { parseIp } from '../../rules/ip.ts';
import type { Captured } from './captured-flow.ts';
import { decide, openFlow } from './decide.ts';
import type { FlowSources } from './decide.ts';
import type { FlowGuard } from './guard.ts';
import type { InForce } from './in-force.ts';
import type { BindingFor } from './outbound.ts';
import { refusalOf } from './refusal.ts';

export interface EchoContext {
  readonly log: Logger;
  readonly sources: FlowSources;
  readonly bindingFor: BindingFor;
  /** See `LinkParts`. */
  readonly resolveDirect: (host: string, signal: AbortSignal) => Promise<readonly string[]>;
}

export class EchoFlows {
  readonly #inForce: () => InForce;
  readonly #guard: FlowGuard;
  readonly #context: EchoContext;
  readonly #deciding = new Map<EchoSession, AbortController>();

  constructor(inForce: () => InForce, guard: FlowGuard, context: EchoContext) {
    this.#inForce = inForce;
    this.#guard = guard;
    this.#context = context;
  }

  /** Sooner or later the session is answered, routed or refused. Never throws. */
  take(session: EchoSession): void {
    const abort = new AbortController();
    this.#deciding.set(session, abort);
    this.#follow(session, abort.signal)
      .catch((cause: unknown) => {
        if (abort.signal.aborted) return;
        const { code, message } = toApiError(cause);
        this.#context.log.debug(code, `echo of ${session.dst}: ${message}`);
        session.refuse(refusalOf('udp', cause));
      })
      .finally(() => this.#deciding.delete(session));
  }

  /** The stack has ended a session. */
  forget(session: EchoSession): void {
    this.#deciding.get(session)?.abort();
  }

  async #follow(session: EchoSession, signal: AbortSignal): Promise<void> {
    const { src, dst } = session;
    const srcIp = parseIp(src);
    const dstIp = parseIp(dst);
    if (srcIp === null || dstIp === null) return session.refuse('drop');
    const { sources } = this.#context;
    const inForce = this.#inForce();
    const captured: Captured = { network: 'udp', src, srcPort: 0, dst, dstPort: 0, dscp: 0 };
    const verdict = this.#guard.check(captured, dstIp, inForce);
    if (verdict !== null && verdict !== 'query') {
      // The other end of the tunnel is there: it is us.
      return verdict.isOwnSubnet ? session.reply() : session.refuse(verdict.how);
    }
    const flow = openFlow(captured, srcIp, dstIp, inForce, sources);
    const noBytes = async (): Promise<null> => null;
    const { policy, sniffing } = inForce;
    const { destination } = await decide(flow, policy, sniffing, sources, noBytes, signal);
    if (destination === 'reject') session.refuse('prohibited');
    else if (destination === 'drop') session.refuse('drop');
    else if (destination.type !== 'Direct') session.reply();
    else await this.#route(session, flow.hostFor(destination), signal);
  }

  async #route(session: EchoSession, host: string, signal: AbortSignal): Promise<void> {
    const addresses =
      parseIp(host) === null ? await this.#context.resolveDirect(host, signal) : [host];
    signal.throwIfAborted();
    // A request of one family cannot be turned into one of the other.
    const isSix = session.dst.includes(':');
    const target = addresses.find((address) => address.includes(':') === isSix);
    if (target === undefined) {
      throw new UpstreamError(
        'ERR_ECHO_FAMILY',
        'host-unreachable',
        `${host} has no IPv${isSix ? 6 : 4} address.`,
      );
    }
    session.route(target, this.#context.bindingFor(target));
  }
}
