/**
 * The self test: what `POST /v1/doctor` takes and tells. Everything that people read is a code with
 * values (`doctor-texts.ts` has the English of each), so that the interface can say it in its own
 * language.
 */
import type { DoctorCode } from './doctor-texts.ts';
import { readObject, readOneOf, invalid } from './validate.ts';

/** In the order in which they run: what others build on comes first. */
export const CHECKS = [
  'uplink',
  'capture',
  'dns',
  'ipv6',
  'upstream',
  'udp',
  'mtu',
  'loop',
  'guests',
  'config',
  'cleanup',
] as const;
export type CheckName = (typeof CHECKS)[number];

/** `skipped`: it makes no sense here, and the summary says why. */
export type Verdict = 'ok' | 'warning' | 'failed' | 'skipped';

export interface DoctorText {
  readonly code: DoctorCode;
  /** What stands in the places of the text. It may come from outside: addresses, names, messages. */
  readonly values: Readonly<Record<string, string | number>>;
}

type FixPage = 'connections' | 'dns' | 'logs' | 'rules' | 'settings' | 'upstreams';

/** What the interface can do about it by a button. */
export type FixAction =
  /** Have traffic captured. */
  | { readonly kind: 'capture' }
  /** Switch capture off and on, so that everything is set up anew. */
  | { readonly kind: 'recapture' }
  /** Look at a page of the interface. */
  | { readonly kind: 'open'; readonly page: FixPage }
  /** Run the self test, or see what it found. */
  | { readonly kind: 'selfTest' }
  /** A setting of the configuration, by its YAML path. */
  | { readonly kind: 'set'; readonly path: string; readonly value: string | number | boolean };

export interface Fix {
  readonly text: DoctorText;
  readonly action: FixAction | null;
}

/** Something that is wrong, as far as it shows without a test: what it is, and what to do. */
export interface HealthNote {
  readonly text: DoctorText;
  readonly action: FixAction | null;
}

/** What came of one check. */
export interface CheckResult {
  readonly check: CheckName;
  readonly verdict: Verdict;
  /** One sentence. */
  readonly summary: DoctorText;
  /** What was seen, one sentence each. */
  readonly details: readonly DoctorText[];
  readonly fix: Fix | null;
  readonly milliseconds: number;
}

/** One line of the stream: first what will be done, then for each check that it begins, and what came of it. */
export type DoctorStep =
  | { readonly kind: 'plan'; readonly checks: readonly CheckName[] }
  | { readonly kind: 'begin'; readonly check: CheckName }
  | { readonly kind: 'end'; readonly result: CheckResult };

export interface DoctorRequest {
  /** All of them when absent. */
  readonly checks?: readonly CheckName[];
}

/** A self test that was made to its end. */
export interface DoctorReport {
  /** When it ended, RFC 3339. */
  readonly time: string;
  readonly results: readonly CheckResult[];
}

/** `GET /v1/doctor`: the latest. */
export interface DoctorLast {
  readonly report: DoctorReport | null;
}

/** Throws `ERR_REQUEST_INVALID`. */
export function parseDoctorRequest(value: unknown): DoctorRequest {
  if (value === undefined) return {};
  const { checks } = readObject(value, 'The request', ['checks']);
  if (checks === undefined) return {};
  if (!Array.isArray(checks) || checks.length === 0) {
    throw invalid('checks', `a list of ${CHECKS.join(', ')}`, checks);
  }
  const wanted = checks.map((name, index) => readOneOf(name, `checks[${index}]`, CHECKS));
  return { checks: wanted };
}
