/**
 * The program behind a captured flow, for rules and for the live view. Linux only; elsewhere
 * nothing is found.
 */
import { basename } from 'node:path';
import type { ProcessFacts } from '../../rules/flow-facts.ts';
import type { Endpoint, Network } from '../api/flows.ts';
import { loadBinding } from '../native/index.ts';
import { findFlowSocket } from './flow-socket.ts';
import type { SocketHolders } from './socket-holders.ts';

export class FlowOwners {
  readonly #isOwnAddress: (address: string) => boolean;
  readonly #holders: SocketHolders;

  /** `isOwnAddress`: whether an address is this machine's, the tunnel's among them. */
  constructor(isOwnAddress: (address: string) => boolean, holders: SocketHolders) {
    this.#isOwnAddress = isOwnAddress;
    this.#holders = holders;
  }

  /**
   * Where a flow that seems to come from this machine came from before a firewall rewrote its
   * source, as those of container engines and hypervisors do for their guests; null: from here.
   */
  originOf(network: Network, local: Endpoint, peer: Endpoint): Endpoint | null {
    if (!this.#isOwnAddress(local.address)) return null;
    const isUdp = network === 'udp';
    return loadBinding().findOrigin(isUdp, local.address, local.port, peer.address, peer.port);
  }

  /**
   * `local` is where the flow comes from. Null: there is no such program, as for a flow of a guest
   * or of a socket that is closed already. Where the socket is known but its program is hidden
   * from us, name and path are empty. Never rejects.
   */
  async find(network: Network, local: Endpoint, peer: Endpoint): Promise<ProcessFacts | null> {
    if (!this.#isOwnAddress(local.address)) return null;
    const socket = await findFlowSocket(network, local, peer);
    if (socket === null) return null;
    const holder = await this.#holders.find(socket);
    if (holder === null) return { name: '', path: '', uid: socket.uid };
    const { path, name } = holder;
    return { name: path === '' ? name : basename(path), path, uid: socket.uid };
  }
}
