/**
 * The gate for captured TCP connections: loops and unreachable destinations are refused at once,
 * the rest become a `TcpRelay`. It owns the count of dials in progress.
 */
import type { ApiError } from '../api/errors.ts';
import type { TcpFlow } from '../stack/tcp-flow.ts';
import { TUN_INBOUND } from '../../rules/flow-facts.ts';
import { parseIp } from '../../rules/ip.ts';
import type { FlowGuard } from './guard.ts';
import type { Policy } from './policy.ts';
import { TcpRelay } from './tcp-relay.ts';
import type { TcpContext } from './tcp-relay.ts';

/** Dials in progress; beyond it a SYN is dropped, and the application's system sends it again. */
const MAX_DIALS = 4096;

/** Here the server speaks first (FTP, SSH, Telnet, mail, MySQL, VNC): waiting for a name only delays. */
const SERVER_FIRST_PORTS = new Set([21, 22, 23, 25, 110, 143, 587, 3306, 5900]);

const UNREADABLE: ApiError = {
  code: 'ERR_FLOW_ADDRESS',
  message: 'The addresses of this flow cannot be read.',
};

export class TcpFlows {
  readonly #policy: () => Policy;
  readonly #guard: FlowGuard;
  readonly #context: TcpContext;
  #dials = 0;

  constructor(
    policy: () => Policy,
    guard: FlowGuard,
    shared: Pick<TcpContext, 'table' | 'log' | 'splice'>,
  ) {
    this.#policy = policy;
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
    const record = table.open('tcp', held.src, held.srcPort, held.dst, held.dstPort);
    const srcIp = parseIp(held.src);
    const dstIp = parseIp(held.dst);
    if (srcIp === null || dstIp === null) {
      held.refuse('drop');
      table.finish(record, 'refused', UNREADABLE);
      return;
    }
    const policy = this.#policy();
    const refusal = this.#guard.check(dstIp, policy.config.ipv6);
    if (refusal !== null) {
      held.refuse(refusal.how);
      table.finish(record, 'refused', refusal.error);
      return;
    }
    const relay = new TcpRelay(held, record, this.#context);
    void relay.run(
      {
        network: 'tcp',
        srcIp,
        srcPort: held.srcPort,
        dstIp,
        dstPort: held.dstPort,
        domain: SERVER_FIRST_PORTS.has(held.dstPort) ? null : undefined,
        dstIpResolved: false,
        zone: 'host',
        dscp: 0,
        inbound: TUN_INBOUND,
        process: null,
      },
      policy,
    );
  }
}
