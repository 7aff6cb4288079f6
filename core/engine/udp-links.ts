/**
 * The ways out of one UDP session: one socket for each upstream (and, where datagrams go
 * straight to their destination, for each family and binding), shared by all destinations that
 * the rules send there. It owns the sockets, the SOCKS5 control connections and the records.
 */
import type { Duplex } from 'node:stream';
import { SluiceError, UpstreamError, toApiError } from '../api/errors.ts';
import type { Binding } from '../native/binding.d.ts';
import type { ByteCounts } from '../stack/native-stream.ts';
import type { SessionSocket, UdpPeer, UdpSession } from '../stack/udp-session.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { FlowRecord, FlowTable } from './flow-table.ts';
import type { BindingFor } from './outbound.ts';
import type { Decision } from './policy.ts';

/** A destination that the rules send to an upstream. */
export interface LinkRequest {
  readonly peer: UdpPeer;
  readonly decision: Decision;
  readonly upstream: Upstream;
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
  readonly #table: FlowTable;
  readonly #bindingFor: BindingFor;
  readonly #links = new Map<string, Link>();
  /** Associations that are being asked for. */
  readonly #opening = new Map<string, Promise<Link>>();
  /** Links so far. */
  #opened = 0;
  readonly #abort = new AbortController();

  constructor(session: UdpSession, table: FlowTable, bindingFor: BindingFor) {
    this.#session = session;
    this.#table = table;
    this.#bindingFor = bindingFor;
  }

  /** Links that are open or opening. */
  get size(): number {
    return this.#links.size + this.#opening.size;
  }

  /** Routes the peer through the upstream, opening a link first where there is none. Rejects with `UpstreamError`. */
  async lead(request: LinkRequest): Promise<void> {
    const { dst, dstPort } = request.peer;
    const link = await (request.upstream.type === 'Direct'
      ? this.#direct(request)
      : this.#relayed(request));
    this.#session.route(dst, dstPort, link.socket);
  }

  /**
   * The session has ended, and its sockets with it: they can no longer be asked for their bytes.
   * `counts` are the session's, and so those of the link where there was only one.
   */
  close(counts: ByteCounts): void {
    this.#abort.abort(new SluiceError('ERR_FLOW_CLOSED', 'The UDP session has ended.'));
    const [only] = this.#links.values();
    if (only !== undefined && this.#opened === 1) only.record.meter = { counts: () => counts };
    for (const [key, link] of this.#links) this.#end(key, link, null);
  }

  #direct(request: LinkRequest): Link {
    const { dst } = request.peer;
    const binding = this.#bindingFor(dst);
    const family = familyOf(dst);
    const address = family === 4 ? binding.address4 : binding.address6;
    const key = `${request.upstream.name} ${family} ${binding.device} ${address}`;
    const open = this.#links.get(key);
    if (open !== undefined) return open;
    const socket = this.#openSocket(family, binding, null);
    return this.#add(key, request, socket, null);
  }

  #relayed(request: LinkRequest): Link | Promise<Link> {
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

  async #associate(key: string, request: LinkRequest): Promise<Link> {
    const { signal } = this.#abort;
    const association = await request.upstream.associate(signal);
    if (association.kind === 'direct') return this.#direct(request);
    const { relay, control } = association;
    try {
      signal.throwIfAborted();
      const binding = this.#bindingFor(relay.address);
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
    const { peer, decision } = request;
    const record = this.#table.open('udp', session.src, session.srcPort, peer.dst, peer.dstPort);
    record.state = 'open';
    record.ruleIndex = decision.ruleIndex;
    record.ruleText = decision.ruleText;
    record.chain = decision.chain;
    record.meter = socket;
    record.abort = () => session.close();
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
    this.#table.finish(link.record, 'closed', reason === null ? null : toApiError(reason));
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
