/**
 * Clash YAML: a whole configuration, or only some of its sections, or a bare list of proxies. What
 * Sluice cannot use is told with its line, and the rest is taken. Pure.
 */
import { LineIndex } from '../config/line-index.ts';
import { Names } from '../config/names.ts';
import { parseConfig } from '../config/parse-config.ts';
import { Problems } from '../config/problems.ts';
import { readProxies } from '../config/proxies-section.ts';
import { readYaml } from '../config/read-yaml.ts';
import { settingsOf } from '../config/upstream-settings.ts';
import type { MapValue, Value } from '../config/value.ts';
import { SluiceError } from '../api/errors.ts';
import { parseRule } from '../../rules/parse-rule.ts';
import { quote } from '../../rules/text.ts';
import { MOST_FOUND, ProblemNotes, cleanName } from './found.ts';
import type { Found, FoundGroup, FoundProvider, FoundProxy, FoundRule } from './found.ts';
import { Copier } from './copy-value.ts';

const GROUP_TYPES = ['select', 'url-test', 'fallback', 'load-balance'];
/** What a group of somebody else's must not bring along: paths and interfaces of another machine. */
const LEFT_OUT = new Set([
  'name',
  'type',
  'proxies',
  'use',
  'interface-name',
  'routing-mark',
  '<<',
]);

interface Reading {
  readonly problems: ProblemNotes;
  readonly lineOf: (offset: number) => number;
  readonly copier: Copier;
}

/** Throws `ERR_IMPORT_FORMAT` where it is no YAML, or too large to be right. */
export function readClash(text: string): Found {
  const lines = new LineIndex(text);
  const yamlProblems = new Problems('the text', (offset) => lines.position(offset));
  const root = readYaml(text, yamlProblems);
  const [first] = yamlProblems.list();
  if (root === null) {
    const where = `line ${first?.line ?? 1}, column ${first?.column ?? 1}`;
    throw new SluiceError(
      'ERR_IMPORT_FORMAT',
      `This is no valid YAML: ${where}: ${first?.message ?? ''}.`,
    );
  }
  const reading: Reading = {
    problems: new ProblemNotes(),
    lineOf: (offset) => lines.position(offset).line,
    copier: new Copier(),
  };
  const section = (key: string): Value | null =>
    root.kind === 'map' ? (root.entries.get(key)?.value ?? null) : null;
  const items = root.kind === 'list' ? root : section('proxies');
  const proxies = proxiesIn(listOf(items, reading), reading);
  const groups = listOf(section('proxy-groups'), reading).flatMap((item) => groupOf(item, reading));
  const rules = listOf(section('rules'), reading).flatMap((item) => ruleOf(item, reading));
  const providers = [
    ...providersIn('proxy-providers', section('proxy-providers'), reading),
    ...providersIn('rule-providers', section('rule-providers'), reading),
  ];
  const { problems } = reading;
  const isWhole = root.kind === 'map' && parseConfig(text, 'the text').config !== null;
  if (root.kind === 'map') warnOfPowers(root, reading);
  return { format: 'clash', proxies, groups, rules, providers, problems, isWhole };
}

function listOf(value: Value | null, { problems, lineOf }: Reading): readonly Value[] {
  if (value === null || value.kind === 'null') return [];
  if (value.kind !== 'list') {
    problems.add(lineOf(value.offset), '', 'this is no list');
    return [];
  }
  if (value.items.length > MOST_FOUND) {
    const message = `there are more than ${MOST_FOUND} items: the others are left out`;
    problems.add(lineOf(value.items[MOST_FOUND]?.offset ?? 0), '', message);
  }
  return value.items.slice(0, MOST_FOUND);
}

function proxiesIn(items: readonly Value[], { problems, lineOf }: Reading): FoundProxy[] {
  return items.flatMap((item) => {
    const line = lineOf(item.offset);
    const own = new Problems('the text', () => ({ line, column: 1 }));
    const [proxy] = readProxies([item], 'the text', new Names(), own);
    const name = item.kind === 'map' ? textOf(item, 'name') : '';
    if (proxy === undefined || own.hasErrors) {
      const why =
        own.list().find(({ severity }) => severity === 'error')?.message ?? 'it is no proxy';
      problems.add(line, name, why.replace(/^proxies\[0\]\.?/, ''));
      return [];
    }
    const settings = settingsOf(proxy);
    if (settings === null) {
      const type = proxy.type === 'unsupported' ? proxy.declaredType : proxy.type;
      problems.add(line, proxy.name, `Sluice does not speak ${quote(type)}`);
      return [];
    }
    const hasFile = 'tls' in proxy && proxy.tls !== null && proxy.tls.caFile !== '';
    const note = hasFile ? 'Its CA is a file of another machine, and is left out.' : '';
    const clean = cleanName(settings.name) || `${settings.server}:${settings.port}`;
    return [{ settings: { ...settings, name: clean }, line, note }];
  });
}

function groupOf(item: Value, { problems, lineOf, copier }: Reading): FoundGroup[] {
  const line = lineOf(item.offset);
  if (item.kind !== 'map') {
    problems.add(line, '', 'this group is no map');
    return [];
  }
  const name = cleanName(textOf(item, 'name'));
  const type = textOf(item, 'type').toLowerCase();
  if (name === '') {
    problems.add(line, '', 'this group has no name');
    return [];
  }
  if (!GROUP_TYPES.includes(type)) {
    const hint = type === 'relay' ? ': chain proxies with dialer-proxy instead' : '';
    problems.add(line, name, `groups of the type ${quote(type)} do not exist here${hint}`);
    return [];
  }
  const rest = [...item.entries].flatMap(
    ([key, { value }]): [string, ReturnType<Copier['copy']>][] =>
      LEFT_OUT.has(key) || value.kind === 'null' ? [] : [[key, copier.copy(value)]],
  );
  return [
    {
      name,
      type,
      members: textsIn(item, 'proxies').map(cleanName),
      use: textsIn(item, 'use'),
      rest: new Map(rest),
      line,
    },
  ];
}

function ruleOf(item: Value, { problems, lineOf }: Reading): FoundRule[] {
  const line = lineOf(item.offset);
  if (item.kind !== 'scalar') {
    problems.add(line, '', 'this rule is no text');
    return [];
  }
  const { rule, problems: wrong } = parseRule(item.text, { line, column: 1 });
  if (rule === null || item.text.length > 4096 || /[\p{Cc}\u2028\u2029]/u.test(item.text)) {
    const why = wrong.find(({ severity }) => severity === 'error')?.message ?? 'it is no rule';
    problems.add(line, item.text.slice(0, 100), why);
    return [];
  }
  if (rule.type === 'SUB-RULE') {
    problems.add(
      line,
      item.text.slice(0, 100),
      'rules that lead to other lists are not taken over',
    );
    return [];
  }
  return [{ rule: item.text.trim(), line, was: '', enabled: true }];
}

function providersIn(
  section: FoundProvider['section'],
  value: Value | null,
  { problems, lineOf, copier }: Reading,
): FoundProvider[] {
  if (value?.kind !== 'map') return [];
  return [...value.entries].flatMap(([name, { value: item }]): FoundProvider[] => {
    const line = lineOf(item.offset);
    if (item.kind !== 'map') return [];
    if (cleanName(name) !== name || name === '') {
      problems.add(line, name, 'this name of a provider is not taken over');
      return [];
    }
    const type = textOf(item, 'type').toLowerCase();
    if (type === 'file') {
      problems.add(line, name, 'this provider is a file of another machine');
      return [];
    }
    // Where a download is kept is for this machine to say: a path could be any file of it.
    const keys = [...item.entries].filter(([key]) => key !== 'path' && key !== 'proxy');
    const copied = keys.map(([key, entry]): [string, ReturnType<Copier['copy']>] => [
      ...([key, copier.copy(entry.value)] as const),
    ]);
    return [{ section, name, value: new Map(copied) }];
  });
}

/** What a file may do that takes the place of another one. */
function warnOfPowers(root: MapValue, { problems, lineOf }: Reading): void {
  for (const key of [
    'external-controller',
    'external-controller-unix',
    'external-controller-pipe',
  ]) {
    const entry = root.entries.get(key);
    if (entry === undefined || entry.value.kind !== 'scalar') continue;
    const message = `As a whole it would also open the control API at ${quote(entry.value.text)}`;
    problems.add(lineOf(entry.keyOffset), '', message);
  }
  for (const section of ['proxy-providers', 'rule-providers']) {
    const value = root.entries.get(section)?.value;
    if (value?.kind !== 'map') continue;
    for (const [name, { value: item }] of value.entries) {
      const path = item.kind === 'map' ? textOf(item, 'path') : '';
      if (!path.startsWith('/')) continue;
      const message = `As a whole it would also read or write the file ${quote(path)}`;
      problems.add(lineOf(item.offset), name, message);
    }
  }
}

function textOf(item: MapValue, key: string): string {
  const value = item.entries.get(key)?.value;
  return value?.kind === 'scalar' ? value.text : '';
}

function textsIn(item: MapValue, key: string): string[] {
  const value = item.entries.get(key)?.value;
  const items = value?.kind === 'list' ? value.items : value === undefined ? [] : [value];
  return items.slice(0, MOST_FOUND).flatMap((one) => (one.kind === 'scalar' ? [one.text] : []));
}
