/** The names that a configuration gives things, found in its text even while that is broken. Pure. */

export interface FileNames {
  /** Of proxies and groups. */
  readonly targets: readonly string[];
  readonly ruleSets: readonly string[];
  readonly subRules: readonly string[];
}

export function namesIn(text: string): FileNames {
  const sections = sectionsOf(text);
  const listed = ['proxies', 'proxy-groups'].flatMap((key) => namedItems(sections.get(key) ?? ''));
  return {
    targets: [...new Set(listed)],
    ruleSets: keysOf(sections.get('rule-providers') ?? ''),
    subRules: keysOf(sections.get('sub-rules') ?? ''),
  };
}

/** The key of the top level that a line belongs to; null: none. `before` is the text up to that line. */
export function sectionAt(before: string): string | null {
  return Array.from(before.matchAll(TOP_KEY)).at(-1)?.[1] ?? null;
}

/** Keys of the top level below which rules stand. */
export const RULE_SECTIONS: readonly string[] = ['rules', 'sub-rules'];

export interface TopKey {
  readonly name: string;
  /** Where its line begins. */
  readonly at: number;
}

/** Those of the top level, in the order of the text. */
export function topKeys(text: string): TopKey[] {
  return Array.from(text.matchAll(TOP_KEY), ({ index, 1: name = '' }) => ({ name, at: index }));
}

const TOP_KEY = /^([A-Za-z][\w-]*)[ \t]*:/gm;

/** The text behind each key of the top level. */
function sectionsOf(text: string): Map<string, string> {
  const keys = Array.from(text.matchAll(TOP_KEY));
  return new Map(
    keys.map(({ index, 0: whole, 1: key = '' }, at) => [
      key,
      text.slice(index + whole.length, keys[at + 1]?.index ?? text.length),
    ]),
  );
}

/** The values of `name:`, as a line of a block or within braces. */
function namedItems(section: string): string[] {
  const found = section.matchAll(
    /(?:^|[{,-])[ \t]*name[ \t]*:[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^,}#\n]+))/gm,
  );
  return Array.from(found, ([, double, single, plain]) => (double ?? single ?? plain ?? '').trim());
}

/** The keys of the first level of a section. */
function keysOf(section: string): string[] {
  const lines = Array.from(
    section.matchAll(/^([ \t]+)(?:"([^"\n]+)"|'([^'\n]+)'|([^\s#:-][^:\n]*)):/gm),
  );
  const indent = lines[0]?.[1];
  return lines
    .filter(([, before]) => before === indent)
    .map(([, , double, single, plain]) => (double ?? single ?? plain ?? '').trim());
}
