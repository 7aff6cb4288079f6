/**
 * What was found in a text that is to be imported, before it meets a configuration file: names are
 * those of the text, and may come twice or be taken. Everything in it was hostile; what is here is
 * bounded, and free of control characters.
 */
import type { ImportFormat, ImportProblem } from '../api/import.ts';
import type { UpstreamSettings } from '../api/upstreams.ts';
import type { Writable } from '../config/edit/write-yaml.ts';
import { printable } from '../../rules/text.ts';

export interface FoundProxy {
  readonly settings: UpstreamSettings;
  readonly line: number;
  readonly note: string;
}

export interface FoundGroup {
  readonly name: string;
  readonly type: string;
  /** In order; proxies, groups and built-ins by the names of the text. */
  readonly members: readonly string[];
  /** Names of proxy providers of the text. */
  readonly use: readonly string[];
  /** Every other key, as it will be written. */
  readonly rest: ReadonlyMap<string, Writable>;
  readonly line: number;
}

export interface FoundRule {
  /** With the target as the text calls it. */
  readonly rule: string;
  readonly line: number;
  readonly was: string;
  readonly enabled: boolean;
}

/** A rule or proxy provider that rules or groups name. */
export interface FoundProvider {
  readonly section: 'rule-providers' | 'proxy-providers';
  readonly name: string;
  readonly value: ReadonlyMap<string, Writable>;
}

export interface Found {
  readonly format: ImportFormat;
  readonly proxies: readonly FoundProxy[];
  readonly groups: readonly FoundGroup[];
  readonly rules: readonly FoundRule[];
  readonly providers: readonly FoundProvider[];
  readonly problems: FoundProblems;
  /** Whether the whole text can take the place of a configuration file. */
  readonly isWhole: boolean;
}

export interface FoundProblems {
  readonly list: readonly ImportProblem[];
  /** More that are not in it. */
  readonly omitted: number;
}

/** Of one text. */
export const MOST_FOUND = 10_000;
const MOST_PROBLEMS = 500;
const LONGEST_NAME = 128;

export class ProblemNotes implements FoundProblems {
  readonly list: ImportProblem[] = [];
  omitted = 0;

  add(line: number, name: string, message: string): void {
    if (this.list.length < MOST_PROBLEMS) {
      this.list.push({ line, name: cleanName(name), message: printable(message, 500) });
    } else this.omitted += 1;
  }
}

/** A name of somebody else's as it can stand in a file: on one line, short, and nothing hidden in it. */
export function cleanName(text: string): string {
  // Joiners and selectors belong to emoji; whatever turns the direction of text does not.
  const visible = text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Co}\p{Cs}\u202a-\u202e\u2066-\u2069\ufeff]/gu,
    ' ',
  );
  const name = visible.replace(/\s+/g, ' ').trim();
  // Not through the middle of a pair.
  return name.length <= LONGEST_NAME
    ? name
    : name
        .slice(0, LONGEST_NAME)
        .replace(/[\ud800-\udbff]$/, '')
        .trim();
}
