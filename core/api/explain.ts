/** Why a destination goes where it goes: what `POST /v1/explain` takes and answers. */
import type { Mode } from './status.ts';
import type { Network } from './flows.ts';
import type { GroupChoice } from './proxies.ts';
import { readInteger, readObject, readOneOf, readText, readToken } from './validate.ts';

export interface ExplainRequest {
  /** A domain name or an IP literal without brackets. */
  readonly host: string;
  /** 443 when absent. */
  readonly port?: number;
  /** tcp when absent. */
  readonly network?: Network;
  /** Source address, an IP literal; a program on this machine when absent. */
  readonly source?: string;
  readonly sourcePort?: number;
  /** Where the flow comes from; host when absent. */
  readonly zone?: Zone;
  /** File name of the program, and its path; unknown when both are absent. */
  readonly process?: string;
  readonly processPath?: string;
  /** The user that the program runs as. */
  readonly uid?: number;
  /** 0 when absent. */
  readonly dscp?: number;
  /** What it came in through; TUN when absent. The rest is of listeners. */
  readonly inType?: string;
  readonly inName?: string;
  readonly inUser?: string;
  readonly inPort?: number;
  /** What the name leads to; looked up where a rule needs it when absent. */
  readonly address?: string;
}

export type Zone = (typeof zones)[number];

const zones = ['host', 'wsl', 'container', 'vm', 'lan'] as const;

const requestFields = [
  ...['host', 'port', 'network', 'source', 'sourcePort', 'zone', 'process', 'processPath'],
  ...['uid', 'dscp', 'inType', 'inName', 'inUser', 'inPort', 'address'],
];

/** Throws `ERR_REQUEST_INVALID` where `value` is not an `ExplainRequest`. */
export function parseExplainRequest(value: unknown): ExplainRequest {
  const fields = readObject(value, 'The request', requestFields);
  const { port, network, source, sourcePort, zone, process, processPath } = fields;
  const { uid, dscp, inType, inName, inUser, inPort, address } = fields;
  return {
    // RFC 1035 section 2.3.4: 253 characters in text form, and room for an internationalised spelling.
    host: readToken(fields['host'], 'host', 1024),
    ...given(port, (value) => ({ port: readInteger(value, 'port', 1, 65535) })),
    ...given(network, (value) => ({ network: readOneOf(value, 'network', ['tcp', 'udp']) })),
    ...given(source, (value) => ({ source: readToken(value, 'source', 64) })),
    ...given(sourcePort, (value) => ({ sourcePort: readInteger(value, 'sourcePort', 1, 65535) })),
    ...given(zone, (value) => ({ zone: readOneOf(value, 'zone', zones) })),
    ...given(process, (value) => ({ process: readText(value, 'process', 255) })),
    ...given(processPath, (value) => ({ processPath: readText(value, 'processPath', 4096) })),
    ...given(uid, (value) => ({ uid: readInteger(value, 'uid', 0, 0xffff_ffff) })),
    ...given(dscp, (value) => ({ dscp: readInteger(value, 'dscp', 0, 63) })),
    ...given(inType, (value) => ({ inType: readToken(value, 'inType', 32) })),
    ...given(inName, (value) => ({ inName: readText(value, 'inName', 255) })),
    ...given(inUser, (value) => ({ inUser: readText(value, 'inUser', 255) })),
    ...given(inPort, (value) => ({ inPort: readInteger(value, 'inPort', 1, 65535) })),
    ...given(address, (value) => ({ address: readToken(value, 'address', 64) })),
  };
}

function given<T extends object>(value: unknown, read: (value: unknown) => T): T | object {
  return value === undefined ? {} : read(value);
}

/** The entry of a list that a flow met. */
export interface ExplainEntry {
  /** Line in the list, from 1; 0: unknown. */
  readonly line: number;
  readonly text: string;
}

/** A rule within a logic rule, by itself. */
export interface ExplainMember {
  readonly text: string;
  /** `undecided`: it depends on something that nobody knows. */
  readonly result: 'matched' | 'missed' | 'undecided';
  readonly reason: string;
  readonly entry: ExplainEntry | null;
  readonly members: readonly ExplainMember[];
}

/** One rule that was looked at before the decision fell. */
export interface ExplainStep {
  readonly index: number;
  /** Line in the configuration file, from 1; 0 where the rule is in no file. */
  readonly line: number;
  readonly text: string;
  readonly matched: boolean;
  /** What was compared, and why it matched or did not, in plain words. */
  readonly reason: string;
  /** The entry of the rule provider, or of the GEOSITE list, that won; null where there is none to name. */
  readonly entry: ExplainEntry | null;
  /** Of AND, OR, NOT and SUB-RULE: what they are made of, in order. */
  readonly members: readonly ExplainMember[];
  /** Of SUB-RULE whose condition matches: the rules of the list that it leads to; else null. */
  readonly list: readonly ExplainStep[] | null;
  /** It matches, and its target leads to PASS: the next rule decides. */
  readonly passed: boolean;
  /** The name was looked up because of this rule. */
  readonly resolved: boolean;
}

export interface Explanation {
  readonly host: string;
  readonly port: number;
  readonly network: Network;
  readonly mode: Mode;
  /** Addresses that a rule needed and that were looked up; null where no rule needed them. */
  readonly resolved: readonly string[] | null;
  /** The rules in order up to the one that decided; empty where the mode decides. */
  readonly steps: readonly ExplainStep[];
  /** Rules before `steps` that did not match and are too many to tell. */
  readonly omittedSteps: number;
  /** Index of the rule that decided; -1 is the mode, or the end of the list. */
  readonly decidedBy: number;
  /** The rule that decided, or what did in its place. */
  readonly ruleText: string;
  /** The rule's target as written: DIRECT, REJECT, a proxy. */
  readonly target: string;
  /** Names from the first group to the machine; empty where the flow is refused. */
  readonly chain: readonly string[];
  /** What each group on the way chooses now, outermost first. */
  readonly choices: readonly GroupChoice[];
}
