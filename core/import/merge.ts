/** Puts what was chosen of an import into the text of a configuration file, and nothing else. Pure. */
import { SluiceError } from '../api/errors.ts';
import type { ImportChoice, ImportedProxy, ImportRequest } from '../api/import.ts';
import { setMatch, setPlainMatch } from '../config/edit/edit-match.ts';
import { addToSection, appendToSection } from '../config/edit/edit-root.ts';
import { join } from '../config/edit/group-members.ts';
import { insertRules } from '../config/edit/insert-rules.ts';
import { isSame, listIn, plainOf } from '../config/edit/plain.ts';
import type { Plain, PlainMap } from '../config/edit/plain.ts';
import { targetOf } from '../config/edit/references.ts';
import type { Writable } from '../config/edit/write-yaml.ts';
import { cannotEdit, openYaml } from '../config/edit/yaml-file.ts';
import type { YamlFile } from '../config/edit/yaml-file.ts';
import { DEFAULT_TEST_URL } from '../config/groups-section.ts';
import { keysOf } from '../config/upstream-settings.ts';
import { quote } from '../../rules/text.ts';
import type { Plan, PlannedGroup, PlannedProvider } from './plan.ts';

export interface Merged {
  readonly text: string;
  /** Names that were added. */
  readonly proxies: readonly string[];
  readonly groups: readonly string[];
  readonly rules: number;
}

type Where = Pick<ImportRequest, 'into' | 'newGroup' | 'match'>;
type Chosen = Where & Pick<ImportRequest, 'proxies' | 'groups' | 'rules'>;

/** Seconds. */
const REFRESH_INTERVAL = 86_400;
const TEST_INTERVAL = 300;

/** Throws `SluiceError` (`ERR_IMPORT_...`, `ERR_EDIT_...`). */
export function merge(text: string, plan: Plan, chosen: Chosen): Merged {
  const edit = new FileEdit(text);
  const proxies = withDialers(chosenOf(plan.proxies, chosen.proxies ?? 'all'), plan);
  const groups = chosenOf(plan.groups, chosen.groups ?? []);
  const rules = chosenOf(plan.rules, chosen.rules ?? []);
  const added = proxies.filter(({ conflict }) => conflict !== 'same');
  const before = edit.names();
  const names = new Set([...before, ...[...proxies, ...groups].map(({ as }) => as)]);
  if (chosen.newGroup !== undefined && names.has(chosen.newGroup)) throw nameTaken(chosen.newGroup);
  for (const provider of providersFor(groups, rules, plan)) {
    edit.addNamed(provider.section, provider.as, provider.value);
  }
  edit.append(
    'proxy-groups',
    groups.map((group) => groupValue(group, names)),
  );
  const last = rules.findLast(({ rule, enabled }) => enabled && isMatch(rule));
  const others = rules.filter(({ rule }) => !isMatch(rule));
  for (const { rule } of rules) assertTarget(rule, names);
  edit.insertRules(others);
  const match =
    chosen.match ?? (last === undefined ? undefined : (targetOf(last.rule) ?? undefined));
  if (match !== undefined) edit.match(match);
  // Each step reads the file again: what makes it large comes last.
  edit.place(
    chosen,
    proxies.map(({ as }) => as),
    'proxies',
  );
  edit.append(
    'proxies',
    added.map(({ settings }) => keysOf(settings)),
  );
  return {
    text: edit.finish(),
    proxies: added.map(({ as }) => as),
    groups: [
      ...groups.map(({ as }) => as),
      ...(chosen.newGroup === undefined ? [] : [chosen.newGroup]),
    ],
    rules: others.length,
  };
}

/** A proxy provider that keeps what the URL says up to date. */
export function mergeProvider(
  text: string,
  provider: { readonly name: string; readonly url: string; readonly proxy: string },
  where: Where,
): Merged {
  const edit = new FileEdit(text);
  const { name, url, proxy } = provider;
  const check = new Map<string, Writable>([
    ...([
      ['enable', true],
      ['url', DEFAULT_TEST_URL],
      ['interval', TEST_INTERVAL],
    ] as const),
  ]);
  const value = new Map<string, Writable>([
    ...([
      ['type', 'http'],
      ['url', url],
      ['interval', REFRESH_INTERVAL],
    ] as const),
    ...(proxy === '' ? [] : [['proxy', proxy] as const]),
    ['health-check', check],
  ]);
  edit.addNamed('proxy-providers', name, value);
  edit.place(where, [name], 'use');
  if (where.match !== undefined) edit.match(where.match);
  const groups = where.newGroup === undefined ? [] : [where.newGroup];
  return { text: edit.finish(), proxies: [], groups, rules: 0 };
}

/** A text on its way, with what it is to say at the end. */
class FileEdit {
  #file: YamlFile;
  readonly #wanted: PlainMap;

  constructor(text: string) {
    this.#file = openYaml(text);
    this.#wanted = plainOf(this.#file);
  }

  /** Of its proxies and groups. */
  names(): string[] {
    return ['proxies', 'proxy-groups'].flatMap((section) => {
      const items = this.#wanted.get(section);
      return (Array.isArray(items) ? items : []).flatMap((item) => {
        const name = item instanceof Map ? item.get('name') : null;
        return typeof name === 'string' ? [name] : [];
      });
    });
  }

  append(section: string, items: readonly ReadonlyMap<string, Writable>[]): void {
    if (items.length === 0) return;
    this.#file = appendToSection(this.#file, section, items);
    listIn(this.#wanted, section).push(...items.map((item) => toPlain(item)));
  }

  addNamed(section: string, name: string, value: ReadonlyMap<string, Writable>): void {
    const there = this.#wanted.get(section);
    const map: PlainMap = there instanceof Map ? there : new Map();
    if (map.has(name)) {
      const message = `Another provider is called ${quote(name)}: choose another name.`;
      throw new SluiceError('ERR_IMPORT_NAME', message);
    }
    this.#file = addToSection(this.#file, section, name, value);
    map.set(name, toPlain(value));
    this.#wanted.set(section, map);
  }

  /** Into groups that are there, and into a new one. */
  place({ into = [], newGroup }: Where, members: readonly string[], key: 'proxies' | 'use'): void {
    if (newGroup !== undefined) {
      if (this.names().includes(newGroup)) {
        throw nameTaken(newGroup);
      }
      if (members.length === 0) {
        const message = `The group ${quote(newGroup)} would have no members: choose some proxies.`;
        throw new SluiceError('ERR_IMPORT_GROUP_EMPTY', message);
      }
      const value = new Map<string, Writable>([
        ['name', newGroup],
        ['type', 'select'],
        [key, members],
      ]);
      this.append('proxy-groups', [value]);
    }
    for (const group of into) this.#file = join(this.#file, this.#wanted, group, members, key);
  }

  insertRules(rules: Parameters<typeof insertRules>[2]): void {
    this.#file = insertRules(this.#file, this.#wanted, rules);
  }

  match(target: string): void {
    setPlainMatch(listIn(this.#wanted, 'rules'), target);
    this.#file = setMatch(this.#file, target);
  }

  /** Throws unless the text says what is wanted, and nothing else. */
  finish(): string {
    if (isSame(this.#wanted, plainOf(this.#file))) return this.#file.text;
    throw cannotEdit('more than what is imported would change');
  }
}

function nameTaken(name: string): SluiceError {
  const message = `Another proxy or group is called ${quote(name)}: choose another name.`;
  return new SluiceError('ERR_IMPORT_NAME', message);
}

function chosenOf<T extends { readonly id: number }>(
  all: readonly T[],
  choice: ImportChoice,
): readonly T[] {
  if (choice === 'all') return all;
  const ids = new Set(choice);
  return all.filter(({ id }) => ids.has(id));
}

/** A proxy brings those that it is reached through. */
function withDialers(
  chosen: readonly ImportedProxy[],
  { proxies }: Plan,
): readonly ImportedProxy[] {
  const byName = new Map(proxies.map((proxy) => [proxy.as, proxy]));
  const all = new Set(chosen);
  for (const { settings } of all) {
    const dialer = byName.get(settings.dialerProxy);
    if (dialer !== undefined) all.add(dialer);
  }
  return proxies.filter((proxy) => all.has(proxy));
}

function groupValue(
  group: PlannedGroup,
  names: ReadonlySet<string>,
): ReadonlyMap<string, Writable> {
  const { as, type, members, use, found } = group;
  // What was not chosen is no member.
  const there = members.filter((name) => names.has(name) || isBuiltIn(name));
  const included = [...found.rest.keys()].some((key) => key.startsWith('include-all'));
  if (there.length + use.length === 0 && !included) {
    const message = `The group ${quote(as)} would have no members: choose some of its proxies, too.`;
    throw new SluiceError('ERR_IMPORT_GROUP_EMPTY', message);
  }
  return new Map<string, Writable>([
    ['name', as],
    ['type', type],
    ...(there.length === 0 ? [] : [['proxies', there] as const]),
    ...(use.length === 0 ? [] : [['use', use] as const]),
    ...found.rest,
  ]);
}

function assertTarget(rule: string, names: ReadonlySet<string>): void {
  const target = targetOf(rule) ?? '';
  if (names.has(target) || isBuiltIn(target)) return;
  const message = `The rule ${quote(rule)} leads to ${quote(target)}: choose that, too, or leave the rule out.`;
  throw new SluiceError('ERR_IMPORT_TARGET', message);
}

function isBuiltIn(name: string): boolean {
  return ['DIRECT', 'REJECT', 'REJECT-DROP', 'PASS', 'COMPATIBLE', 'GLOBAL'].includes(name);
}

function isMatch(rule: string): boolean {
  return /^\s*MATCH\s*,/i.test(rule);
}

/** Those that something chosen names, and that the file does not have. */
function providersFor(
  groups: readonly PlannedGroup[],
  rules: readonly { readonly rule: string }[],
  { providers }: Plan,
): readonly PlannedProvider[] {
  const used = new Set(groups.flatMap(({ use }) => use));
  const takesAll = groups.some(
    ({ found }) => found.rest.has('include-all') || found.rest.has('include-all-providers'),
  );
  const lists = new Set(
    rules.flatMap(({ rule }) =>
      [...rule.matchAll(/RULE-SET\s*,\s*([^,()]+?)\s*(?=[,)])/gi)].map(([, name]) => name),
    ),
  );
  return providers.filter(({ section, as, isThere }) => {
    if (isThere) return false;
    return section === 'rule-providers' ? lists.has(as) : takesAll || used.has(as);
  });
}

function toPlain(value: Writable): Plain {
  if (typeof value !== 'object') return String(value);
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<string, Writable>)].map(
      ([key, item]): [string, Plain] => [key, toPlain(item)],
    );
    return new Map(entries.filter(([, item]) => !(Array.isArray(item) && item.length === 0)));
  }
  return (value as readonly Writable[]).map((item) => toPlain(item));
}
