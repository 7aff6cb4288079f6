/**
 * Drives the platform inside a namespace, as core does. Takes one call a line on stdin,
 * `{"call":"up","argument":{...}}`, and prints one line for each: `{"result":...}` or
 * `{"error":{"code","message"}}`; a new uplink is a line `{"uplink":...}` of its own.
 * `resolve` looks names up past the tunnel, all at once; `giveUp` makes nobody wait for them.
 *
 * Usage: platform-host.ts STATE-FOLDER
 */
import { createInterface } from 'node:readline';
import type { UpstreamError } from '../../../core/api/errors.ts';
import type { Binding } from '../../../core/native/binding.d.ts';
import { cleanUp, openPlatform } from '../../../core/platform/index.ts';
import type { Platform, TunnelOptions } from '../../../core/platform/platform.ts';
import { openStateDir } from '../../../core/platform/state-dir.ts';
import { parseConfig } from '../../../core/config/parse-config.ts';
import type { LeaseFolders } from '../../../core/dns/dhcp/lease-files.ts';
import { DirectWayOut } from '../../../core/dns/direct-way-out.ts';
import { NameResolver } from '../../../core/dns/name-resolver.ts';
import type { ResolverPaths } from '../../../core/dns/name-resolver.ts';

let platform: Platform | null = null;
let resolver: NameResolver | null = null;

function opened(): Platform {
  if (platform === null) throw new Error('call open first');
  return platform;
}

async function lookUp(name: string, signal: AbortSignal): Promise<string[]> {
  if (resolver === null) throw new Error('call resolver first');
  return resolver.resolve(name, 'proxy-server', signal);
}

const notices: string[] = [];

const calls: Record<string, (argument: unknown) => unknown> = {
  async open() {
    platform = await openPlatform(stateDir.path);
    platform.onNotice = (notice) => notices.push(notice);
    return platform.leftovers;
  },
  capable: () => opened().assertCapable(),
  up: (options) => opened().up(options as TunnelOptions),
  down: () => opened().down(),
  watch: (device) =>
    opened().watchUplink(device as string, (uplink) => console.log(JSON.stringify({ uplink }))),
  uplink: () => opened().uplink,
  notices: () => notices.splice(0),
  zone: (address) => opened().zoneOf(address as string),
  binding: (address) => opened().bindingFor(address as string),
  resolver(argument) {
    const { paths, dns, leases } = argument as {
      paths: ResolverPaths;
      dns: string;
      leases?: LeaseFolders;
    };
    const { config, problems } = parseConfig(dns, 'lab.yaml');
    if (config === null) throw new Error(JSON.stringify(problems));
    const bindingFor = (address: string): Binding | null => opened().bindingFor(address);
    const wayOut = new DirectWayOut({ bindingFor });
    const sets = (): null => null;
    resolver?.close();
    const own = { paths, ...(leases === undefined ? {} : { leases }) };
    resolver = new NameResolver(config, { bindingFor, wayOut, sets, countryOf: () => [], ...own });
  },
  async resolve(argument) {
    const { names, giveUp } = argument as { names: string[]; giveUp: boolean };
    const abort = new AbortController();
    const results = names.map((name) => lookUp(name, abort.signal));
    if (giveUp) setTimeout(() => abort.abort(new Error('nobody waits')), 50);
    return (await Promise.allSettled(results)).map((result) => {
      if (result.status === 'fulfilled') return result.value;
      const { code, failure, message } = result.reason as UpstreamError;
      return { code, failure, message };
    });
  },
  flush: () => resolver?.flush(),
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
