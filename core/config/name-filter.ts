/**
 * Filters of names, as `filter` and `exclude-filter` have them: regular expressions in RE2's
 * syntax, which run in linear time whatever a subscription calls its proxies.
 */
import { RE2JS } from 're2js';
import { quote } from '../../rules/text.ts';
import type { ProxyChoice } from './provider-config.ts';
import type { Reader } from './fields.ts';

const LONGEST_FILTER = 4096;

/** Several expressions are separated by backticks, as in mihomo. */
export const nameFilters: Reader<readonly string[]> = (value, name, problems) => {
  if (value.kind !== 'scalar' || value.text.length > LONGEST_FILTER) {
    const message = `${name} must be regular expressions of at most ${LONGEST_FILTER} characters`;
    problems.error('value-invalid', value.offset, message);
    return undefined;
  }
  const sources = value.text.split('`').filter((source) => source !== '');
  for (const source of sources) {
    const reason = mistakeIn(source);
    if (reason === null) continue;
    const hint = source.includes('(?!')
      ? ': what must not match goes into exclude-filter, since looking ahead may take for ever'
      : '';
    const message = `${name}: ${quote(source)} is no regular expression that can be used (${quote(reason, 120)})${hint}`;
    problems.error('filter-invalid', value.offset, message);
    return undefined;
  }
  return sources;
};

function mistakeIn(source: string): string | null {
  try {
    RE2JS.compile(source);
    return null;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

/** Something that can be taken into a group. */
export interface Candidate {
  readonly name: string;
  readonly type: string;
}

export class Chooser {
  readonly #filters: readonly RE2JS[];
  readonly #excluded: readonly RE2JS[];
  readonly #excludedTypes: readonly string[];

  /** The expressions were checked. */
  constructor({ filter, excludeFilter, excludeType }: ProxyChoice) {
    this.#filters = filter.map((source) => RE2JS.compile(source));
    this.#excluded = excludeFilter.map((source) => RE2JS.compile(source));
    this.#excludedTypes = excludeType;
  }

  /** Those that a filter names, in the order of the filters, and that nothing excludes. */
  choose<T extends Candidate>(candidates: readonly T[]): readonly T[] {
    return this.without(this.#filtered(candidates));
  }

  /** Those that nothing excludes. */
  without<T extends Candidate>(candidates: readonly T[]): readonly T[] {
    return candidates.filter(
      ({ name, type }) =>
        !this.#excludedTypes.includes(type.toLowerCase()) && !matchesOne(this.#excluded, name),
    );
  }

  #filtered<T extends Candidate>(candidates: readonly T[]): readonly T[] {
    if (this.#filters.length === 0) return candidates;
    const found = new Set<T>();
    for (const filter of this.#filters) {
      for (const candidate of candidates) {
        if (matchesOne([filter], candidate.name)) found.add(candidate);
      }
    }
    return [...found];
  }
}

function matchesOne(filters: readonly RE2JS[], name: string): boolean {
  return filters.some((filter) => filter.matcher(name).find());
}
