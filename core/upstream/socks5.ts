/** SOCKS5 (RFC 1928): CONNECT and UDP ASSOCIATE, with or without a password (RFC 1929). */
import type { Socks5Config } from '../config/config.ts';
import type { Attempt } from './attempt.ts';
import type { Endpoint } from './endpoint.ts';
import type { ProxyProtocol } from './proxy-upstream.ts';
import { negotiate } from './socks-client.ts';
import type { SocksRequest } from './socks-client.ts';
import { socks5Connect } from './socks5-connect.ts';
import type { Login } from './socks5-connect.ts';
import { checkAddressLength, checkLogin, checkMethod, checkReply } from './socks5-replies.ts';
import { COMMAND_NOT_SUPPORTED, readAddress } from './socks5-wire.ts';
import type { Wire } from './wire.ts';

/** RFC 1928 section 7: a client that does not know yet where it will send from says zeros. */
const ANYWHERE = { host: '0.0.0.0', port: 0 };

/** `keepMs` is that of `SocksRequest`. */
export function socks5Protocol(
  config: Pick<Socks5Config, 'username' | 'password' | 'udp'>,
  keepMs: number,
): ProxyProtocol {
  const { username, password, udp } = config;
  const login: Login | null = username === '' ? null : { username, password };
  return {
    type: 'Socks5',
    label: 'SOCKS5',
    connect: (wire, target, attempt) => socks5Connect(wire, login, target, attempt),
    ...(udp ? { associate: (wire, attempt) => associate(wire, login, attempt, keepMs) } : {}),
  };
}

/** The relay's address and port. */
async function associate(
  wire: Wire,
  login: Login | null,
  attempt: Attempt,
  keepMs: number,
): Promise<Endpoint> {
  const request: SocksRequest = {
    version: 5,
    command: 'associate',
    destination: ANYWHERE,
    username: login?.username ?? '',
    password: login?.password ?? '',
    keepMs,
  };
  let logsIn = false;
  const check = (index: number, reply: Buffer): void => {
    if (index === 0 && reply.length === 2) logsIn = checkMethod(reply, login !== null, attempt);
    else if (index === 1 && reply.length === 2 && logsIn) checkLogin(reply, attempt);
    else if (index > 0 && reply.length === 2) checkAssociateReply(reply, attempt);
    else if (index > 0 && reply.length === 5) checkAddressLength(reply[3], reply[4], attempt);
  };
  const reply = await negotiate(wire, request, check, attempt);
  // VER, REP, RSV, then the address.
  const relay = readAddress(reply.subarray(3));
  if (relay.ip !== null && relay.port !== 0) return relay;
  const problem = 'the proxy offers a UDP relay without an IP address or a port';
  throw attempt.error('ERR_UPSTREAM_PROTOCOL', 'upstream', problem, "Look into the proxy's log");
}

function checkAssociateReply(reply: Buffer, attempt: Attempt): void {
  if (reply[1] === COMMAND_NOT_SUPPORTED) {
    const problem = 'the proxy has no UDP ASSOCIATE';
    const advice = 'Set udp: false for this proxy, or choose another one for UDP';
    throw attempt.error('ERR_UPSTREAM_NO_UDP', 'refused', problem, advice);
  }
  checkReply(reply, attempt);
}
