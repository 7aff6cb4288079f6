/**
 * Which names get fake addresses: the entries of `fake-ip-filter` in their order. Plain patterns
 * that follow each other are one tree.
 */
import type { DnsConfig, FakeIpFilterEntry } from '../../config/dns-config.ts';
import { normalizeDomain } from '../../../rules/domain.ts';
import { DomainTrie } from '../../../rules/domain-trie.ts';
import type { NameSets } from '../exchange.ts';

type Step = (name: string) => boolean | undefined;

export class FakeFilter {
  readonly #steps: readonly Step[];
  readonly #byDefault: boolean;

  /** `onMissing` hears of each set that does not exist: it matches nothing. */
  constructor(
    { fakeIpFilter, fakeByDefault }: Pick<DnsConfig, 'fakeIpFilter' | 'fakeByDefault'>,
    sets: NameSets,
    onMissing: (set: string) => void,
  ) {
    this.#byDefault = fakeByDefault;
    this.#steps = stepsOf(fakeIpFilter, sets, onMissing);
  }

  /** Whether a name that could have a fake address is to have one. `name` as in `Question`. */
  wants(name: string): boolean {
    for (const step of this.#steps) {
      const fake = step(name);
      if (fake !== undefined) return fake;
    }
    return this.#byDefault;
  }
}

/**
 * Whether a name could have a fake address at all. Names of one label and of multicast DNS (RFC 6762)
 * mean something in this network alone, `.arpa` is for addresses and services, and what is no host
 * name has no address.
 */
export function isFakeable(name: string): boolean {
  const dot = name.lastIndexOf('.');
  if (dot < 0) return false;
  const top = name.slice(dot + 1);
  return top !== 'arpa' && top !== 'local' && normalizeDomain(name) === name;
}

function stepsOf(
  entries: readonly FakeIpFilterEntry[],
  sets: NameSets,
  onMissing: (set: string) => void,
): Step[] {
  const steps: Step[] = [];
  let trie: DomainTrie<boolean> | null = null;
  let trieFake = false;
  for (const { pattern, fake } of entries) {
    if (pattern?.kind === 'domain') {
      // In one tree the longest pattern wins, so entries that decide differently have their own.
      if (trie === null || trieFake !== fake) {
        const own = new DomainTrie<boolean>();
        trie = own;
        trieFake = fake;
        steps.push((name) => own.find(name));
      }
      trie.set(pattern.pattern, fake);
      continue;
    }
    trie = null;
    if (pattern === null) {
      steps.push(() => fake);
      continue;
    }
    const set = sets(pattern.kind, pattern.name);
    if (set === null) onMissing(`${pattern.kind}:${pattern.name}`);
    else steps.push((name) => (set.has(name) ? fake : undefined));
  }
  return steps;
}
