/**
 * The kernel's tables of UDP sockets as Linux prints them: `/proc/net/udp` and `udp6`, described
 * in proc_net_tcp(5). They are searched for what is wanted, never parsed as a whole.
 */
import { readFile } from 'node:fs/promises';
import type { FoundSocket } from '../native/binding.d.ts';

/** Sockets that no process has. */
const NO_INODE = '0';

/** Both families' tables, of this network namespace. Empty where the system has none. */
export async function readUdpTables(): Promise<readonly string[]> {
  const read = (file: string): Promise<string> => readFile(file, 'latin1').catch(() => '');
  return Promise.all([read('/proc/net/udp'), read('/proc/net/udp6')]);
}

/** A socket with this local port: it need not be bound to the address that it sends from. */
export function udpOnPort(tables: readonly string[], port: number): FoundSocket | null {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  for (const table of tables) {
    for (let at = table.indexOf(local); at >= 0; at = table.indexOf(local, at + 1)) {
      const start = table.lastIndexOf('\n', at) + 1;
      const end = table.indexOf('\n', at);
      // sl, local, remote, state, queues, timer, retransmits, uid, timeout, inode
      const fields = table
        .slice(start, end < 0 ? undefined : end)
        .trim()
        .split(/\s+/);
      const [inode = NO_INODE, uid = ''] = [fields[9], fields[7]];
      // The far end's port looks the same; the local one comes first.
      const isLocal = fields[1]?.endsWith(local.trim()) === true;
      if (isLocal && inode !== NO_INODE) return { inode: Number(inode), uid: Number(uid) };
    }
  }
  return null;
}
