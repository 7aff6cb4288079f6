/** The proxies that exist without being configured. */
import type { PlainConfig } from './config.ts';

const position = { line: 0, column: 0 };

const DIRECT: PlainConfig = { name: 'DIRECT', type: 'direct', dialerProxy: '', position };
export const REJECT: PlainConfig = { name: 'REJECT', type: 'reject', dialerProxy: '', position };
const REJECT_DROP: PlainConfig = {
  name: 'REJECT-DROP',
  type: 'reject-drop',
  dialerProxy: '',
  position,
};

/** By name. COMPATIBLE is mihomo's other name for DIRECT. */
export const builtIns: ReadonlyMap<string, PlainConfig> = new Map([
  ['DIRECT', DIRECT],
  ['REJECT', REJECT],
  ['REJECT-DROP', REJECT_DROP],
  ['COMPATIBLE', DIRECT],
]);

/** mihomo's target that lets the next rule decide. */
export const PASS = 'PASS';
