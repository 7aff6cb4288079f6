/** What a process costs, from /proc (proc_pid_stat(5), proc_pid_status(5)). */
import { readFileSync } from 'node:fs';

/** sysconf(_SC_CLK_TCK) is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** CPU seconds of all threads of a process, user and system, since it began. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The command, in parentheses, may contain anything; the state follows it as field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[14 - 3]) + Number(fields[15 - 3])) / ticksPerSecond;
}

/** Resident bytes of a process. */
export function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  if (match === null) throw new Error(`process ${pid} has no memory: it has ended`);
  return Number(match[1]) * 1024;
}
