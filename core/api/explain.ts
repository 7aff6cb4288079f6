/** Why a destination goes where it goes: what `POST /v1/explain` takes and answers. */
import type { Mode } from './status.ts';
import type { Network } from './flows.ts';

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
  readonly steps: readonly ExplainStep[];
  /** Index of the rule that decided; -1 is the mode, or the end of the list. */
  readonly decidedBy: number;
  /** The rule's target as written: DIRECT, REJECT, a proxy. */
  readonly target: string;
  /** Names from the chosen upstream to the machine; empty where the flow is refused. */
  readonly chain: readonly string[];
}
