/**
 * Whether names lead anywhere: names that lead in a circle are found, and those that lead to
 * nothing that can be used. Proxies point on through `dialer-proxy`, groups through their members;
 * a circle through either would be a loop on the wire.
 */
import { quote } from '../../rules/text.ts';
import { builtIns } from './built-ins.ts';
import type { GroupConfig, ProxyConfig } from './config.ts';
import type { Link, Names } from './names.ts';
import type { Problems } from './problems.ts';

/** Names from a group to the last server on the way. */
const LONGEST_WAY = 32;

/** The names that nothing usable lies behind; undefined after an error. */
export function checkTargets(
  proxies: readonly ProxyConfig[],
  groups: readonly GroupConfig[],
  names: Names,
  problems: Problems,
): ReadonlySet<string> | undefined {
  const all = [...proxies, ...groups].map(({ name }) => name);
  const checks = all.flatMap((name) =>
    names.linksOf(name).map((link) => names.check(link, problems)),
  );
  if (checks.includes(false)) return undefined;
  // Everything is in a GLOBAL of ours: what leads too far or in a circle does so without it.
  const written = groups.filter(({ position }) => position.line > 0);
  const starts = [...proxies, ...written].map(({ name }) => name);
  if (!new CircleFinder(names, problems).check(starts)) return undefined;
  return new UsableNames(proxies, groups, names, problems).unusable();
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
class UsableNames {
  readonly #proxies: ReadonlyMap<string, ProxyConfig>;
  readonly #groups: ReadonlyMap<string, GroupConfig>;
  readonly #names: Names;
  readonly #problems: Problems;
  readonly #found = new Map<string, boolean>();

  constructor(
    proxies: readonly ProxyConfig[],
    groups: readonly GroupConfig[],
    names: Names,
    problems: Problems,
  ) {
    this.#proxies = new Map(proxies.map((proxy) => [proxy.name, proxy]));
    this.#groups = new Map(groups.map((group) => [group.name, group]));
    this.#names = names;
    this.#problems = problems;
  }

  unusable(): ReadonlySet<string> {
    const all = [...this.#proxies.keys(), ...this.#groups.keys()];
    return new Set(all.filter((name) => !this.#isUsable(name)));
  }

  #isUsable(name: string): boolean {
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const group = this.#groups.get(name);
    const isUsable = group === undefined ? this.#isProxyUsable(name) : this.#isGroupUsable(group);
    this.#found.set(name, isUsable);
    return isUsable;
  }

  #isProxyUsable(name: string): boolean {
    if (builtIns.has(name)) return true;
    const proxy = this.#proxies.get(name);
    if (proxy === undefined || proxy.type === 'unsupported') return false;
    const [dialer] = this.#names.linksOf(name);
    if (dialer === undefined || this.#isUsable(dialer.to)) return true;
    const message =
      `${quote(name)} cannot be reached: its dialer-proxy ${quote(dialer.to)} cannot be used;` +
      ' flows sent to it are rejected';
    this.#problems.warn('proxy-unreachable', dialer.offset, message);
    return false;
  }

  #isGroupUsable({ name, members, providers, emptyFallback, position }: GroupConfig): boolean {
    // What a provider brings is not known here.
    if (providers.length > 0) return true;
    if (members.length === 0 && emptyFallback !== 'REJECT') return this.#isUsable(emptyFallback);
    const taken = new Set(members);
    const links = this.#names.linksOf(name).filter(({ to }) => taken.has(to));
    const unusable = links.filter(({ to }) => !this.#isUsable(to));
    if (unusable.length === links.length) {
      const why = members.length === 0 ? 'has no members' : 'has no member that can be used';
      const offset = links[0]?.offset ?? this.#names.offsetOf(name);
      const message = `the group ${quote(name)} ${why}: flows sent to it are rejected`;
      this.#problems.warn('group-unusable', offset, message);
      return false;
    }
    const [skipped] = unusable;
    if (skipped !== undefined && position.line > 0) {
      const shown = unusable.slice(0, 3).map(({ to }) => quote(to));
      const more = unusable.length > 3 ? ` and ${unusable.length - 3} more` : '';
      const message = `the group ${quote(name)} passes over members that cannot be used: ${shown.join(', ')}${more}`;
      this.#problems.warn('group-member-unusable', skipped.offset, message);
    }
    return true;
  }
}
