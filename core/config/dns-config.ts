/** What `dns`, `hosts`, `profile` and `tun.dns-hijack` say, as the rest of core sees it. */

export interface DnsConfig {
  /** False: queries are relayed like any other flow, and core's own lookups ask the system's resolvers. */
  readonly enable: boolean;
  /** Where queries from outside the tunnel are answered, by UDP and TCP; null: nowhere. */
  readonly listen: ListenAddress | null;
  /** False: AAAA is answered empty. Never true where the top-level `ipv6` is false. */
  readonly ipv6: boolean;
  /** Milliseconds for which an IPv6 address may keep a lookup waiting that has IPv4 already. */
  readonly ipv6Timeout: number;
  readonly mode: 'fake-ip' | 'redir-host';
  /** Canonical prefixes. */
  readonly fakeIpRange: string;
  readonly fakeIpRange6: string;
  /** Seconds. */
  readonly fakeIpTtl: number;
  /** In order; the first that matches a name decides whether it gets a fake address. */
  readonly fakeIpFilter: readonly FakeIpFilterEntry[];
  /** Whether a name gets a fake address that no entry matches. */
  readonly fakeByDefault: boolean;
  readonly useHosts: boolean;
  readonly useSystemHosts: boolean;
  /** Asked for the names of resolvers; each is known by its address. Never empty. */
  readonly defaultNameserver: readonly Nameserver[];
  /** Never empty. */
  readonly nameserver: readonly Nameserver[];
  readonly fallback: readonly Nameserver[];
  readonly fallbackFilter: FallbackFilter;
  /** In the order of the file. */
  readonly nameserverPolicy: readonly NameserverPolicy[];
  /** For the names of proxies' servers; empty: `nameserver`. */
  readonly proxyServerNameserver: readonly Nameserver[];
  readonly proxyServerNameserverPolicy: readonly NameserverPolicy[];
  /** For destinations of DIRECT; empty: `nameserver`. */
  readonly directNameserver: readonly Nameserver[];
  readonly directFollowsPolicy: boolean;
  readonly cacheAlgorithm: 'lru' | 'arc';
  /** Answers. */
  readonly cacheMaxSize: number;
}

export interface ListenAddress {
  /** IP literal. */
  readonly address: string;
  readonly port: number;
}

/** Which names something is for. */
export type NamePattern =
  /** mihomo's domain wildcards (`*.x`, `+.x`, `.x`, exact), in lower-case ASCII. */
  | { readonly kind: 'domain'; readonly pattern: string }
  /** A list of names from the GEOSITE data, in lower case, or from a rule provider. */
  | { readonly kind: 'geosite' | 'rule-set'; readonly name: string };

export interface FakeIpFilterEntry {
  /** Null matches every name. */
  readonly pattern: NamePattern | null;
  readonly fake: boolean;
}

export interface FallbackFilter {
  /** The country whose addresses are trusted, in upper case; empty: no such check. */
  readonly country: string;
  /** Categories of the GEOSITE data whose names are asked of `fallback` alone. */
  readonly geosite: readonly string[];
  /** Answers in these prefixes are not trusted. */
  readonly prefixes: readonly string[];
  /** Patterns of names that are asked of `fallback` alone. */
  readonly domains: readonly string[];
}

export interface NameserverPolicy {
  /** The key as it was written, for people. */
  readonly text: string;
  readonly patterns: readonly NamePattern[];
  /** Never empty. */
  readonly servers: readonly Nameserver[];
}

/** The way to a resolver: past the tunnel, through a proxy or group, or as the rules decide. */
export type NameserverVia = null | { readonly proxy: string } | 'rules';

/** What is asked of any resolver in the same way. */
export interface QueryOptions {
  /** EDNS client subnet that is sent along (RFC 7871), a canonical prefix; empty: none. */
  readonly ecs: string;
  /** It replaces the one that the client sent. */
  readonly ecsOverride: boolean;
  /** Types of query that are answered empty without asking. */
  readonly disabledTypes: readonly number[];
}

interface NameserverBase {
  /** As it was written, but without a password: for people, and as its identity. */
  readonly text: string;
  readonly options: QueryOptions;
}

interface RemoteBase extends NameserverBase {
  /** Domain name, or IP literal without brackets. */
  readonly host: string;
  readonly port: number;
  readonly via: NameserverVia;
  /** The interface by which it is reached; empty: the route's. */
  readonly interfaceName: string;
}

export interface PlainNameserver extends RemoteBase {
  readonly kind: 'udp' | 'tcp';
}

export interface TlsNameserver extends RemoteBase {
  readonly kind: 'tls';
  readonly skipCertVerify: boolean;
  /** What the certificate must be for. */
  readonly certName: string;
}

export interface HttpsNameserver extends RemoteBase {
  readonly kind: 'https';
  /** False for `http://`. */
  readonly tls: boolean;
  /** With its query, beginning with `/`. */
  readonly path: string;
  /** The value of the Authorization header; empty: none. */
  readonly authorization: string;
  readonly skipCertVerify: boolean;
  readonly certName: string;
}

/** The resolvers of this machine, or those that DHCP gave an interface. */
export interface LocalNameserver extends NameserverBase {
  readonly kind: 'system' | 'dhcp';
  /** Empty for `system`. */
  readonly interfaceName: string;
}

/** Answers every query with the same code (RFC 1035 section 4.1.1). */
export interface RcodeNameserver extends NameserverBase {
  readonly kind: 'rcode';
  readonly rcode: number;
}

export type RemoteNameserver = PlainNameserver | TlsNameserver | HttpsNameserver;

export type Nameserver = RemoteNameserver | LocalNameserver | RcodeNameserver;

/** One line of `hosts:`. */
export interface HostsSetting {
  /** mihomo's domain wildcards, in lower-case ASCII. */
  readonly pattern: string;
  readonly value: HostsValue;
}

export type HostsValue =
  /** IP literals; never empty. */
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  /** Another name, which is looked up instead. */
  | { readonly kind: 'alias'; readonly name: string }
  /** The addresses of this machine's own interfaces. */
  | { readonly kind: 'lan' };

/** Queries to these go to our resolver, whoever they were for. */
export interface DnsHijack {
  readonly network: 'udp' | 'tcp';
  /** IP literal; empty: any. */
  readonly address: string;
  readonly port: number;
}

/** What is kept across restarts. */
export interface ProfileConfig {
  readonly storeSelected: boolean;
  readonly storeFakeIp: boolean;
}
