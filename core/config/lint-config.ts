/**
 * What a whole configuration has that works and should not be there: the checks of its rules, and
 * names that nothing leads to. Turns suggested fixes into edits of the file's text.
 */
import { formatRule } from '../../rules/parse-rule.ts';
import type { Rule } from '../../rules/rule.ts';
import type { RuleContext } from '../../rules/rule-set.ts';
import { setsIn } from '../../rules/lint/empty-set.ts';
import type { Finding } from '../../rules/lint/finding.ts';
import { lintRules } from '../../rules/lint/lint.ts';
import { findUnused } from '../../rules/lint/unused.ts';
import type { Named } from '../../rules/lint/unused.ts';
import { GLOBAL } from './built-ins.ts';
import type { Config } from './config.ts';

/** A finding with the edit of the text that puts it right. */
export interface LintResult extends Finding {
  readonly edit: TextEdit | null;
}

/** UTF-16 units of the file's text from `start` to `end` become `replacement`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** `text` is the file that `config` was read from. In the order of the file. */
export function lintConfig(config: Config, context: RuleContext, text: string): LintResult[] {
  const lines = lineStarts(text);
  const findings = [...lintRules(config, context), ...unusedNames(config)];
  return findings
    .map((finding) => ({ ...finding, edit: editOf(finding, text, lines) }))
    .sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column);
}

/** Makes the edits whose fix changes no decision. They do not overlap: a rule has one at most. */
export function applyFixes(
  text: string,
  results: readonly LintResult[],
): { readonly text: string; readonly fixed: number } {
  const edits = results.flatMap(({ edit, fix }) =>
    edit !== null && fix?.isSafe === true ? [edit] : [],
  );
  edits.sort((a, b) => a.start - b.start);
  const parts: string[] = [];
  let at = 0;
  let fixed = 0;
  for (const { start, end, replacement } of edits) {
    if (start < at) continue;
    parts.push(text.slice(at, start), replacement);
    at = end;
    fixed++;
  }
  return { text: parts.join('') + text.slice(at), fixed };
}

/** Null where the rule does not stand in a line of its own, as it is. */
function editOf({ fix }: Finding, text: string, lines: readonly number[]): TextEdit | null {
  if (fix === null) return null;
  const { rule, replace } = fix;
  const start = lines[rule.position.line - 1];
  const next = lines[rule.position.line] ?? text.length;
  if (start === undefined) return null;
  const line = text.slice(start, next);
  const written = /^(\s*-\s+)(["']?)(.*?)\2(\s*|\s+#.*)$/.exec(line.replace(/\r?\n$/, ''));
  const [, before = '', quotes = '', raw = ''] = written ?? [];
  const isWhole = rule.position.column - 1 === before.length + quotes.length;
  if (written === null || !isWhole || !isRule(raw, rule)) return null;
  if (replace === null) return { start, end: next, replacement: '' };
  const ruleStart = start + before.length + quotes.length;
  const at = raw.indexOf(replace.from);
  // The whole rule may be spelled another way than it is shown.
  if (at < 0) return null;
  const end = ruleStart + at + replace.from.length;
  return { start: ruleStart + at, end, replacement: replace.to };
}

/** Whether this text, spaces aside, is the rule: not one that goes on in the next line. */
function isRule(raw: string, rule: Rule): boolean {
  const plain = (text: string): string => text.replace(/\s+/g, '').toLowerCase();
  const flags = /(,(no-resolve|src))*$/;
  return plain(raw).replace(flags, '') === plain(formatRule(rule)).replace(flags, '');
}

function lineStarts(text: string): number[] {
  return [
    0,
    ...Array.from(text.matchAll(/\r\n|\n|\r/g), ({ index, 0: end }) => index + end.length),
  ];
}

function unusedNames(config: Config): Finding[] {
  const { rules, subRules, groups, proxies, ruleProviders, proxyProviders } = config;
  const allRules = [...rules, ...[...subRules.values()].flat()];
  const sets = new Set(allRules.flatMap(({ condition }) => setsIn(condition)));
  // DNS, the sniffer and the providers name sets and proxies in ways of their own.
  const elsewhere = textsIn([
    config.dns,
    config.sniffer,
    ruleProviders.map(({ source }) => source),
  ]);
  for (const text of textsIn(proxyProviders)) elsewhere.add(text);
  const targets = reachable(config, [...allRules.map(({ target }) => target), ...elsewhere]);
  const ownGroups = groups.filter(({ name }) => name !== GLOBAL);
  const usedProviders = new Set(
    groups.filter(({ name }) => targets.has(name)).flatMap((group) => group.providers),
  );
  const named: Named[] = [
    ...ownGroups.map(({ name, position }) => ({ what: 'group' as const, name, position })),
    ...proxies.map(({ name, position }) => ({ what: 'proxy' as const, name, position })),
    ...ruleProviders.map(({ name, position }) => ({
      what: 'rule-provider' as const,
      name,
      position,
    })),
    ...proxyProviders.map(({ name, position }) => ({
      what: 'proxy-provider' as const,
      name,
      position,
    })),
  ];
  return findUnused(named, ({ what, name }) => {
    if (what === 'rule-provider') return sets.has(name) || elsewhere.has(name);
    return what === 'proxy-provider' ? usedProviders.has(name) : targets.has(name);
  });
}

/** All names that these lead to. */
function reachable({ groups, proxies }: Config, names: readonly string[]): Set<string> {
  const next = new Map<string, readonly string[]>([
    ...proxies.map(({ name, dialerProxy }): [string, string[]] => [name, [dialerProxy]]),
    ...groups.map(({ name, members, emptyFallback }): [string, string[]] => [
      name,
      [...members, emptyFallback],
    ]),
  ]);
  const found = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    open.push(...(next.get(name) ?? []));
  }
  return found;
}

/** Every text in a value that is made of plain objects and lists. */
function textsIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === 'string') found.add(value);
  else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) textsIn(inner, found);
  }
  return found;
}
