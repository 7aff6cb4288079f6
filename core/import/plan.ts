/**
 * What was found, as it would stand in a configuration file: with names that are free there, and
 * with what refers to a name referring to the new one. What refers to nothing is left out, and
 * told. Pure.
 */
import type { ImportedGroup, ImportedProxy, ImportedRule, ImportPreview } from '../api/import.ts';
import type { UpstreamSettings } from '../api/upstreams.ts';
import { GLOBAL, builtIns } from '../config/built-ins.ts';
import { listIn, plainOf } from '../config/edit/plain.ts';
import type { PlainMap } from '../config/edit/plain.ts';
import { targetOf, withTarget } from '../config/edit/references.ts';
import { readUpstreams } from '../config/edit/upstream-list.ts';
import { openYaml } from '../config/edit/yaml-file.ts';
import { keysOf } from '../config/upstream-settings.ts';
import { quote } from '../../rules/text.ts';
import { ProblemNotes } from './found.ts';
import type { Found, FoundGroup, FoundProvider } from './found.ts';

export interface PlannedGroup extends ImportedGroup {
  readonly found: FoundGroup;
  /** Names of providers, as they will be. */
  readonly use: readonly string[];
}

export interface PlannedProvider extends FoundProvider {
  readonly as: string;
  /** The file has it already. */
  readonly isThere: boolean;
}

export interface Plan {
  readonly proxies: readonly ImportedProxy[];
  readonly groups: readonly PlannedGroup[];
  readonly rules: readonly ImportedRule[];
  readonly providers: readonly PlannedProvider[];
  readonly problems: Pick<ImportPreview, 'problems' | 'omitted'>;
}

/** `text` is that of the configuration file. Throws `ERR_EDIT_SYNTAX` where it is none. */
export function planImport(found: Found, text: string): Plan {
  return new Planner(found, text).plan();
}

class Planner {
  readonly #found: Found;
  readonly #file: PlainMap;
  readonly #own: ReadonlyMap<string, UpstreamSettings>;
  /** Names that the file has for proxies and groups. */
  readonly #taken: Set<string>;
  /** Names in the file before anything is added. */
  readonly #before: ReadonlySet<string>;
  /** From the names of the text to those that they get. */
  readonly #names = new Map<string, string>();
  /** See `freeName`. */
  readonly #counts = new Map<string, number>();
  /** Of the text, by section and name. */
  readonly #providers = new Map<string, PlannedProvider>();
  /** Names of the text that cannot be used, since they lead nowhere. */
  readonly #lost = new Set<string>();
  readonly #problems = new ProblemNotes();

  constructor(found: Found, text: string) {
    this.#found = found;
    const file = openYaml(text);
    this.#file = plainOf(file);
    const own = readUpstreams(file).filter((settings) => settings !== null);
    this.#own = new Map(own.map((settings) => [settings.name, settings]));
    const named = ['proxies', 'proxy-groups'].flatMap((section) =>
      listIn(this.#file, section).flatMap((item) => {
        const name = item instanceof Map ? item.get('name') : null;
        return typeof name === 'string' ? [name] : [];
      }),
    );
    this.#before = new Set([...named, ...builtIns.keys(), GLOBAL]);
    this.#taken = new Set(this.#before);
    for (const { line, name, message } of found.problems.list) {
      this.#problems.add(line, name, message);
    }
    this.#problems.omitted += found.problems.omitted;
  }

  plan(): Plan {
    const named = this.#found.proxies.map((proxy, id) => this.#proxy(proxy, id));
    const namedGroups = this.#found.groups.map((group) => {
      const as = this.#free(group.name);
      if (!this.#names.has(group.name)) this.#names.set(group.name, as);
      return { group, as };
    });
    const providers = this.#found.providers.map((provider) => this.#provider(provider));
    this.#loseWhatLeadsNowhere(named, namedGroups);
    const proxies = named.flatMap((proxy) => this.#linked(proxy));
    const groups = namedGroups.flatMap(({ group, as }, id) => this.#group(group, as, id));
    const rules = this.#found.rules.flatMap((found, id) => this.#rule(found, id));
    const { list, omitted } = this.#problems;
    return { proxies, groups, rules, providers, problems: { problems: list, omitted } };
  }

  #proxy({ settings, line, note }: Found['proxies'][number], id: number): ImportedProxy {
    const { name } = settings;
    const own = this.#own.get(name);
    const isSame = own !== undefined && !this.#names.has(name) && isEqual(own, settings);
    const as = isSame ? name : this.#free(name);
    if (!this.#names.has(name)) this.#names.set(name, as);
    const conflict = isSame ? 'same' : as === name ? 'none' : 'name';
    return { id, settings, as, conflict, line, note };
  }

  /** With the dialer-proxy by its new name; left out where there is none: it must not go directly. */
  #linked(proxy: ImportedProxy): ImportedProxy[] {
    const { settings, as, line } = proxy;
    const { dialerProxy } = settings;
    if (dialerProxy === '') return [{ ...proxy, settings: { ...settings, name: as } }];
    const to = this.#resolve(dialerProxy);
    if (to !== null) return [{ ...proxy, settings: { ...settings, name: as, dialerProxy: to } }];
    const message = `its dialer-proxy ${quote(dialerProxy)} is not there`;
    this.#problems.add(line, settings.name, message);
    return [];
  }

  #group(group: FoundGroup, as: string, id: number): PlannedGroup[] {
    const { name, type, line } = group;
    const members: string[] = [];
    const lost: string[] = [];
    for (const member of group.members) {
      const to = this.#resolve(member);
      if (to === null) lost.push(member);
      else members.push(to);
    }
    if (lost.length > 0) {
      const shown = lost.slice(0, 5).map((one) => quote(one));
      const more = lost.length > 5 ? ` and ${lost.length - 5} more` : '';
      this.#problems.add(
        line,
        name,
        `members that cannot be used are left out: ${shown.join(', ')}${more}`,
      );
    }
    const use = group.use.flatMap((one) => {
      const provider = this.#providerOf('proxy-providers', one);
      if (provider === undefined)
        this.#problems.add(line, name, `its provider ${quote(one)} is not there`);
      return provider === undefined ? [] : [provider.as];
    });
    if (members.length + use.length === 0 && !includesAll(group)) {
      this.#problems.add(line, name, 'the group is left out: it would have no members');
      return [];
    }
    return [{ id, name, as, type, members, line, found: group, use }];
  }

  #rule(found: Found['rules'][number], id: number): ImportedRule[] {
    const { rule, line, was, enabled } = found;
    const target = targetOf(rule) ?? '';
    const to = this.#resolve(target);
    if (to === null) {
      this.#problems.add(line, rule.slice(0, 100), `its target ${quote(target)} is not there`);
      return [];
    }
    let text = withTarget(rule, to);
    for (const [, name = ''] of rule.matchAll(/RULE-SET\s*,\s*([^,()]+?)\s*(?=[,)])/gi)) {
      const provider = this.#providerOf('rule-providers', name);
      if (provider === undefined) {
        this.#problems.add(line, rule.slice(0, 100), `its list ${quote(name)} is not there`);
        return [];
      }
      if (provider.as !== name)
        text = text.replaceAll(
          new RegExp(`(RULE-SET\\s*,\\s*)${escape(name)}(?=\\s*[,)])`, 'gi'),
          (_, lead: string) => lead + provider.as,
        );
    }
    return [{ id, rule: text, line, was, enabled }];
  }

  #provider(provider: FoundProvider): PlannedProvider {
    const section = this.#file.get(provider.section);
    const taken = section instanceof Map ? section : new Map<string, unknown>();
    const there = taken.get(provider.name);
    const url = provider.value.get('url');
    const isThere = there instanceof Map && url !== undefined && there.get('url') === url;
    const as = isThere ? provider.name : freeName(provider.name, (name) => taken.has(name));
    const planned = { ...provider, as, isThere };
    this.#providers.set(`${provider.section} ${provider.name}`, planned);
    return planned;
  }

  #providerOf(section: FoundProvider['section'], name: string): PlannedProvider | undefined {
    return this.#providers.get(`${section} ${name}`);
  }

  /** What leads nowhere is lost, and what leads to nothing but that. */
  #loseWhatLeadsNowhere(
    proxies: readonly ImportedProxy[],
    groups: readonly { readonly group: FoundGroup }[],
  ): void {
    const leadingTo = new Map<string, { readonly name: string; ways: number }[]>();
    const lost: string[] = [];
    const add = (name: string, to: readonly string[], otherWays: number): void => {
      const there = to.filter((one) => this.#resolve(one) !== null);
      const one = { name, ways: there.length + otherWays };
      if (one.ways === 0) lost.push(name);
      for (const way of there) {
        const others = leadingTo.get(way);
        if (others === undefined) leadingTo.set(way, [one]);
        else others.push(one);
      }
    };
    for (const { settings, as } of proxies) {
      const { name, dialerProxy } = settings;
      const isMeant = this.#names.get(name) === as;
      if (isMeant && dialerProxy !== '') add(name, [dialerProxy], 0);
    }
    for (const { group } of groups) {
      const others = group.use.filter((name) => this.#providerOf('proxy-providers', name));
      add(group.name, group.members, others.length + (includesAll(group) ? 1 : 0));
    }
    for (let name = lost.pop(); name !== undefined; name = lost.pop()) {
      if (this.#lost.has(name)) continue;
      this.#lost.add(name);
      for (const one of leadingTo.get(name) ?? []) {
        one.ways -= 1;
        if (one.ways === 0) lost.push(one.name);
      }
    }
  }

  /** The name that something of the text, or of the file, will have; null: it is not there. */
  #resolve(name: string): string | null {
    if (this.#lost.has(name)) return null;
    return this.#names.get(name) ?? (this.#before.has(name) ? name : null);
  }

  #free(name: string): string {
    const free = freeName(name, (one) => this.#taken.has(one), this.#counts);
    this.#taken.add(free);
    return free;
  }
}

/** The name itself, or with a number behind it. `counts`: those that were given before, by name. */
export function freeName(
  name: string,
  isTaken: (name: string) => boolean,
  counts = new Map<string, number>(),
): string {
  const short = name.slice(0, 120);
  let free = name;
  while (isTaken(free)) {
    const count = (counts.get(short) ?? 1) + 1;
    counts.set(short, count);
    free = `${short} ${count}`;
  }
  return free;
}

function includesAll({ rest }: FoundGroup): boolean {
  const keys = ['include-all', 'include-all-proxies', 'include-all-providers'];
  return keys.some((key) => rest.has(key));
}

function isEqual(a: UpstreamSettings, b: UpstreamSettings): boolean {
  const text = (settings: UpstreamSettings): string =>
    JSON.stringify(
      [...keysOf(settings)].map(([key, value]) => [
        key,
        typeof value === 'object' ? [...value] : value,
      ]),
    );
  return text(a) === text(b);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
