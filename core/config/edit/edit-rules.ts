/**
 * Changes the rules in the text of a configuration: comments, anchors and layout stay as they are
 * everywhere else, byte for byte. Each change is a splice of the text, which is then read again:
 * unless exactly the wanted rules are found, and nothing else has changed its meaning, the change
 * is refused. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Node } from 'yaml';
import { isAlias, isPair, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { RuleEdit } from '../../api/edit.ts';
import { SluiceError } from '../../api/errors.ts';
import { quote } from '../../../rules/text.ts';
import { TOP_LEVEL_KEYS } from '../parse-config.ts';
import { assertRule, findRuleList, layoutError, shownRule } from './rule-list.ts';
import type { RuleEntry, RuleList } from './rule-list.ts';
import { quotingOf, scalarOf } from './scalar-text.ts';
import { insertEntry, removeEntry, replaceLine } from './splices.ts';
import type { NewEntry } from './splices.ts';
import { openYaml, splicedText } from './yaml-file.ts';
import type { Place, Splice, YamlFile } from './yaml-file.ts';

/** What a list should be: the same as its entries, without their places. */
interface Wanted {
  readonly enabled: boolean;
  readonly text: string | null;
}

/**
 * Makes the changes one after the other; each `at` counts in the list as the change before left
 * it. Throws `SluiceError` (`ERR_EDIT_...`), and then none is made.
 */
export function editRules(file: YamlFile, edits: readonly RuleEdit[]): YamlFile {
  const runs = runsOf(edits);
  if (runs.length > MOST_RUNS) throw layoutError('these are too many changes at once');
  return runs.reduce(editRun, findRuleList(file)).file;
}

/** The file is read again for each. */
const MOST_RUNS = 1000;

/** Changes that leave the places of those behind them alone are one: reading a long file takes a while. */
function runsOf(edits: readonly RuleEdit[]): RuleEdit[][] {
  const runs: RuleEdit[][] = [];
  for (const edit of edits) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run !== undefined && last !== undefined && goTogether(last, edit)) run.push(edit);
    else runs.push([edit]);
  }
  return runs;
}

function goTogether(last: RuleEdit, edit: RuleEdit): boolean {
  if (last.op === 'remove') return edit.op === 'remove' && edit.at < last.at;
  return isSwitch(last) && isSwitch(edit) && edit.op === last.op && edit.at > last.at;
}

type Switch = Extract<RuleEdit, { readonly op: 'disable' | 'enable' }>;

function isSwitch(edit: RuleEdit): edit is Switch {
  return edit.op === 'disable' || edit.op === 'enable';
}

function editRun(list: RuleList, run: readonly RuleEdit[]): RuleList {
  if (run.length === 1 || list.style === 'flow') return run.reduce(editOnce, list);
  const wanted: (Wanted | null)[] = [...list.entries];
  const splices = run.flatMap((edit) => {
    if (edit.op === 'remove') {
      entryAt(list, edit.at, edit.rule);
      wanted[edit.at] = null;
      return removeEntry(list, edit.at);
    }
    if (!isSwitch(edit)) throw new TypeError(`${edit.op} is made alone`);
    const entry = entryToSwitch(list, edit);
    const enabled = edit.op === 'enable';
    wanted[edit.at] = { ...entry, enabled };
    return replaceLine(list, edit.at, asNew(list, entry, enabled));
  });
  return checked(
    list,
    splices,
    wanted.filter((one) => one !== null),
  );
}

function entryToSwitch(list: RuleList, { op, at, rule }: Switch): RuleEntry {
  const entry = entryAt(list, at, rule);
  if (entry.enabled !== (op === 'enable')) return entry;
  throw new SluiceError('ERR_EDIT_POSITION', `${shownRule(entry)} is ${op}d already`);
}

function editOnce(list: RuleList, edit: RuleEdit): RuleList {
  const { entries } = list;
  switch (edit.op) {
    case 'insert': {
      assertRule(edit.rule);
      const at = edit.at ?? entries.length;
      assertPlace(at, entries.length);
      const isFlow = list.style === 'flow' || list.style === 'tilde';
      const model = entries[at] ?? entries[at - 1];
      const quoting = model === undefined ? 'plain' : quotingOf(model.source);
      const source = scalarOf(edit.rule, quoting, isFlow);
      const wanted = { enabled: true, text: edit.rule };
      const next = insertEntry(list, at, { enabled: true, source });
      return checked(list, next, entries.toSpliced(at, 0, { ...wanted, ...NOWHERE }));
    }
    case 'remove': {
      entryAt(list, edit.at, edit.rule);
      return checked(list, removeEntry(list, edit.at), entries.toSpliced(edit.at, 1));
    }
    case 'replace': {
      assertRule(edit.by);
      const entry = entryAt(list, edit.at, edit.rule);
      const { enabled } = entry;
      const isInBrackets = list.style === 'flow';
      const by = { enabled, source: sourceWith(entry, edit.by, isInBrackets && enabled) };
      const next = isInBrackets
        ? [{ ...placeOf(list.text, entry), by: by.source }]
        : replaceLine(list, edit.at, by);
      return checked(list, next, entries.with(edit.at, { ...entry, text: edit.by }));
    }
    case 'move': {
      const entry = entryAt(list, edit.from, edit.rule);
      assertPlace(edit.to, entries.length - 1);
      if (edit.to === edit.from) return list;
      const taken = without(list, edit.from);
      const next = insertEntry(taken, edit.to, asNew(list, entry, entry.enabled));
      const wanted = entries.toSpliced(edit.from, 1).toSpliced(edit.to, 0, entry);
      return checked(list, next, wanted, taken);
    }
    case 'disable':
    case 'enable': {
      const entry = entryToSwitch(list, edit);
      const enabled = edit.op === 'enable';
      const by = asNew(list, entry, enabled);
      const wanted = entries.with(edit.at, { ...entry, enabled });
      if (list.style !== 'flow') return checked(list, replaceLine(list, edit.at, by), wanted);
      const taken = without(list, edit.at);
      return checked(list, insertEntry(taken, edit.at, by), wanted, taken);
    }
  }
}

const NOWHERE = { source: '', start: 0, end: 0 };

/** Its YAML as it stands, where that is one line; else what it says. */
function asNew(list: RuleList, entry: RuleEntry, enabled: boolean): NewEntry {
  const isFlow = list.style === 'flow';
  const source = isFlow || !entry.enabled ? entry.source : entry.source.replace(/^-[ \t]+/, '');
  const isOneLine = !/[\r\n]/.test(source);
  const isSameKind = entry.enabled === enabled;
  if (isSameKind && (isOneLine || isFlow)) return { enabled, source };
  // A comment has no anchors, and in brackets a comma would end the rule.
  if (isOneLine && !isFlow && !/^([&*!]|$)/.test(source)) return { enabled, source };
  if (entry.text === null) throw layoutError(`${shownRule(entry)} is no text`);
  assertRule(entry.text);
  return { enabled, source: scalarOf(entry.text, quotingOf(source), isFlow) };
}

/** The YAML of an entry with another rule in it: its quotes, its anchor and a note behind it stay. */
function sourceWith({ source, enabled, text }: RuleEntry, rule: string, isFlow: boolean): string {
  const own = enabled && !isFlow ? source.replace(/^-[ \t]+/, '') : source;
  const read = parseDocument(isFlow ? `[${own}\n]` : `- ${own}\n`, { prettyErrors: false });
  const item = isSeq(read.contents) ? read.contents.items[0] : null;
  if (!isScalar(item) || item.range == null || text === null) {
    throw layoutError(`${quote(text ?? source)} is written in a way that cannot be changed here`);
  }
  const before = isFlow ? 1 : 2;
  const [start, end] = [item.range[0] - before, item.range[1] - before];
  return own.slice(0, start) + scalarOf(rule, quotingOf(own), isFlow) + own.slice(end);
}

/** Where the YAML of an entry of a list in brackets stands. */
function placeOf(text: string, { start, end, enabled, source }: RuleEntry): Place {
  if (enabled) return { start, end };
  const from = text.indexOf(source, start);
  return { start: from, end: from + source.length };
}

function without(list: RuleList, at: number): RuleList {
  return findRuleList(openYaml(splicedText(list.text, removeEntry(list, at))));
}

function entryAt(list: RuleList, at: number, expected: string | undefined): RuleEntry {
  const entry = list.entries[at];
  if (entry === undefined) {
    throw new SluiceError(
      'ERR_EDIT_POSITION',
      `There is no rule ${at + 1}: the list has ${list.entries.length}`,
    );
  }
  if (expected !== undefined && expected !== entry.text) {
    throw new SluiceError(
      'ERR_EDIT_POSITION',
      `Rule ${at + 1} is another one: ${shownRule(entry)}`,
    );
  }
  return entry;
}

function assertPlace(at: number, last: number): void {
  if (at >= 0 && at <= last) return;
  throw new SluiceError(
    'ERR_EDIT_POSITION',
    `There is no place ${at + 1}: the last is ${last + 1}`,
  );
}

/**
 * The list as it is found once `from`, else `before`, has the splices; throws where it, or anything
 * else, is not as wanted.
 */
function checked(
  before: RuleList,
  splices: readonly Splice[],
  wanted: readonly Wanted[],
  from = before,
): RuleList {
  const after = findRuleList(openYaml(splicedText(from.text, splices)));
  const said = ({ enabled, text: rule }: Wanted): Wanted => ({ enabled, text: rule });
  if (!isDeepStrictEqual(after.entries.map(said), wanted.map(said))) {
    throw layoutError('the change would not read back as it was meant');
  }
  if (
    before.file.document.contents !== null &&
    !isDeepStrictEqual(outline(before), outline(after))
  ) {
    throw layoutError('the change would alter more than the rules');
  }
  assertNotShared(before);
  return after;
}

/** Everything but the list: what it is, what it says, and whom it refers to. */
function outline({ file, node }: RuleList): string[] {
  const parts: string[] = [];
  visit(file.document, {
    Node(key, visited, path) {
      if (visited === node) return visit.SKIP;
      // The key may be new, and what was nothing may be a list by now.
      if (isRulesPair(path) && (key === 'key' || !isAlias(visited))) return visit.SKIP;
      parts.push(describe(visited));
    },
  });
  return parts;
}

/** Whether a path leads to the two parts of the top-level key `rules`. */
function isRulesPair(path: readonly unknown[]): boolean {
  const pair = path.length === 3 ? path[2] : null;
  return isPair(pair) && isScalar(pair.key) && pair.key.value === 'rules';
}

function describe(node: Node): string {
  if (isAlias(node)) return `*${node.source}`;
  const {
    anchor = '',
    tag = '',
    source,
  } = node as Node & {
    readonly anchor?: string;
    readonly source?: string;
  };
  return `${node.constructor.name} &${anchor} !${tag} ${source ?? ''}`;
}

/** Throws where something else refers to the list, or to a rule of it, or it is more than a template. */
function assertNotShared({ file, node, home }: RuleList): void {
  if (node === null) return;
  if (home !== 'rules' && TOP_LEVEL_KEYS.has(home)) {
    throw layoutError(`they are also a part of "${home}", which would change too`);
  }
  const inside = new Set<string>();
  if (node.anchor !== undefined) inside.add(node.anchor);
  visit(node, {
    Node(_, visited) {
      if ('anchor' in visited && typeof visited.anchor === 'string') inside.add(visited.anchor);
    },
  });
  if (inside.size === 0) return;
  visit(file.document, {
    Alias(key, alias, path) {
      if (!inside.has(alias.source) || path.some((parent) => parent === node)) return;
      if (key === 'value' && isRulesPair(path)) return;
      throw layoutError(
        `the alias "*${alias.source}" shares them with another part of the file, which would change too`,
      );
    },
  });
}
