/** The parsed form of one rule, and of what can be wrong with one. */
import type { Network, Zone } from './flow-facts.ts';
import type { IpPrefix, IpSuffix } from './ip.ts';
import type { TextPattern } from './text-pattern.ts';

/** Where something stands in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Both ends belong to the range. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/** Which address a rule compares, and whether a name is resolved for it. */
export interface AddressFlags {
  /** The source instead of the destination. */
  readonly src: boolean;
  /** A destination that is known by name alone is not looked up; always so with `src`. */
  readonly noResolve: boolean;
}

/** What a rule compares. `IP-CIDR6` is `IP-CIDR`, as in mihomo: the payload says the family. */
export type Condition =
  | { readonly kind: 'domain'; readonly domain: string }
  /** Matches the suffix itself and everything below it. */
  | { readonly kind: 'domain-suffix'; readonly suffix: string }
  | { readonly kind: 'domain-keyword'; readonly keyword: string }
  | { readonly kind: 'domain-pattern'; readonly pattern: TextPattern }
  /** `code` in lower case, with its attributes (`google@cn`). */
  | { readonly kind: 'geosite'; readonly code: string; readonly negated: boolean }
  | ({ readonly kind: 'ip-cidr'; readonly prefix: IpPrefix } & AddressFlags)
  | ({ readonly kind: 'ip-suffix'; readonly suffix: IpSuffix } & AddressFlags)
  /** `code` in lower case; `lan` is every address that does not belong to the internet. */
  | ({ readonly kind: 'geoip'; readonly code: string; readonly negated: boolean } & AddressFlags)
  | ({ readonly kind: 'ip-asn'; readonly asn: number } & AddressFlags)
  | { readonly kind: 'port'; readonly of: PortOf; readonly ranges: readonly NumberRange[] }
  | { readonly kind: 'inbound'; readonly field: 'type' | 'name' | 'user'; readonly values: Values }
  /** `text` in lower case: the comparison ignores case. */
  | { readonly kind: 'process'; readonly field: ProcessField; readonly text: string }
  | {
      readonly kind: 'process-pattern';
      readonly field: ProcessField;
      readonly pattern: TextPattern;
    }
  | { readonly kind: 'uid'; readonly ranges: readonly NumberRange[] }
  | { readonly kind: 'network'; readonly network: Network }
  | { readonly kind: 'dscp'; readonly ranges: readonly NumberRange[] }
  | { readonly kind: 'zone'; readonly zones: readonly Zone[] }
  | ({ readonly kind: 'rule-set'; readonly name: string } & AddressFlags)
  | { readonly kind: 'and' | 'or'; readonly members: readonly Clause[] }
  | { readonly kind: 'not'; readonly member: Clause }
  /** Where `when` matches, the list of rules that the target names decides, if it can. */
  | { readonly kind: 'sub-rule'; readonly when: Clause }
  | { readonly kind: 'always' }
  /** What can never match, such as a name that is none. */
  | { readonly kind: 'never' };

export type PortOf = 'dst' | 'src' | 'in';
export type ProcessField = 'name' | 'path';
type Values = readonly string[];

/** What a rule compares, as it is written and as it is understood. */
export interface Clause {
  /** In capitals: DOMAIN-SUFFIX. */
  readonly type: string;
  /** As written; empty for MATCH. */
  readonly payload: string;
  readonly condition: Condition;
}

/** What a condition is made of; none of one that is not logic. */
export function membersOf(condition: Condition): readonly Clause[] {
  if (condition.kind === 'and' || condition.kind === 'or') return condition.members;
  if (condition.kind === 'not') return [condition.member];
  return condition.kind === 'sub-rule' ? [condition.when] : [];
}

export interface Rule extends Clause {
  /** Name of a proxy, a group or a built-in such as DIRECT; of SUB-RULE a list of rules. */
  readonly target: string;
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
