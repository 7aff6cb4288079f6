/** What the kernel says of itself. Read anew each time; where there is no /proc it says nothing. */
import { readFileSync } from 'node:fs';
import type { Family } from './ip-command.ts';

/** Whether it is the one that Windows brings. */
export function isWsl(): boolean {
  return /microsoft/i.test(readProc('sys/kernel/osrelease') ?? '');
}

/** Whether it passes packets on; null where it does not say. */
export function forwards(family: Family): boolean | null {
  const flag = readProc(`sys/net/${family === 4 ? 'ipv4/ip_forward' : 'ipv6/conf/all/forwarding'}`);
  return flag === null ? null : flag !== '0';
}

function readProc(path: string): string | null {
  try {
    return readFileSync(`/proc/${path}`, 'utf8').trim();
  } catch {
    return null;
  }
}
