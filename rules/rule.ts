/** The parsed form of one rule, and of what can be wrong with one. */
import type { Network } from './flow-facts.ts';
import type { IpPrefix } from './ip.ts';

/** Where something stands in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Both ends belong to the range. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** What a rule compares. `IP-CIDR6` is `IP-CIDR`, as in mihomo: the payload says the family. */
export type Condition =
  | { readonly kind: 'domain'; readonly domain: string }
  /** Matches the suffix itself and everything below it. */
  | { readonly kind: 'domain-suffix'; readonly suffix: string }
  | { readonly kind: 'domain-keyword'; readonly keyword: string }
  | { readonly kind: 'dst-ip'; readonly prefix: IpPrefix; readonly noResolve: boolean }
  | { readonly kind: 'src-ip'; readonly prefix: IpPrefix }
  | { readonly kind: 'dst-port'; readonly ranges: readonly PortRange[] }
  | { readonly kind: 'src-port'; readonly ranges: readonly PortRange[] }
  | { readonly kind: 'network'; readonly network: Network }
  | { readonly kind: 'always' }
  /** A type that Clash knows and Sluice does not evaluate yet: it never matches. */
  | { readonly kind: 'never' };

export interface Rule {
  /** In capitals, as in the file: DOMAIN-SUFFIX. */
  readonly type: string;
  /** As written; empty for MATCH. */
  readonly payload: string;
  /** Name of a proxy, a group or a built-in such as DIRECT. */
  readonly target: string;
  readonly condition: Condition;
  readonly position: Position;
}

export interface RuleProblem {
  readonly severity: 'error' | 'warning';
  /** Stable, for programs. */
  readonly code: string;
  readonly message: string;
  /** UTF-16 units from the start of the rule's text to what is wrong, from 0. */
  readonly offset: number;
}
