/** Groups, proxies and providers that nothing leads to. */
import type { Position } from '../rule.ts';
import { quote } from '../text.ts';
import type { Finding } from './finding.ts';

export interface Named {
  /** As it is called in messages and codes: group, proxy, rule provider. */
  readonly what: 'group' | 'proxy' | 'rule-provider' | 'proxy-provider';
  readonly name: string;
  readonly position: Position;
}

/** `used`: whether something that is in use names it. */
export function findUnused(all: readonly Named[], used: (named: Named) => boolean): Finding[] {
  return all
    .filter((named) => !used(named))
    .map(({ what, name, position }) => ({
      severity: 'info',
      code: `${what}-unused`,
      message: `nothing leads to the ${what.replace('-', ' ')} ${quote(name)}`,
      position,
      fix: null,
    }));
}
