/**
 * The ways out of one UDP session: one socket for each upstream (and, where datagrams go
 * straight to their destination, for each family and binding), shared by all destinations that
 * the rules send there. It owns the sockets, the SOCKS5 control connections and the records.
 */
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { SluiceError, UpstreamError, toApiError } from '../api/errors.ts';
import type { Binding } from '../native/binding.d.ts';
import type { FirstBytes } from '../stack/first-bytes.ts';
import type { ByteCounts } from '../stack/native-stream.ts';
import type { SessionSocket, UdpPeer, UdpSession } from '../stack/udp-session.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { CapturedFlow } from './captured-flow.ts';
import type { FlowRecord, FlowTable } from './flow-table.ts';
import type { FlowTimes } from './flow-times.ts';
import type { BindingFor } from './outbound.ts';
import type { Decision } from './policy.ts';

/** A destination that the rules send to an upstream. */
export interface LinkRequest {
  readonly peer: UdpPeer;
  readonly flow: CapturedFlow;
  readonly decision: Decision;
  /** When its steps were taken so far. */
  readonly times: FlowTimes;
  readonly upstream: Upstream;
  /** What the upstream is asked for: a name, or an IP literal. */
  readonly host: string;
}

export interface LinkParts {
  readonly table: FlowTable;
  readonly bindingFor: BindingFor;
  /** Addresses of a name that DIRECT is to reach. Rejects with `UpstreamError`. */
  readonly resolveDirect: (host: string, signal: AbortSignal) => Promise<readonly string[]>;
}

type Relay = { readonly address: string; readonly port: number };

interface Link {
  readonly socket: SessionSocket;
  readonly record: FlowRecord;
  /** The association lives as long as this connection (RFC 1928 section 7). */
  readonly control: Duplex | null;
}

export class UdpLinks {
  readonly #session: UdpSession;
  readonly #parts: LinkParts;
  readonly #links = new Map<string, Link>();
  /** Associations that are being asked for. */
  readonly #opening = new Map<string, Promise<Link | null>>();
  /** Links so far. */
  #opened = 0;
  readonly #abort = new AbortController();

  constructor(session: UdpSession, parts: LinkParts) {
    this.#session = session;
    this.#parts = parts;
  }

  /** Aborts when the session ends. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Links that are open or opening. */
  get size(): number {
    return this.#links.size + this.#opening.size;
  }

  /**
   * Routes the peer through the upstream, opening a link first where there is none. Resolves to the
   * link's record. Rejects with `UpstreamError`.
   */
  lead(request: LinkRequest): Promise<FlowRecord> {
    return request.upstream.type === 'Direct'
      ? this.#leadDirectly(request)
      : this.#leadThrough(request);
  }

  /**
   * The session has ended, and its sockets with it: they can no longer be asked for their bytes.
   * `counts` and `first` are the session's, and so those of the link where there was only one.
   */
  close(counts: ByteCounts, first: FirstBytes): void {
    this.#abort.abort(new SluiceError('ERR_FLOW_CLOSED', 'The UDP session has ended.'));
    const [only] = this.#links.values();
    if (only !== undefined && this.#opened === 1) {
      only.record.meter = { counts: () => counts, firstBytes: () => first };
    }
    for (const [key, link] of this.#links) this.#end(key, link, null);
  }

  async #leadDirectly(request: LinkRequest): Promise<FlowRecord> {
    const { dst, dstPort } = request.peer;
    const address = await this.#addressOf(request);
    const link = this.#direct(request, address);
    const target = address === dst ? null : { host: address, port: dstPort };
    this.#session.route(dst, dstPort, link.socket, target);
    return link.record;
  }

  async #leadThrough(request: LinkRequest): Promise<FlowRecord> {
    const { dst, dstPort } = request.peer;
    const link = await this.#relayed(request);
    // The upstream turned out to be no more than a name for DIRECT.
    if (link === null) return this.#leadDirectly(request);
    const target = request.host === dst ? null : { host: request.host, port: dstPort };
    this.#session.route(dst, dstPort, link.socket, target);
    return link.record;
  }

  /** Datagrams have no happy eyeballs: the family that the application chose comes first. */
  async #addressOf({ peer, host }: LinkRequest): Promise<string> {
    if (isIP(host) !== 0) return host;
    const addresses = await this.#parts.resolveDirect(host, this.#abort.signal);
    this.#abort.signal.throwIfAborted();
    const family = familyOf(peer.dst);
    const sorted = addresses.toSorted(
      (a, b) => Number(familyOf(b) === family) - Number(familyOf(a) === family),
    );
    const best = sorted.find((address) => this.#isReachable(address)) ?? sorted[0];
    if (best !== undefined) return best;
    throw new UpstreamError('ERR_UDP_NO_ADDRESS', 'host-unreachable', `${host} has no address.`);
  }

  #isReachable(address: string): boolean {
    try {
      this.#parts.bindingFor(address);
      return true;
    } catch {
      return false;
    }
  }

  #direct(request: LinkRequest, destination: string): Link {
    const binding = this.#parts.bindingFor(destination);
    const family = familyOf(destination);
    const address = family === 4 ? binding.address4 : binding.address6;
    const key = `${request.upstream.name} ${family} ${binding.device} ${address}`;
    const open = this.#links.get(key);
    if (open !== undefined) return open;
    const socket = this.#openSocket(family, binding, null);
    return this.#add(key, request, socket, null);
  }

  /** Null: datagrams go straight to their destination. */
  #relayed(request: LinkRequest): Link | Promise<Link | null> {
    const key = request.upstream.name;
    const open = this.#links.get(key);
    if (open !== undefined) return open;
    let opening = this.#opening.get(key);
    if (opening === undefined) {
      opening = this.#associate(key, request).finally(() => this.#opening.delete(key));
      this.#opening.set(key, opening);
    }
    return opening;
  }

  async #associate(key: string, request: LinkRequest): Promise<Link | null> {
    const { signal } = this.#abort;
    request.times.mark('dialled');
    const association = await request.upstream.associate(signal);
    if (association.kind === 'direct') return null;
    request.times.mark('connected');
    const { relay, control } = association;
    try {
      signal.throwIfAborted();
      const binding = this.#parts.bindingFor(relay.address);
      const socket = this.#openSocket(familyOf(relay.address), binding, relay);
      return this.#add(key, request, socket, control);
    } catch (cause) {
      control.destroy();
      throw cause;
    }
  }

  #openSocket(family: 4 | 6, binding: Binding, relay: Relay | null): SessionSocket {
    try {
      return this.#session.openSocket(family, binding, relay);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new UpstreamError(
        'ERR_UDP_SOCKET',
        'net-unreachable',
        `Could not open a UDP socket for ${this.#session.src}: ${reason}.`,
        { cause },
      );
    }
  }

  #add(key: string, request: LinkRequest, socket: SessionSocket, control: Duplex | null): Link {
    const session = this.#session;
    const { peer, flow, decision, times } = request;
    const { table } = this.#parts;
    const record = table.open('udp', session.src, session.srcPort, peer.dst, peer.dstPort, times);
    flow.describe(record);
    record.state = 'open';
    record.ruleIndex = decision.ruleIndex;
    record.ruleText = decision.ruleText;
    record.chain = decision.chain;
    record.upstream = request.upstream.name;
    record.host = request.host;
    record.meter = socket;
    record.abort = (reason) => {
      table.finish(record, 'closed', toApiError(reason));
      session.close();
    };
    const link: Link = { socket, record, control };
    this.#links.set(key, link);
    this.#opened += 1;
    if (control !== null) this.#watchControl(key, link, control);
    return link;
  }

  /** Without its control connection the proxy relays no more; the next datagram asks for a new association. */
  #watchControl(key: string, link: Link, control: Duplex): void {
    control.on('error', () => undefined);
    control.once('close', () => {
      if (this.#links.get(key) !== link) return;
      this.#end(key, link, CONTROL_ENDED);
    });
    // What a proxy sends on it has no meaning, and a FIN has: both must be read.
    control.once('end', () => control.destroy());
    control.resume();
  }

  #end(key: string, link: Link, reason: SluiceError | null): void {
    this.#links.delete(key);
    this.#parts.table.finish(link.record, 'closed', reason === null ? null : toApiError(reason));
    link.socket.close();
    link.control?.destroy();
  }
}

const CONTROL_ENDED = new SluiceError(
  'ERR_UDP_ASSOCIATION_ENDED',
  'The proxy closed the connection that kept the UDP association alive.',
);

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}
