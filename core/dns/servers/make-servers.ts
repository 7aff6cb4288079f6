/**
 * Makes the servers that a configuration names. The same resolver in several lists is one server,
 * with one connection. Owns them.
 */
import { parseIp } from '../../../rules/ip.ts';
import type {
  HttpsNameserver,
  Nameserver,
  RemoteNameserver,
  TlsNameserver,
} from '../../config/dns-config.ts';
import type { LeaseFolders } from '../dhcp/lease-files.ts';
import type { ResolverSettings } from '../resolv-conf.ts';
import type { Member } from '../server-group.ts';
import type { ResolverTarget, WayOut } from '../way-out.ts';
import { DhcpServer } from './dhcp.ts';
import { HttpsServer } from './https.ts';
import { RcodeServer } from './rcode.ts';
import { SecureClient } from './secure.ts';
import type { DnsServer, OnBadReply } from './server.ts';
import { StreamServer } from './stream-server.ts';
import type { Dial } from './stream-server.ts';
import { SystemServer } from './system.ts';
import { UdpServer } from './udp.ts';
import { ServerWithOptions } from './with-options.ts';

export interface ServerParts {
  readonly wayOut: WayOut;
  /** The resolvers of this machine. */
  readonly systemSettings: () => Promise<ResolverSettings>;
  readonly leases: LeaseFolders;
  readonly onBadReply: OnBadReply;
  /** CAs that are trusted instead of the well-known ones, PEM; empty: none. */
  readonly ca: readonly string[];
  /** Looks up the name of a resolver, with `default-nameserver`. */
  readonly addressesOf: (host: string, signal: AbortSignal) => Promise<string[]>;
}

const PLAIN_PORT = 53;

export class Servers {
  readonly #parts: ServerParts;
  readonly #members = new Map<string, Member>();

  constructor(parts: ServerParts) {
    this.#parts = parts;
  }

  get(config: Nameserver): Member {
    // The way is not in the text where `respect-rules` has chosen it.
    const key = `${config.text} ${'via' in config ? JSON.stringify(config.via) : ''}`;
    const known = this.#members.get(key);
    if (known !== undefined) return known;
    const server = new ServerWithOptions(this.#make(config), config.options);
    const member: Member = { server, isLocal: config.kind === 'rcode' };
    this.#members.set(key, member);
    return member;
  }

  reset(): void {
    for (const { server } of this.#members.values()) server.reset();
  }

  #make(config: Nameserver): DnsServer {
    const { systemSettings, leases } = this.#parts;
    const { text: name } = config;
    switch (config.kind) {
      case 'rcode':
        return new RcodeServer(name, config.rcode);
      case 'system':
        return new SystemServer(name, {
          settings: systemSettings,
          make: (address) => this.#plain(address, address, ''),
        });
      case 'dhcp': {
        const { interfaceName } = config;
        const make = (address: string): DnsServer => this.#plain(address, address, interfaceName);
        return new DhcpServer(name, { interfaceName, leases, make });
      }
      case 'udp': {
        const target = this.#target(config);
        return new UdpServer(
          name,
          target,
          this.#parts.wayOut,
          this.#tcp(name, target),
          this.#parts.onBadReply,
        );
      }
      case 'tcp':
        return this.#tcp(name, this.#target(config));
      case 'tls':
        return new StreamServer(name, this.#secured(config, []));
      case 'https':
        return this.#https(config);
    }
  }

  #plain(name: string, host: string, interfaceName: string): DnsServer {
    const addresses = (): Promise<string[]> => Promise.resolve([host]);
    const target = { host, port: PLAIN_PORT, via: null, interfaceName, addresses };
    return new UdpServer(
      name,
      target,
      this.#parts.wayOut,
      this.#tcp(name, target),
      this.#parts.onBadReply,
    );
  }

  #tcp(name: string, target: ResolverTarget): DnsServer {
    return new StreamServer(name, (signal) => this.#parts.wayOut.connect(target, signal));
  }

  #https(config: HttpsNameserver): DnsServer {
    const { host, port, tls, path, authorization, text } = config;
    const literal = host.includes(':') ? `[${host}]` : host;
    const isUsual = port === (tls ? 443 : 80);
    const target = this.#target(config);
    return new HttpsServer(text, {
      scheme: tls ? 'https' : 'http',
      authority: isUsual ? literal : `${literal}:${port}`,
      path,
      authorization,
      dial: tls
        ? this.#secured(config, ['h2', 'http/1.1'])
        : (signal) => this.#parts.wayOut.connect(target, signal),
    });
  }

  #secured(config: TlsNameserver | HttpsNameserver, alpn: readonly string[]): Dial {
    const { wayOut, ca } = this.#parts;
    const { host, certName, skipCertVerify } = config;
    const client = new SecureClient({ host, certName, skipCertVerify, alpn, ca });
    const target = this.#target(config);
    return async (signal) => client.secure(await wayOut.connect(target, signal), signal);
  }

  #target({ host, port, via, interfaceName }: RemoteNameserver): ResolverTarget {
    const { addressesOf } = this.#parts;
    const isLiteral = parseIp(host) !== null;
    const addresses = (signal: AbortSignal): Promise<string[]> =>
      isLiteral ? Promise.resolve([host]) : addressesOf(host, signal);
    return { host, port, via, interfaceName, addresses };
  }
}
