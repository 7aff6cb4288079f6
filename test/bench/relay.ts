/** Compiles and starts socks_relay.c and udp_relay.c, the SOCKS5 server that every subject of the bench goes through. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { cacheDir, run } from '../../build/process.ts';
import { proxies } from '../lab/addresses.ts';
import type { Lab } from '../lab/lab.ts';
import type { Daemon } from '../lab/processes.ts';

export const relayAddress = proxies.microsocks;
export const relayPort = 1090;

export async function startRelay(lab: Lab): Promise<Daemon> {
  mkdirSync(cacheDir, { recursive: true });
  const binary = join(cacheDir, 'socks_relay');
  const sources = ['socks_relay.c', 'udp_relay.c'].map((name) => join(import.meta.dirname, name));
  await run('cc', ['-O2', '-o', binary, ...sources]);
  return lab.spawn('net', binary, [relayAddress, String(relayPort)]).listening(relayPort);
}
