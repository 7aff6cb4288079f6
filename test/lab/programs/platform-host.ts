/**
 * Drives the platform inside a namespace, as core does. Takes one call a line on stdin,
 * `{"call":"up","argument":{...}}`, and prints one line for each: `{"result":...}` or
 * `{"error":{"code","message"}}`; a new uplink is a line `{"uplink":...}` of its own.
 *
 * Usage: platform-host.ts STATE-FOLDER
 */
import { createInterface } from 'node:readline';
import { cleanUp, openPlatform } from '../../../core/platform/index.ts';
import type { Platform, TunnelOptions } from '../../../core/platform/platform.ts';
import { openStateDir } from '../../../core/platform/state-dir.ts';

let platform: Platform | null = null;

function opened(): Platform {
  if (platform === null) throw new Error('call open first');
  return platform;
}

const calls: Record<string, (argument: unknown) => unknown> = {
  async open() {
    platform = await openPlatform(stateDir.path);
    return platform.leftovers;
  },
  capable: () => opened().assertCapable(),
  up: (options) => opened().up(options as TunnelOptions),
  down: () => opened().down(),
  watch: (device) =>
    opened().watchUplink(device as string, (uplink) => console.log(JSON.stringify({ uplink }))),
  uplink: () => opened().uplink,
  binding: (address) => opened().bindingFor(address as string),
  close: () => opened().close(),
  cleanUp: () => cleanUp(stateDir.path),
};

const stateDir = openStateDir(process.argv[2]);
for await (const line of createInterface({ input: process.stdin })) {
  const { call, argument } = JSON.parse(line) as { call: string; argument: unknown };
  try {
    console.log(JSON.stringify({ result: (await calls[call]?.(argument)) ?? null }));
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    console.log(JSON.stringify({ error: { code, message } }));
  }
}
stateDir.release();
