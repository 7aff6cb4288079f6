/** Checking a text that might become the configuration: what `POST /v1/config/check` takes and answers. */
import type { ConfigProblem } from './reload.ts';
import { invalid, readObject } from './validate.ts';

export interface CheckRequest {
  readonly text: string;
}

/** An edit of the text: its UTF-16 units from `start` to `end` become `replacement`. */
export interface CheckFix {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** False: flows may go elsewhere afterwards. */
  readonly isSafe: boolean;
}

export interface CheckProblem extends Omit<ConfigProblem, 'severity'> {
  /** `info`: it works, and could be simpler or faster. */
  readonly severity: ConfigProblem['severity'] | 'info';
  readonly fix: CheckFix | null;
}

export interface CheckResult {
  /** False: there is an error among the problems. */
  readonly isUsable: boolean;
  /** In the order of the text. */
  readonly problems: readonly CheckProblem[];
}

/** Longer texts are checked when they are saved, not while they are typed. */
export const MAX_CHECK_TEXT = 1024 * 1024;
export const MAX_CHECK_BODY = 2 * MAX_CHECK_TEXT;

/** Throws `ERR_REQUEST_INVALID`. */
export function parseCheckRequest(body: unknown): CheckRequest {
  const { text } = readObject(body, 'the request', ['text']);
  if (typeof text === 'string' && text.length <= MAX_CHECK_TEXT) return { text };
  throw invalid('text', `text of at most ${MAX_CHECK_TEXT} characters`, text);
}
