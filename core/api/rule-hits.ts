/** What `GET /v1/rules/hits` answers: how often rules have decided. */

export interface RuleHit {
  /** From 0. */
  readonly index: number;
  /** Line in the configuration file, from 1. */
  readonly line: number;
  readonly count: number;
  /** The latest time, RFC 3339. */
  readonly at: string;
}

export interface RuleHitList {
  /** When the rules in force were loaded, and counting began; RFC 3339. */
  readonly since: string;
  /** Of the rules that have decided something, in their order. */
  readonly hits: readonly RuleHit[];
  /** Flows that no rule matched. */
  readonly unmatched: number;
}
