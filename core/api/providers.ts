/** What `GET /v1/providers` answers: lists and data that come from files and servers. */
import type { ApiError } from './errors.ts';
import type { TextFields } from './endpoint.ts';
import { readOneOf, readText } from './validate.ts';

/** What all kinds of providers tell. Times are RFC 3339. */
interface ProviderState {
  readonly name: string;
  readonly type: 'http' | 'file' | 'inline';
  /** Without login and query, which are secrets in many; null where there is none. */
  readonly url: string | null;
  /** Of a file of the user's; null otherwise. */
  readonly path: string | null;
  /** Entries in use; 0: nothing is. */
  readonly count: number;
  /** Bytes of the file in use. */
  readonly size: number;
  /** When the contents in use were last known to be current; null: nothing is in use. */
  readonly updatedAt: string | null;
  /** When it is fetched again; null: not by itself. */
  readonly nextRefresh: string | null;
  /** What went wrong last, until something goes right; what was loaded before stays in use. */
  readonly error: (ApiError & { readonly at: string }) | null;
}

/** Something in a list that was passed over. */
export interface ProviderProblem {
  /** From 1; 0: the file has no lines. */
  readonly line: number;
  readonly message: string;
}

export interface RuleProviderInfo extends ProviderState {
  readonly behavior: 'domain' | 'ipcidr' | 'classical';
  /** Null for an inline provider. */
  readonly format: 'yaml' | 'text' | 'mrs' | null;
  /** Lines that were passed over; the first of them are in `problems`. */
  readonly broken: number;
  readonly problems: readonly ProviderProblem[];
}

/** What a subscription says of itself, in bytes; null: it does not say. */
export interface SubscriptionInfo {
  readonly upload: number | null;
  readonly download: number | null;
  readonly total: number | null;
  /** RFC 3339; null: never, or it does not say. */
  readonly expire: string | null;
}

export interface ProxyProviderInfo extends ProviderState {
  /** Names of the proxies in use. */
  readonly proxies: readonly string[];
  /** Proxies of types that Sluice does not speak, by type. */
  readonly unsupported: Readonly<Record<string, number>>;
  /** Proxies that are wrong and were left out; the first of them are in `problems`. */
  readonly broken: number;
  readonly problems: readonly ProviderProblem[];
  readonly subscription: SubscriptionInfo | null;
}

export interface GeoInfo extends ProviderState {
  /** geosite, country or asn; only what rules need is there. */
  readonly name: 'geosite' | 'country' | 'asn';
  /** Lists in use: those of GEOSITE, or of GEOIP from v2ray's format. */
  readonly lists: readonly string[];
}

export interface ProviderList {
  readonly rules: readonly RuleProviderInfo[];
  readonly proxies: readonly ProxyProviderInfo[];
  readonly geo: readonly GeoInfo[];
}

export const PROVIDER_KINDS = ['rules', 'proxies', 'geo'] as const;
export type ProviderKind = (typeof PROVIDER_KINDS)[number];

/** Which provider of which kind. */
export interface ProviderPath {
  readonly kind: ProviderKind;
  readonly name: string;
}

/** Throws `ERR_REQUEST_INVALID`. */
export function readProviderPath({ kind, name }: TextFields): ProviderPath {
  return { kind: readOneOf(kind, 'kind', PROVIDER_KINDS), name: readText(name, 'name', 128) };
}

export interface RefreshResult {
  /** False: it takes longer, and goes on. What becomes of it is in the list. */
  readonly done: boolean;
}
