/**
 * The SOCKS5 CONNECT handshake, for every new connection of every application: as few reads,
 * writes and objects as the protocol allows. `negotiate` in socks-client.ts can do the same by way
 * of a package; the figures are there.
 *
 *   greeting --> method --(password)--> login --> request --> reply head --> reply address --> open
 *                   \____(none)__________________/
 */
import type { Attempt } from './attempt.ts';
import type { Endpoint } from './endpoint.ts';
import { checkAddressLength, checkLogin, checkMethod, checkReply } from './socks5-replies.ts';
import { connectRequest, greeting, loginRequest } from './socks5-wire.ts';
import type { Wire } from './wire.ts';

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Resolves when the next bytes are the target's. */
export async function socks5Connect(
  wire: Wire,
  login: Login | null,
  target: Endpoint,
  attempt: Attempt,
): Promise<void> {
  wire.send(greeting(login !== null));
  const method = await wire.take(2);
  if (checkMethod(method, login !== null, attempt) && login !== null) {
    wire.send(loginRequest(login.username, login.password));
    checkLogin(await wire.take(2), attempt);
  }
  wire.send(connectRequest(target));
  checkReply(await wire.take(2), attempt);
  // RSV, ATYP, and the first byte of BND.ADDR, which may be its length.
  const [, type, first] = await wire.take(3);
  await wire.take(checkAddressLength(type, first, attempt) - 2);
}
