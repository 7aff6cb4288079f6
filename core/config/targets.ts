/**
 * What names lead to: groups are followed to their first usable member, and names that lead in a
 * circle are found. Proxies point on through `dialer-proxy`, groups through their members; a
 * circle through either would be a loop on the wire.
 */
import { quote } from '../../rules/text.ts';
import { REJECT, builtIns } from './built-ins.ts';
import type { GroupConfig, ProxyConfig, ResolvedTarget } from './config.ts';
import type { Link, Names } from './names.ts';
import type { Problems } from './problems.ts';

/** Names from a group to the last server on the way. */
const LONGEST_WAY = 32;

/** Undefined after an error. */
export function resolveTargets(
  proxies: readonly ProxyConfig[],
  groups: readonly GroupConfig[],
  names: Names,
  problems: Problems,
): ReadonlyMap<string, ResolvedTarget> | undefined {
  const all = [...proxies, ...groups].map(({ name }) => name);
  const checks = all.flatMap((name) =>
    names.linksOf(name).map((link) => names.check(link, problems)),
  );
  if (checks.includes(false) || !new CircleFinder(names, problems).check(all)) return undefined;
  return new Resolver(proxies, groups, names, problems).resolve();
}

class CircleFinder {
  readonly #names: Names;
  readonly #problems: Problems;
  /** Names from here to the end of the longest way; present once that is known. */
  readonly #heights = new Map<string, number>();
  /** The way that is being followed. */
  readonly #way: string[] = [];
  #ok = true;

  constructor(names: Names, problems: Problems) {
    this.#names = names;
    this.#problems = problems;
  }

  check(all: readonly string[]): boolean {
    for (const name of all) this.#height(name, null);
    return this.#ok;
  }

  #height(name: string, link: Link | null): number {
    const known = this.#heights.get(name);
    if (known !== undefined) return known;
    const start = this.#way.indexOf(name);
    if (start >= 0 && link !== null) {
      const circle = [...this.#way.slice(start), name].map((item) => quote(item)).join(' -> ');
      this.#fail('target-circle', link, `this leads in a circle: ${circle}`);
      return 0;
    }
    this.#way.push(name);
    let height = 0;
    for (const next of this.#names.linksOf(name)) {
      if (this.#way.length <= LONGEST_WAY) height = Math.max(height, this.#height(next.to, next));
      if (this.#way.length > LONGEST_WAY || height >= LONGEST_WAY) {
        this.#fail('target-too-far', next, `this leads through more than ${LONGEST_WAY} names`);
        height = 0;
      }
    }
    this.#way.pop();
    this.#heights.set(name, height + 1);
    return height + 1;
  }

  #fail(code: string, link: Link, message: string): void {
    this.#problems.error(code, link.offset, message);
    this.#ok = false;
  }
}

/** Names form no circles here. */
class Resolver {
  readonly #proxies: ReadonlyMap<string, ProxyConfig>;
  readonly #groups: ReadonlyMap<string, GroupConfig>;
  readonly #names: Names;
  readonly #problems: Problems;
  /** Null: cannot be used. */
  readonly #found = new Map<string, ResolvedTarget | null>();

  constructor(
    proxies: readonly ProxyConfig[],
    groups: readonly GroupConfig[],
    names: Names,
    problems: Problems,
  ) {
    this.#proxies = new Map([
      ...builtIns,
      ...proxies.map((proxy): [string, ProxyConfig] => [proxy.name, proxy]),
    ]);
    this.#groups = new Map(groups.map((group) => [group.name, group]));
    this.#names = names;
    this.#problems = problems;
  }

  resolve(): ReadonlyMap<string, ResolvedTarget> {
    const targets = new Map<string, ResolvedTarget>();
    for (const name of this.#proxies.keys()) {
      targets.set(name, this.#target(name) ?? { groups: [], proxy: REJECT, usable: false });
    }
    for (const name of this.#groups.keys()) {
      targets.set(name, this.#target(name) ?? { groups: [name], proxy: REJECT, usable: false });
    }
    return targets;
  }

  #target(name: string): ResolvedTarget | null {
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const group = this.#groups.get(name);
    const found = group === undefined ? this.#proxy(name) : this.#group(group);
    this.#found.set(name, found);
    return found;
  }

  #proxy(name: string): ResolvedTarget | null {
    const proxy = this.#proxies.get(name);
    if (proxy === undefined || proxy.type === 'unsupported') return null;
    const [dialer] = this.#names.linksOf(name);
    if (dialer !== undefined && this.#target(dialer.to) === null) {
      const message =
        `${quote(name)} cannot be reached: its dialer-proxy ${quote(dialer.to)} cannot be used;` +
        ' flows sent to it are rejected';
      this.#problems.warn('proxy-unreachable', dialer.offset, message);
      return null;
    }
    return { groups: [], proxy, usable: true };
  }

  #group({ name, members }: GroupConfig): ResolvedTarget | null {
    const found = members.map((member) => this.#target(member));
    const links = this.#names.linksOf(name);
    const unusable = links.filter((_, index) => found[index] === null);
    const first = found.find((target) => target !== null) ?? null;
    if (first === null) {
      const why = members.length === 0 ? 'has no members' : 'has no member that can be used';
      const offset = links[0]?.offset ?? this.#names.offsetOf(name);
      const message = `the group ${quote(name)} ${why}: flows sent to it are rejected`;
      this.#problems.warn('group-unusable', offset, message);
      return null;
    }
    const [skipped] = unusable;
    if (skipped !== undefined) {
      const names = unusable.slice(0, 3).map(({ to }) => quote(to));
      const more = unusable.length > 3 ? ` and ${unusable.length - 3} more` : '';
      const message = `the group ${quote(name)} passes over members that cannot be used: ${names.join(', ')}${more}`;
      this.#problems.warn('group-member-unusable', skipped.offset, message);
    }
    return { groups: [name, ...first.groups], proxy: first.proxy, usable: true };
  }
}
