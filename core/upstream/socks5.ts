/** SOCKS5 (RFC 1928): CONNECT and UDP ASSOCIATE, with or without a password (RFC 1929). */
import type { Socks5Config } from '../config/config.ts';
import type { Attempt } from './attempt.ts';
import type { Endpoint } from './endpoint.ts';
import type { ProxyProtocol } from './proxy-upstream.ts';
import { negotiate } from './socks-client.ts';
import { socks5Connect } from './socks5-connect.ts';
import type { Login } from './socks5-connect.ts';
import { checkAddressLength, checkLogin, checkMethod, checkReply } from './socks5-replies.ts';
import { readAddress } from './socks5-wire.ts';
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
  const { replies, complaint } = await negotiate(wire, {
    version: 5,
    command: 'associate',
    destination: ANYWHERE,
    username: login?.username ?? '',
    password: login?.password ?? '',
    keepMs,
  });
  const [method, second, third] = replies;
  if (method !== undefined && checkMethod(method, login !== null, attempt)) {
    checkLogin(second ?? method, attempt);
  }
  const reply = third ?? second;
  if (reply !== undefined) {
    checkReply(reply, attempt);
    if (reply.length >= 5 && complaint === null) {
      const address = reply.subarray(3, 3 + checkAddressLength(reply[3], reply[4], attempt));
      const relay = readAddress(address);
      if (relay.ip !== null && relay.port !== 0) return relay;
    }
  }
  const problem = complaint ?? 'the proxy offers a UDP relay without an address or port';
  throw attempt.error('ERR_UPSTREAM_PROTOCOL', 'upstream', problem, "Look into the proxy's log");
}
