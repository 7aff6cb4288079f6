/** Tables of expectations: what a flow is like, and where it should go. Kept beside the configuration file. */
import { readHash } from './edit.ts';
import type { ApiError } from './errors.ts';
import { parseExplainRequest } from './explain.ts';
import type { Explanation, ExplainRequest } from './explain.ts';
import type { ConfigProblem } from './reload.ts';
import { invalid, readBoolean, readLongText, readObject } from './validate.ts';

export interface RuleCase {
  readonly request: ExplainRequest;
  /** Where the flow should go: what the rule names, or any name on the way; empty: wherever. */
  readonly target: string;
  /** The text of the rule that should decide; empty: whichever. */
  readonly rule: string;
}

export interface RuleTestRequest {
  readonly cases: readonly RuleCase[];
  /** The configuration that is asked; the running one when absent. */
  readonly text?: string;
  /** Tell why, too; with one case alone. */
  readonly explain?: boolean;
}

/** What became of one case. */
export interface RuleCaseResult {
  readonly kind: 'result';
  /** In the order of the request, from 0. */
  readonly index: number;
  readonly passed: boolean;
  readonly isTargetWrong: boolean;
  readonly isRuleWrong: boolean;
  /** As the rule names it. */
  readonly target: string;
  /** Names from the first group to the machine; empty where the flow is refused. */
  readonly chain: readonly string[];
  /** The rule that decided, or what did in its place. */
  readonly ruleText: string;
  /** Its line; 0: none. */
  readonly line: number;
  /** Why the case cannot be asked; the fields before are then empty. */
  readonly error: ApiError | null;
  readonly explanation: Explanation | null;
}

/** First line of the stream. */
export interface RuleTestStart {
  readonly kind: 'start';
  /** Errors of the text; where there are some, no case is run. */
  readonly problems: readonly ConfigProblem[];
  /** Lists that only this text names: until it is in force, they count as empty. */
  readonly missingLists: readonly string[];
}

export type RuleTestLine = RuleTestStart | RuleCaseResult;

export interface RuleCasesRead {
  /** Empty where there are errors among the problems. */
  readonly cases: readonly RuleCase[];
  readonly problems: readonly ConfigProblem[];
}

export interface RuleCaseFile extends RuleCasesRead {
  /** Absolute path, beside the configuration file. */
  readonly path: string;
  /** Empty where there is no file yet. */
  readonly text: string;
  /** Of the text. A change that names it is refused once the file has another. */
  readonly hash: string;
}

/** Replaces the file. Comments in it are not kept. */
export interface RuleCaseChange {
  readonly cases: readonly RuleCase[];
  readonly hash: string;
}

/** A text that cases are read from. */
export interface RuleCaseText {
  readonly text: string;
}

const MAX_CASES = 500;
const MAX_TEXT = 1024 * 1024;
const LONGEST = 4096;
export const MAX_TEST_BODY = 4 * MAX_TEXT;

/** Throws `ERR_REQUEST_INVALID`. */
export function parseRuleTestRequest(body: unknown): RuleTestRequest {
  const { cases, text, explain } = readObject(body, 'the request', ['cases', 'text', 'explain']);
  const read = readCases(cases);
  const why = explain === undefined ? false : readBoolean(explain, 'explain');
  if (why && read.length !== 1) throw invalid('cases', 'one case where explain is true', cases);
  return {
    cases: read,
    ...(text === undefined ? {} : { text: readLongText(text, 'text', MAX_TEXT) }),
    ...(why ? { explain: true } : {}),
  };
}

export function parseRuleCaseChange(body: unknown): RuleCaseChange {
  const { cases, hash } = readObject(body, 'the request', ['cases', 'hash']);
  return { cases: readCases(cases), hash: readHash(hash) };
}

export function parseRuleCaseText(body: unknown): RuleCaseText {
  return {
    text: readLongText(readObject(body, 'the request', ['text'])['text'], 'text', MAX_TEXT),
  };
}

function readCases(value: unknown): RuleCase[] {
  if (Array.isArray(value) && value.length <= MAX_CASES) return value.map(readCase);
  throw invalid('cases', `a list of at most ${MAX_CASES} cases`, value);
}

function readCase(value: unknown, index: number): RuleCase {
  const name = `cases[${index}]`;
  const { request, target, rule } = readObject(value, name, ['request', 'target', 'rule']);
  return {
    request: parseExplainRequest(request),
    target: readExpected(target, `${name}.target`),
    rule: readExpected(rule, `${name}.rule`),
  };
}

function readExpected(value: unknown, field: string): string {
  if (typeof value === 'string' && value.length <= LONGEST && !/\p{Cc}/u.test(value)) return value;
  throw invalid(
    field,
    `a text of at most ${LONGEST} characters, without control characters`,
    value,
  );
}
