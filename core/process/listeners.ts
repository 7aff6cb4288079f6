/** The programs that listen on a TCP port of this machine, by name. Linux only; elsewhere nobody is found. */
import { loadBinding } from '../native/index.ts';

/** Rejects where /proc cannot be read. */
export async function listenersOn(port: number): Promise<readonly string[]> {
  const native = loadBinding();
  const sockets = native.listeningSockets(port).map((inode) => ({ inode, uid: 0 }));
  const holders = sockets.length === 0 ? [] : await native.findHolders(sockets, [], true);
  return [...new Set(holders.map(({ name }) => name))];
}
