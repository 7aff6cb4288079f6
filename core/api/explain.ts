/** Why a destination goes where it goes: what `POST /v1/explain` takes and answers. */
import type { Mode } from './status.ts';
import type { Network } from './flows.ts';
import type { GroupChoice } from './proxies.ts';
import { readInteger, readObject, readOneOf, readToken } from './validate.ts';

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
}

/** Throws `ERR_REQUEST_INVALID` where `value` is not an `ExplainRequest`. */
export function parseExplainRequest(value: unknown): ExplainRequest {
  const fields = readObject(value, 'The request', [
    'host',
    'port',
    'network',
    'source',
    'sourcePort',
  ]);
  const { port, network, source, sourcePort } = fields;
  return {
    // RFC 1035 section 2.3.4: 253 characters in text form, and room for an internationalised spelling.
    host: readToken(fields['host'], 'host', 1024),
    ...(port === undefined ? {} : { port: readInteger(port, 'port', 1, 65535) }),
    ...(network === undefined ? {} : { network: readOneOf(network, 'network', ['tcp', 'udp']) }),
    ...(source === undefined ? {} : { source: readToken(source, 'source', 64) }),
    ...(sourcePort === undefined
      ? {}
      : { sourcePort: readInteger(sourcePort, 'sourcePort', 1, 65535) }),
  };
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
