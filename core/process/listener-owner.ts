/**
 * Whether a socket belongs to the program that listens on a port of this machine. An upstream on
 * this machine dials out by itself; captured, that would be sent to the upstream again, without
 * end. Remembers which processes hold a listener until that is another one. Linux only; elsewhere
 * nothing is found.
 */
import { readFileSync } from 'node:fs';
import type { Endpoint, Network } from '../api/flows.ts';
import { loadBinding } from '../native/index.ts';
import { findFlowSocket } from './flow-socket.ts';
import type { SocketHolders } from './socket-holders.ts';

export interface OwnSocket {
  readonly network: Network;
  readonly local: Endpoint;
  /** Whom it talks to. */
  readonly peer: Endpoint;
}

/** How far up a process's ancestors are looked at. */
const MAX_ANCESTORS = 8;
/** It holds the listeners of services that it has not started yet, and everything descends from it. */
const SERVICE_MANAGER = 'systemd';

export class ListenerOwner {
  readonly #holders: SocketHolders;
  /** Inodes of listeners, and the processes that hold one of them. */
  #listeners = '';
  #processes: Promise<ReadonlySet<number>> = Promise.resolve(new Set());

  constructor(holders: SocketHolders) {
    this.#holders = holders;
  }

  /** Whether a program that listens on one of `ports` (TCP), or a child of it, has this socket. Never rejects. */
  async owns(ports: readonly number[], socket: OwnSocket): Promise<boolean> {
    const found = await findFlowSocket(socket.network, socket.local, socket.peer);
    if (found === null) return false;
    const programs = await this.#listening(ports);
    if (programs.size === 0) return false;
    const holder = await this.#holders.find(found);
    if (holder === null) return false;
    // A program may dial from a child process (dante's do).
    let pid = holder.pid;
    for (let level = 0; level < MAX_ANCESTORS && pid > 1; level++) {
      if (programs.has(pid)) return true;
      pid = parentOf(pid);
    }
    return false;
  }

  /** The processes that listen on one of these ports. */
  #listening(ports: readonly number[]): Promise<ReadonlySet<number>> {
    const native = loadBinding();
    const inodes = ports.flatMap((port) => native.listeningSockets(port));
    const key = inodes.join();
    if (key !== this.#listeners) {
      this.#listeners = key;
      const sockets = inodes.map((inode) => ({ inode, uid: 0 }));
      this.#processes = native.findHolders(sockets, [], true).then(
        (holders) =>
          new Set(holders.filter(({ name }) => name !== SERVICE_MANAGER).map(({ pid }) => pid)),
        () => new Set(),
      );
    }
    return this.#processes;
  }
}

/** 0 where the process has ended. */
function parentOf(pid: number): number {
  try {
    // The second field is the name in parentheses, which may hold anything (proc(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}
