/** What the sections `rule-providers`, `proxy-providers` and `geox-url` say, checked and complete. */
import type { Position } from '../../rules/rule.ts';
import type { ProxyConfig } from './config.ts';

export type Headers = Readonly<Record<string, readonly string[]>>;

/** Where the contents of a provider come from. */
export type ProviderSource =
  | {
      readonly type: 'http';
      /** http or https. */
      readonly url: string;
      /** Where it is kept: absolute, or relative to the state folder; empty: the state folder chooses. */
      readonly path: string;
      /** Seconds between refreshes; 0: it is fetched once. */
      readonly interval: number;
      readonly headers: Headers;
      /** The proxy or group that leads there; empty: past the tunnel. */
      readonly proxy: string;
      /** Bytes. */
      readonly sizeLimit: number;
    }
  | {
      readonly type: 'file';
      /** Absolute. */
      readonly path: string;
      readonly sizeLimit: number;
    };

export interface RuleProviderConfig {
  readonly name: string;
  readonly behavior: 'domain' | 'ipcidr' | 'classical';
  /** Inline lists are text. */
  readonly format: 'yaml' | 'text' | 'mrs';
  readonly source: ProviderSource | InlineRules;
  readonly position: Position;
}

export interface InlineRules {
  readonly type: 'inline';
  /** One entry each, with the line where it stands in the configuration. */
  readonly entries: readonly { readonly text: string; readonly line: number }[];
}

export interface ProxyProviderConfig {
  readonly name: string;
  readonly source: ProviderSource | InlineProxies;
  readonly choice: ProxyChoice;
  readonly override: ProxyOverride;
  readonly healthCheck: HealthCheckConfig;
  readonly position: Position;
}

export interface InlineProxies {
  readonly type: 'inline';
  readonly proxies: readonly ProxyConfig[];
}

/** Which proxies of a provider are taken. */
export interface ProxyChoice {
  /** Regular expressions, of which one has to match the name; empty: all. */
  readonly filter: readonly string[];
  /** Names that one of these matches are left out. */
  readonly excludeFilter: readonly string[];
  /** Types in lower case that are left out. */
  readonly excludeType: readonly string[];
}

/** What is put in place of what a provider says. */
export interface ProxyOverride {
  readonly additionalPrefix: string;
  readonly additionalSuffix: string;
  /** Null: as the provider says. */
  readonly udp: boolean | null;
  readonly skipCertVerify: boolean | null;
  /** Empty: as the provider says. */
  readonly dialerProxy: string;
}

export interface HealthCheckConfig {
  readonly enable: boolean;
  /** Empty: the one of the group that asks. */
  readonly url: string;
  /** Seconds. */
  readonly interval: number;
  /** Milliseconds. */
  readonly timeout: number;
  readonly lazy: boolean;
  /** As written, such as `204` or `200-299/301`; `*` is any. */
  readonly expectedStatus: string;
}

/** Each is an http or https URL, or an absolute path. Nothing is fetched that no rule needs. */
export interface GeoConfig {
  /** True: countries come from `geoip` (v2ray's format), not from `mmdb`. */
  readonly datMode: boolean;
  readonly autoUpdate: boolean;
  /** Hours. */
  readonly updateInterval: number;
  readonly geoip: string;
  readonly mmdb: string;
  readonly asn: string;
  readonly geosite: string;
}
