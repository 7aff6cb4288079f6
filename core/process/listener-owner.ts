/**
 * Whether a socket belongs to the program that listens on a port of this machine. An upstream on
 * this machine dials out by itself; captured, that would be sent to the upstream again, without
 * end. Questions that come together are answered from one look at /proc. It remembers which
 * processes hold a listener until that is another one. Linux only; elsewhere nothing is found.
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type { Network } from '../api/flows.ts';
import { connected, listenersOn, readTables, udpOnPort } from './proc-net.ts';
import type { Endpoint, SocketTables } from './proc-net.ts';

export interface OwnSocket {
  readonly network: Network;
  readonly local: Endpoint;
  /** Whom it talks to. */
  readonly peer: Endpoint;
}

interface Question {
  readonly ports: readonly number[];
  readonly socket: OwnSocket;
  readonly answer: (owns: boolean) => void;
}

const NO_TABLES: SocketTables = { four: '', six: '' };

export class ListenerOwner {
  #waiting: Question[] = [];
  #looking = false;
  /** The processes that hold a listening socket, by its inode. */
  #holders = new Map<string, readonly string[]>();

  /** Whether a program that listens on one of `ports` (TCP), or a child of it, has this socket. Never rejects. */
  owns(ports: readonly number[], socket: OwnSocket): Promise<boolean> {
    return new Promise((answer) => {
      this.#waiting.push({ ports, socket, answer });
      if (!this.#looking) void this.#answerAll();
    });
  }

  async #answerAll(): Promise<void> {
    this.#looking = true;
    while (this.#waiting.length > 0) {
      const questions = this.#waiting;
      this.#waiting = [];
      const tcp = await readTables('tcp');
      const asksUdp = questions.some(({ socket }) => socket.network === 'udp');
      const udp = asksUdp ? await readTables('udp') : NO_TABLES;
      const sockets = this.#socketsBehind(tcp, new Set(questions.flatMap(({ ports }) => ports)));
      for (const { socket, answer } of questions) {
        const { network, local, peer } = socket;
        const inodes = network === 'tcp' ? connected(tcp, local, peer) : udpOnPort(udp, local.port);
        answer(inodes.some((inode) => sockets.has(inode)));
      }
    }
    this.#looking = false;
  }

  /** Inodes of every socket of the programs that listen on these ports. */
  #socketsBehind(tcp: SocketTables, ports: ReadonlySet<number>): Set<string> {
    const listeners = [...ports].flatMap((port) => listenersOn(tcp, port));
    if (listeners.some((inode) => !this.#holders.has(inode))) {
      this.#holders = findHolders(new Set(listeners));
    }
    const processes = new Set<string>();
    for (const inode of listeners) {
      for (const pid of this.#holders.get(inode) ?? []) addWithChildren(pid, processes);
    }
    const sockets = new Set<string>();
    for (const pid of processes) for (const inode of socketsOf(pid)) sockets.add(inode);
    return sockets;
  }
}

function findHolders(inodes: ReadonlySet<string>): Map<string, readonly string[]> {
  const holders = new Map<string, string[]>([...inodes].map((inode) => [inode, []]));
  for (const pid of list('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    for (const inode of socketsOf(pid)) holders.get(inode)?.push(pid);
  }
  return holders;
}

/** A program may dial from a child process (dante's do). */
function addWithChildren(pid: string, into: Set<string>): void {
  if (into.has(pid)) return;
  into.add(pid);
  for (const task of list(`/proc/${pid}/task`)) {
    for (const child of childrenOf(pid, task)) addWithChildren(child, into);
  }
}

function childrenOf(pid: string, task: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1');
    return text.split(' ').filter((child) => child !== '');
  } catch {
    return [];
  }
}

function socketsOf(pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  const inodes: string[] = [];
  for (const fd of list(folder)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${fd}`))?.[1];
      if (inode !== undefined) inodes.push(inode);
    } catch {
      // Closed meanwhile.
    }
  }
  return inodes;
}

/** Empty where the process has ended meanwhile. */
function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
