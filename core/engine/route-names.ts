/** What the configuration says about a target without anything being built. Pure. */
import type { Config } from '../config/config.ts';

/** The target that the mode imposes on every flow, or null where the rules decide. */
export function targetByMode({ mode, globalTarget }: Config): string | null {
  if (mode === 'rule') return null;
  return mode === 'direct' ? 'DIRECT' : globalTarget;
}

/**
 * Names from the target to the machine: its groups, the proxy, and each `dialer-proxy` with its
 * own groups. Empty where flows are refused.
 */
export function chainOf(config: Config, target: string): string[] {
  const chain: string[] = [];
  // The configuration was checked for cycles.
  for (let name = target; name !== '';) {
    const found = config.targets.get(name);
    if (found === undefined) throw new TypeError(`The configuration has no target ${name}.`);
    const { proxy, groups } = found;
    if (proxy.type === 'reject' || proxy.type === 'reject-drop') return [];
    chain.push(...groups, proxy.name);
    name = proxy.dialerProxy;
  }
  return chain;
}
