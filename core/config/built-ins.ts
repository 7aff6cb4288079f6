/** The proxies that exist without being configured. */
import type { PlainConfig } from './config.ts';

function builtIn(name: string, type: PlainConfig['type']): [string, PlainConfig] {
  return [name, { name, type, dialerProxy: '', position: { line: 0, column: 0 } }];
}

/** By name. COMPATIBLE is mihomo's other name for DIRECT; PASS lets the next rule decide. */
export const builtIns: ReadonlyMap<string, PlainConfig> = new Map([
  builtIn('DIRECT', 'direct'),
  builtIn('REJECT', 'reject'),
  builtIn('REJECT-DROP', 'reject-drop'),
  builtIn('PASS', 'pass'),
  ['COMPATIBLE', builtIn('DIRECT', 'direct')[1]],
]);

/** The group that takes everything in global mode. It is there whether or not the file has it. */
export const GLOBAL = 'GLOBAL';
