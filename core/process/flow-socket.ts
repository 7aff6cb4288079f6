/**
 * The socket of this machine that a flow belongs to. The kernel is asked for exactly that one
 * (sock_diag); only for UDP on a kernel that was built without it, its table is read.
 */
import type { Endpoint, Network } from '../api/flows.ts';
import type { FoundSocket } from '../native/binding.d.ts';
import { loadBinding } from '../native/index.ts';
import { readUdpTables, udpOnPort } from './proc-net.ts';

let canFindUdp: boolean | undefined;

/** `local` is the end that the socket has. Null: no process of this machine has such a socket. Never rejects. */
export async function findFlowSocket(
  network: Network,
  local: Endpoint,
  peer: Endpoint,
): Promise<FoundSocket | null> {
  const native = loadBinding();
  const isUdp = network === 'udp';
  const found = native.findSocket(isUdp, local.address, local.port, peer.address, peer.port);
  if (found !== null || !isUdp) return found;
  canFindUdp ??= native.canFindUdp();
  return canFindUdp ? null : udpOnPort(await readUdpTables(), local.port);
}
