/**
 * The kernel's tables of sockets as Linux prints them: `/proc/net/tcp` and its kin, described in
 * proc_net_tcp(5) and made by get_tcp4_sock of net/ipv4/tcp_ipv4.c. A busy machine has tens of
 * thousands of lines, so they are searched for what is wanted, never parsed as a whole.
 */
import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import type { Network } from '../api/flows.ts';
import { parseIp } from '../../rules/ip.ts';

export interface Endpoint {
  /** An IP literal. */
  readonly address: string;
  readonly port: number;
}

/** The texts of both families' tables. */
export interface SocketTables {
  readonly four: string;
  readonly six: string;
}

/** TCP_LISTEN of include/net/tcp_states.h. */
const LISTEN = '0A';
const NOBODY4 = '0'.repeat(8);
const NOBODY6 = '0'.repeat(32);
/** Sockets that no process has, such as those in TIME_WAIT. */
const NO_INODE = '0';

/** Of this network namespace. Empty where the system has no such tables. */
export async function readTables(network: Network): Promise<SocketTables> {
  const read = (file: string): Promise<string> => readFile(file, 'latin1').catch(() => '');
  const [four, six] = await Promise.all([
    read(`/proc/net/${network}`),
    read(`/proc/net/${network}6`),
  ]);
  return { four, six };
}

/** Inodes of the sockets that listen on a TCP port, on whatever address. */
export function listenersOn({ four, six }: SocketTables, port: number): string[] {
  const local = `:${hexPort(port)}`;
  return [
    ...inodesAt(four, `${local} ${NOBODY4}:0000 ${LISTEN} `),
    ...inodesAt(six, `${local} ${NOBODY6}:0000 ${LISTEN} `),
  ];
}

/** Inodes of the TCP sockets with this 4-tuple: one, or none. */
export function connected({ four, six }: SocketTables, local: Endpoint, peer: Endpoint): string[] {
  const pair = (hex: (address: string) => string): string =>
    `${hex(local.address)}:${hexPort(local.port)} ${hex(peer.address)}:${hexPort(peer.port)} `;
  const inSix = inodesAt(six, pair(hexAddress6));
  return local.address.includes(':') ? inSix : [...inodesAt(four, pair(hexAddress4)), ...inSix];
}

/** Inodes of the UDP sockets with this local port: a socket need not be bound to the address it sends from. */
export function udpOnPort({ four, six }: SocketTables, port: number): string[] {
  const local = `:${hexPort(port)} `;
  // The far end's port looks the same; the local one comes first.
  const isLocal = (line: string): boolean => line.split(/\s+/)[1]?.endsWith(local.trim()) === true;
  return [...inodesAt(four, local, isLocal), ...inodesAt(six, local, isLocal)];
}

function inodesAt(
  table: string,
  needle: string,
  accept: (line: string) => boolean = () => true,
): string[] {
  const inodes: string[] = [];
  for (let at = table.indexOf(needle); at >= 0; at = table.indexOf(needle, at + 1)) {
    const start = table.lastIndexOf('\n', at) + 1;
    const end = table.indexOf('\n', at);
    const line = table.slice(start, end < 0 ? undefined : end).trim();
    // sl, local, remote, state, queues, timer, retransmits, uid, timeout, inode
    const inode = line.split(/\s+/)[9];
    if (inode !== undefined && inode !== NO_INODE && accept(line)) inodes.push(inode);
  }
  return inodes;
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

function hexAddress4(address: string): string {
  return hexWord(parseIp(address)?.w0 ?? 0);
}

/** An IPv4 address as a socket that speaks both families has it (RFC 4291 section 2.5.5.2). */
function hexAddress6(address: string): string {
  const ip = parseIp(address);
  if (ip === null) return '';
  const words = ip.family === 4 ? [0, 0, 0xffff, ip.w0] : [ip.w0, ip.w1, ip.w2, ip.w3];
  return words.map(hexWord).join('');
}

/** 32 bits of an address, printed as the number that the machine takes them for. */
function hexWord(word: number): string {
  const bytes = Buffer.alloc(4);
  if (endianness() === 'LE') bytes.writeInt32LE(word | 0);
  else bytes.writeInt32BE(word | 0);
  return bytes.toString('hex').toUpperCase();
}
