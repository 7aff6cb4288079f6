/**
 * The configuration as the rest of core sees it: checked, complete, plain and immutable. Only
 * `parse-config.ts` makes one. Names in the YAML are in docs/configuration.md.
 */
import type { Position, Rule } from '../../rules/rule.ts';
import type {
  GeoConfig,
  ProxyChoice,
  ProxyProviderConfig,
  RuleProviderConfig,
} from './provider-config.ts';
import type { SnifferConfig } from './sniffer-config.ts';
import type { DnsConfig, DnsHijack, HostsSetting, ProfileConfig } from './dns-config.ts';
import type { ControllerConfig } from './controller-section.ts';

export interface Config {
  readonly mode: 'rule' | 'global' | 'direct';
  readonly logLevel: 'silent' | 'error' | 'warning' | 'info' | 'debug';
  /** False: captured IPv6 is refused (never let past). */
  readonly ipv6: boolean;
  /** The uplink; empty: find it. */
  readonly interfaceName: string;
  readonly tun: TunConfig;
  readonly dns: DnsConfig;
  /** Used where `dns.useHosts` is set. Of two for the same name the later counts. */
  readonly hosts: readonly HostsSetting[];
  readonly profile: ProfileConfig;
  /** Whether the program of a flow is looked for: never, where a rule asks, or for each. */
  readonly findProcessMode: 'off' | 'strict' | 'always';
  /** Null where the key is absent: names are then looked for where a rule needs one. */
  readonly sniffer: SnifferConfig | null;
  readonly proxies: readonly ProxyConfig[];
  /** The last one is GLOBAL where the file has none of its own. */
  readonly groups: readonly GroupConfig[];
  /** In order; the first that matches wins. */
  readonly rules: readonly Rule[];
  /** The lists that SUB-RULE leads to, by name; none leads to itself. */
  readonly subRules: ReadonlyMap<string, readonly Rule[]>;
  readonly ruleProviders: readonly RuleProviderConfig[];
  readonly proxyProviders: readonly ProxyProviderConfig[];
  readonly geo: GeoConfig;
  /** What HTTP requests of our own call themselves. */
  readonly userAgent: string;
  /** Whether servers are told which state of a file is here already. */
  readonly etagSupport: boolean;
  /** Tests measure one round trip, without the handshakes before it. */
  readonly unifiedDelay: boolean;
  readonly sluice: SluiceConfig;
  readonly controller: ControllerConfig;
}

export interface TunConfig {
  readonly enable: boolean;
  /** Empty: the platform chooses. */
  readonly device: string;
  /** 1280 to 65535. */
  readonly mtu: number;
  readonly autoRoute: boolean;
  /** The interface's own address and prefix length, such as 198.18.0.1/30; empty: the platform's default. */
  readonly inet4Address: string;
  readonly inet6Address: string;
  /** Canonical CIDR notation. Empty `routeAddress`: everything is captured. */
  readonly routeAddress: readonly string[];
  readonly routeExcludeAddress: readonly string[];
  readonly dnsHijack: readonly DnsHijack[];
  /** Idle seconds after which a UDP session ends. */
  readonly udpTimeout: number;
  /** Whether anyone may answer a program's UDP port, or only whom it has sent to. */
  readonly endpointIndependentNat: boolean;
  readonly iproute2TableIndex: number;
  readonly iproute2RuleIndex: number;
}

/** Answered at once for any address, dropped, or sent on to the destination past the tunnel. */
export type IcmpMode = 'reply' | 'off' | 'direct';

/** Sluice's own settings, the key `sluice:`. */
export interface SluiceConfig {
  readonly limits: LimitsConfig;
  /** Milliseconds for the whole way through an upstream, every handshake included. */
  readonly connectTimeout: number;
  /** Milliseconds to wait for the first bytes when a rule needs a domain. */
  readonly sniffTimeout: number;
  /** What becomes of datagrams where the upstream carries none. */
  readonly udpFallback: 'next' | 'direct' | 'reject';
  /** Idle seconds of sessions that ask for names, and of QUIC; the others have `tun.udpTimeout`. */
  readonly udpTimeouts: { readonly dns: number; readonly quic: number };
  /** The system's own resolver leads to ours while the tunnel is up. */
  readonly systemDns: boolean;
  /** What becomes of captured echo requests (ping). */
  readonly icmp: IcmpMode;
}

/** The names and meanings of `Limits` in core/native/binding.d.ts. */
export interface LimitsConfig {
  readonly maxFlows: number;
  readonly maxHalfOpen: number;
  readonly maxUdpSessions: number;
  readonly maxBufferBytes: number;
}

/** TLS to the proxy itself. */
export interface TlsConfig {
  /** The name sent and verified; empty: the server's. */
  readonly sni: string;
  readonly skipCertVerify: boolean;
  /** SHA-256 of the certificate, 64 lower-case hex digits, which then replaces the usual verification; empty: none. */
  readonly fingerprint: string;
  /** CAs to trust instead of the well-known ones: an absolute path of a PEM file, and PEM text; empty: none. */
  readonly caFile: string;
  readonly caText: string;
}

interface ProxyBase {
  readonly name: string;
  /** The proxy or group through which this proxy's server is reached; empty: directly. */
  readonly dialerProxy: string;
  readonly position: Position;
}

interface ServerBase extends ProxyBase {
  /** Domain name or IP literal without brackets. */
  readonly server: string;
  readonly port: number;
  /** Empty with an empty password: no authentication. */
  readonly username: string;
  readonly tls: TlsConfig | null;
}

export interface Socks5Config extends ServerBase {
  readonly type: 'socks5';
  readonly password: string;
  /** Whether datagrams may be relayed with UDP ASSOCIATE. */
  readonly udp: boolean;
}

export interface Socks4Config extends ServerBase {
  readonly type: 'socks4';
  /** 4a sends domain names as names; 4 resolves them here. */
  readonly version: '4' | '4a';
}

export interface HttpConfig extends ServerBase {
  readonly type: 'http';
  readonly password: string;
  /** Sent with every CONNECT. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Built in (DIRECT, REJECT, REJECT-DROP, PASS) or given a name of its own in `proxies`. */
export interface PlainConfig extends ProxyBase {
  /** `pass`: the next rule decides. */
  readonly type: 'direct' | 'reject' | 'reject-drop' | 'pass';
}

/** A proxy of a type that Sluice does not speak. Flows sent to it are rejected. */
export interface UnsupportedConfig extends ProxyBase {
  readonly type: 'unsupported';
  readonly declaredType: string;
}

export type ProxyConfig =
  Socks5Config | Socks4Config | HttpConfig | PlainConfig | UnsupportedConfig;

export interface GroupConfig {
  readonly name: string;
  readonly type: 'select' | 'url-test' | 'fallback' | 'load-balance';
  /** Names of proxies, groups and built-ins, filters applied; no cycles. */
  readonly members: readonly string[];
  /** Names of the proxy providers whose proxies are members, too, after the others. */
  readonly providers: readonly string[];
  /** Which of the providers' proxies are taken. */
  readonly choice: ProxyChoice;
  readonly test: GroupTestConfig;
  /** `url-test`: how much faster another member must be, milliseconds. */
  readonly tolerance: number;
  /** `load-balance`. */
  readonly strategy: BalanceStrategy;
  /** Datagrams are refused. */
  readonly disableUdp: boolean;
  /** Flows through the member before end when another one is chosen. */
  readonly interruptExisting: boolean;
  /** Name of what is used where there are no members. */
  readonly emptyFallback: string;
  /** For interfaces: not to be shown. */
  readonly hidden: boolean;
  /** For interfaces: a URL or a data URL; empty: none. */
  readonly icon: string;
  readonly position: Position;
}

export type BalanceStrategy = 'consistent-hashing' | 'round-robin' | 'sticky-sessions';

/** How members are tested. */
export interface GroupTestConfig {
  /** http or https. */
  readonly url: string;
  /** Seconds between tests; 0: only when asked to. */
  readonly interval: number;
  /** Not while the group is not used. */
  readonly lazy: boolean;
  /** Milliseconds. */
  readonly timeout: number;
  /** Failures in traffic after which members are tested at once. */
  readonly maxFailedTimes: number;
  /** As written, such as `204` or `200-299/301`; `*` is any. */
  readonly expectedStatus: string;
}

/** Something wrong in a configuration file. Lines and columns count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
  /** Stable, for programs. */
  readonly code: string;
  readonly message: string;
}
