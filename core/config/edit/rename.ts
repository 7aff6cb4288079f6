/** Gives a proxy or group another name wherever the file names it. Pure. */
import { quote } from '../../../rules/text.ts';
import { replaceScalar } from './edit-map.ts';
import { referencesOf, targetOf, wayOf, withTarget, withWay } from './references.ts';
import { findRuleList } from './rule-list.ts';
import { quotingOf, scalarOf } from './scalar-text.ts';
import { cannotEdit, rangeOf, spliced } from './yaml-file.ts';
import type { Splice, YamlFile } from './yaml-file.ts';

/** In everything that refers to it; its own `name` is not touched. */
export function rename(file: YamlFile, old: string, name: string): YamlFile {
  if (name === old) return file;
  const references = referencesOf(file).get(old) ?? [];
  const splices = references.map(({ node, renamed }) => {
    const [start, end] = rangeOf(node);
    // Plain text with a comma is not inside of brackets; what reads back there does so outside.
    const isInLine = /^[^'"].*,/.test(file.text.slice(start, end));
    return replaceScalar(file, node, renamed(name), !isInLine);
  });
  if (references.some(({ kind }) => kind === 'rule') && /[,)(]/.test(name)) {
    throw cannotEdit(`rules lead to it, and ${quote(name)} cannot stand in a rule`);
  }
  return spliced(file, [...splices, ...disabledRules(file, old, name)]);
}

/** A text of the file with the new name in it, where it refers to the old one; else itself. */
export function renamedText(text: string, old: string, name: string): string {
  if (text === old) return name;
  if (targetOf(text) === old) return withTarget(text, name);
  return wayOf(text) === old ? withWay(text, name) : text;
}

/** Rules that are switched off are comments, and come back with one click. */
function disabledRules(file: YamlFile, old: string, name: string): Splice[] {
  const { text } = file;
  return findRuleList(file).entries.flatMap(({ enabled, text: rule, source, start, end }) => {
    if (enabled || rule === null || targetOf(rule) !== old) return [];
    const at = text.slice(start, end).indexOf(source);
    const by = scalarOf(withTarget(rule, name), quotingOf(source), false);
    return at < 0 ? [] : [{ start: start + at, end: start + at + source.length, by }];
  });
}
