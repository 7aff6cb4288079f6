/**
 * SOCKS4 and its extension 4a (both are documents of NEC's, not RFCs). IPv4 only; 4a sends names
 * as names, plain 4 has them looked up here.
 */
import type { Socks4Config } from '../config/config.ts';
import { parseIp } from '../../rules/ip.ts';
import type { Attempt } from './attempt.ts';
import type { MachineDialer } from './dialer.ts';
import type { Endpoint } from './endpoint.ts';
import type { ProxyProtocol } from './proxy-upstream.ts';
import { negotiate } from './socks-client.ts';
import type { SocksRequest } from './socks-client.ts';
import type { Wire } from './wire.ts';

/** The reply is VN, CD, DSTPORT, DSTIP. */
const REPLY_VERSION = 0x00;
const GRANTED = 0x5a;
const REJECTED = 0x5b;
const NO_IDENTD = 0x5c;
const OTHER_IDENT = 0x5d;

/** `resolver` serves plain SOCKS4; `keepMs` is that of `SocksRequest`. */
export function socks4Protocol(
  { username, version }: Pick<Socks4Config, 'username' | 'version'>,
  resolver: MachineDialer,
  keepMs: number,
): ProxyProtocol {
  const label = version === '4' ? 'SOCKS4' : 'SOCKS4a';
  return {
    type: 'Socks4',
    label,
    async prepare(target, attempt) {
      if (target.ip === null) {
        return version === '4' ? resolve4(target, resolver, attempt) : target;
      }
      if (target.ip.family === 4) return target;
      attempt.step = `${label} request`;
      throw noIpv6('this protocol carries no IPv6 addresses', attempt);
    },
    async connect(wire, target, attempt) {
      await connect(wire, target, username, attempt, keepMs);
    },
  };
}

async function resolve4(
  target: Endpoint,
  resolver: MachineDialer,
  attempt: Attempt,
): Promise<Endpoint> {
  for (const host of await resolver.resolve(target.host, 'rule', attempt)) {
    const ip = parseIp(host);
    if (ip?.family === 4) return { host, port: target.port, ip };
  }
  throw noIpv6(`${target.host} has IPv6 addresses only, which SOCKS4 cannot carry`, attempt);
}

async function connect(
  wire: Wire,
  target: Endpoint,
  username: string,
  attempt: Attempt,
  keepMs: number,
): Promise<void> {
  const request: SocksRequest = {
    version: 4,
    command: 'connect',
    destination: target,
    username,
    password: '',
    keepMs,
  };
  await negotiate(wire, request, (_index, reply) => checkReply(reply, attempt), attempt);
}

function checkReply(reply: Buffer, attempt: Attempt): void {
  if (reply.length !== 2) return;
  const [version, code] = reply;
  if (version !== REPLY_VERSION) {
    const problem = `the proxy does not answer in SOCKS4 (first byte ${version})`;
    throw attempt.protocolError(problem);
  }
  switch (code) {
    case GRANTED:
      return;
    case REJECTED: {
      // The one code for whatever went wrong.
      const problem = 'the proxy says: rejected or failed';
      throw attempt.error('ERR_UPSTREAM_REFUSED', 'refused', problem, REJECTED_ADVICE);
    }
    case NO_IDENTD:
    case OTHER_IDENT: {
      const problem = 'the proxy could not confirm the user by identd';
      throw attempt.error('ERR_UPSTREAM_AUTH', 'upstream', problem, IDENT_ADVICE);
    }
    default: {
      const problem = `the proxy answers with the unknown code ${code}`;
      throw attempt.protocolError(problem);
    }
  }
}

function noIpv6(problem: string, attempt: Attempt): Error {
  return attempt.error('ERR_UPSTREAM_NO_IPV6', 'net-unreachable', problem, NO_IPV6_ADVICE);
}

const NO_IPV6_ADVICE = 'Use a SOCKS5 or HTTP proxy for IPv6';
const REJECTED_ADVICE =
  'Check that the target is up, and that the proxy lets this machine go there';
const IDENT_ADVICE = 'Check username of this proxy in the configuration';
