/**
 * The gate for captured TCP connections: loops and unreachable destinations are refused at once,
 * the rest become a `TcpRelay`. It owns the count of dials in progress.
 */
import { toApiError } from '../api/errors.ts';
import type { ApiError } from '../api/errors.ts';
import { serveDnsStream } from '../dns/dns-stream.ts';
import type { TcpFlow } from '../stack/tcp-flow.ts';
import type { Ip } from '../../rules/ip.ts';
import { parseIp } from '../../rules/ip.ts';
import type { Captured } from './captured-flow.ts';
import { openFlow } from './decide.ts';
import type { FlowRecord, FlowTable } from './flow-table.ts';
import type { FlowGuard } from './guard.ts';
import { HIJACK_RULE } from './hijack.ts';
import type { FlowDns, InForce } from './in-force.ts';
import { refusalOf } from './refusal.ts';
import { TcpRelay } from './tcp-relay.ts';
import type { TcpContext } from './tcp-relay.ts';

/** Dials in progress; beyond it a SYN is dropped, and the application's system sends it again. */
const MAX_DIALS = 4096;

const UNREADABLE: ApiError = {
  code: 'ERR_FLOW_ADDRESS',
  message: 'The addresses of this flow cannot be read.',
};

export class TcpFlows {
  readonly #inForce: () => InForce;
  readonly #guard: FlowGuard;
  readonly #context: TcpContext;
  #dials = 0;

  constructor(
    inForce: () => InForce,
    guard: FlowGuard,
    shared: Omit<TcpContext, 'beginDial' | 'endDial'>,
  ) {
    this.#inForce = inForce;
    this.#guard = guard;
    this.#context = {
      ...shared,
      beginDial: () => {
        if (this.#dials >= MAX_DIALS) return false;
        this.#dials += 1;
        return true;
      },
      endDial: () => {
        this.#dials -= 1;
      },
    };
  }

  /** Takes a held flow: sooner or later it is accepted or refused. Never throws. */
  take(held: TcpFlow): void {
    const { table } = this.#context;
    const { src, srcPort, dst, dstPort, dscp } = held;
    if (this.#guard.probes.take('tcp', dst, dstPort, { src, srcPort, size: 0 })) {
      // The answer comes back to whoever called, which is half of the test.
      held.refuse('reset');
      return;
    }
    const record = table.open('tcp', src, srcPort, dst, dstPort);
    const srcIp = parseIp(src);
    const dstIp = parseIp(dst);
    if (srcIp === null || dstIp === null) {
      held.refuse('drop');
      table.finish(record, 'refused', UNREADABLE);
      return;
    }
    const inForce = this.#inForce();
    const captured: Captured = { network: 'tcp', src, srcPort, dst, dstPort, dscp };
    const verdict = this.#guard.check(captured, dstIp, inForce);
    const relay = (isExempt: boolean): void =>
      this.#relay(held, record, captured, srcIp, dstIp, inForce, isExempt);
    if (verdict === 'query') this.#answer(held, record, inForce, relay);
    else if (verdict === null) relay(false);
    else {
      held.refuse(verdict.how);
      table.finish(record, 'refused', verdict.error);
    }
  }

  #answer(
    held: TcpFlow,
    record: FlowRecord,
    { dns, policy }: InForce,
    relay: (isExempt: boolean) => void,
  ): void {
    const { src, srcPort, dst, dstPort } = held;
    const serve = (): void => {
      if (dns !== null) void serveQueries(held, record, dns, this.#context.table);
    };
    const behind = policy.localUpstreams.isResolverBehind(
      'tcp',
      { address: src, port: srcPort },
      { address: dst, port: dstPort },
    );
    if (behind === null) serve();
    else void behind.then((isOurs) => (isOurs ? relay(true) : serve()));
  }

  #relay(
    held: TcpFlow,
    record: FlowRecord,
    captured: Captured,
    srcIp: Ip,
    dstIp: Ip,
    inForce: InForce,
    isExempt: boolean,
  ): void {
    const { table, sources } = this.#context;
    const { dns } = inForce;
    const { dst } = captured;
    try {
      const flow = openFlow(captured, srcIp, dstIp, inForce, sources);
      dns?.names.hold(dst);
      const relay = new TcpRelay(held, record, this.#context);
      void relay.run(flow, inForce, isExempt).then(() => dns?.names.release(dst));
    } catch (cause) {
      held.refuse(refusalOf('tcp', cause));
      table.finish(record, 'refused', toApiError(cause));
    }
  }
}

/** The resolver in the place of whoever was asked. The flow is listed while it lasts. */
async function serveQueries(
  held: TcpFlow,
  record: FlowRecord,
  dns: FlowDns,
  table: FlowTable,
): Promise<void> {
  record.ruleText = HIJACK_RULE;
  record.times.mark('decided');
  held.onVanished = () => table.finish(record, 'closed');
  try {
    const stream = await held.accept();
    record.state = 'open';
    record.times.mark('accepted');
    record.meter = stream;
    record.abort = () => stream.destroy();
    stream.once('close', () => table.finish(record, 'closed'));
    serveDnsStream(dns, stream, { address: held.src, port: held.srcPort, transport: 'tcp' });
  } catch (cause) {
    table.finish(record, 'closed', toApiError(cause));
  }
}
