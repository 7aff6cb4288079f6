/** A rule that is being made, as text and as a place in the file. Pure. */
import type { FileRule } from '../../../../core/api/edit.ts';
import type { ProxyList } from '../../../../core/api/proxies.ts';
import type { CandidateList, RuleCandidate } from '../../../../core/api/rule-preview.ts';

export const PLACES = ['decided', 'top', 'match'] as const;
/** Before the rule that decides now, before all, or before MATCH. */
export type Place = (typeof PLACES)[number];

export function ruleText({ condition, flags }: RuleCandidate, target: string): string {
  return [condition, target, ...(flags === '' ? [] : [flags])].join(',');
}

/** Its place among the rules in force. */
export function placeIn({ decidedAt, matchAt }: CandidateList, place: Place): number {
  if (place === 'top') return 0;
  return place === 'match' ? matchAt : decidedAt;
}

/**
 * The same place in the list as the file has it, where rules that are switched off count, too. Null
 * where the file has other rules than those in force.
 */
export function placeInFile(rules: readonly FileRule[], at: number, count: number): number | null {
  const places = rules.flatMap(({ enabled }, index) => (enabled ? [index] : []));
  if (places.length !== count) return null;
  return places[at] ?? rules.length;
}

export interface TargetGroup {
  readonly group: 'groups' | 'proxies' | 'builtIn';
  readonly items: readonly string[];
}

const BUILT_IN = ['DIRECT', 'REJECT', 'REJECT-DROP'];
/** Of no use as targets: they are other names, or lead on. */
const HIDDEN = new Set([...BUILT_IN, 'PASS', 'COMPATIBLE', 'GLOBAL']);

/** What a rule may lead to. A comma would end the name in a rule. */
export function targetsOf({ groups, proxies }: ProxyList): TargetGroup[] {
  const usable = (names: readonly string[]): string[] => {
    return [...new Set(names)].filter((name) => !HIDDEN.has(name) && !name.includes(','));
  };
  return [
    { group: 'groups', items: usable(groups.map(({ name }) => name)) },
    // What providers bring has no name that a rule could lead to.
    {
      group: 'proxies',
      items: usable(proxies.filter(({ provider }) => provider === null).map(({ name }) => name)),
    },
    { group: 'builtIn', items: BUILT_IN },
  ];
}

/** One that the flow does not go to already. */
export function firstTarget(targets: readonly TargetGroup[], chain: readonly string[]): string {
  const all = targets.flatMap(({ items }) => items);
  return all.find((name) => !chain.includes(name)) ?? 'DIRECT';
}
