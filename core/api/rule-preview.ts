/** Making a rule from flows: what it could compare, and which flows it would lead elsewhere. */
import type { Mode } from './status.ts';
import type { Network, Zone } from './flows.ts';
import { invalid, readInteger, readObject, readText } from './validate.ts';

export interface CandidatesRequest {
  /** Flows that are live, or ended lately. */
  readonly ids: readonly number[];
}

/** What a candidate compares, from the name of one host to a whole zone. */
export type CandidateKind =
  | 'domain'
  | 'parent'
  | 'site'
  | 'address'
  | 'network'
  | 'process'
  | 'path'
  | 'port'
  | 'source'
  | 'zone'
  | 'process-site'
  | 'zone-site'
  | 'process-address'
  | 'process-port'
  | 'transport-port';

export interface RuleCandidate {
  readonly kind: CandidateKind;
  /** A rule without its target: `DOMAIN-SUFFIX,example.com`. */
  readonly condition: string;
  /** What stands behind the target: `no-resolve`, or nothing. */
  readonly flags: string;
  /** How many of the flows it matches. */
  readonly matches: number;
}

/** Places count from 0 in the rules in force; the place behind the last is their number. */
export interface CandidateList {
  /** How many of the flows are still known. */
  readonly known: number;
  /** Those that match most of the flows first, then the most particular ones. */
  readonly candidates: readonly RuleCandidate[];
  /** Of the first rule that decides one of the flows now. */
  readonly decidedAt: number;
  /** Of the first MATCH. */
  readonly matchAt: number;
  /** The rules in force. */
  readonly count: number;
}

export interface PreviewRequest {
  /** The whole rule, with its target. */
  readonly rule: string;
  /** It would stand before the rule that is at this place in the rules in force. */
  readonly at: number;
  /** Flows that it is made for. */
  readonly ids: readonly number[];
}

/** What becomes of a flow that the rule is made for. */
export interface AskedFlow {
  readonly id: number;
  /**
   * caught: the rule decides it; earlier: another before it does; missed: it does not match;
   * unknown: that depends on what nobody has found out.
   */
  readonly result: 'caught' | 'earlier' | 'missed' | 'unknown';
  /** The rule that decides; empty where that is unknown. */
  readonly rule: string;
}

export interface PreviewedFlow {
  readonly id: number;
  readonly isLive: boolean;
  readonly network: Network;
  /** A name, or an address. */
  readonly host: string;
  readonly port: number;
  readonly zone: Zone;
  /** Empty where it is not known. */
  readonly process: string;
  /** Index into `ways`. */
  readonly way: number;
}

/** From where to where flows would change: a chain, or the name of what refuses them; empty: that cannot be told. */
export interface PreviewWay {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly count: number;
  readonly live: number;
}

/**
 * What the rule would change if the flows that are known began anew. All of them are compared by the
 * rules in force, with and without the rule; what their upstreams are is as groups choose now.
 */
export interface RulePreview {
  /** Other than `rule`: rules decide nothing at the moment. */
  readonly mode: Mode;
  /** Flows that were looked at: live ones, and those that ended lately. */
  readonly looked: number;
  /** Those that the rule would decide, whether or not it changes their way. */
  readonly caught: number;
  /** The most frequent first. */
  readonly ways: readonly PreviewWay[];
  /** Those that would go another way, newest first, at most `MAX_PREVIEWED`. */
  readonly flows: readonly PreviewedFlow[];
  /** Live flows that would go another way. */
  readonly live: readonly number[];
  /** Flows of which this cannot be told, by what nobody has found out about them. */
  readonly unknown: { readonly name: number; readonly address: number; readonly process: number };
  readonly asked: readonly AskedFlow[];
}

export const MAX_PREVIEWED = 200;
const MAX_IDS = 1000;
const MAX_RULE = 4096;
const MAX_PLACE = 10_000_000;

export function parseCandidatesRequest(value: unknown): CandidatesRequest {
  return { ids: readIds(readObject(value, 'The request', ['ids'])['ids']) };
}

export function parsePreviewRequest(value: unknown): PreviewRequest {
  const { rule, at, ids } = readObject(value, 'The request', ['rule', 'at', 'ids']);
  return {
    rule: readText(rule, 'rule', MAX_RULE),
    at: readInteger(at, 'at', 0, MAX_PLACE),
    ids: readIds(ids),
  };
}

function readIds(value: unknown): number[] {
  if (!Array.isArray(value) || value.length > MAX_IDS) {
    throw invalid('ids', `a list of at most ${MAX_IDS} ids`, value);
  }
  return value.map((id, n) => readInteger(id, `ids[${n}]`, 1, Number.MAX_SAFE_INTEGER));
}
