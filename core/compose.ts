/**
 * The parts of a running Sluice: the state folder, the platform, lists, the resolver and the engine, put
 * together in the order in which they depend on each other. Owns none of them.
 */
import { join } from 'node:path';
import { SluiceError } from './api/errors.ts';
import type { Config } from './config/config.ts';
import { DirectWayOut } from './dns/direct-way-out.ts';
import type { NameSets } from './dns/exchange.ts';
import { NameResolver, systemPaths } from './dns/name-resolver.ts';
import type { EngineParts } from './engine/assembly.ts';
import { Engine } from './engine/engine.ts';
import { deviceOf } from './engine/tunnel-settings.ts';
import { EngineWayOut } from './engine/way-out.ts';
import { ChoiceFile } from './groups/choice-file.ts';
import type { Logger } from './log/logger.ts';
import type { Binding } from './native/binding.d.ts';
import { openPlatform } from './platform/index.ts';
import type { Platform } from './platform/platform.ts';
import { openStateDir } from './platform/state-dir.ts';
import { FlowOwners } from './process/flow-owners.ts';
import { ListenerOwner } from './process/listener-owner.ts';
import { SocketHolders } from './process/socket-holders.ts';
import { Providers } from './providers/providers.ts';
import { buildUpstream } from './upstream/registry.ts';

export interface PartOptions {
  readonly stateDir: string;
  readonly log: Logger;
  /** Both this system's own; tests bring a platform that changes nothing, and a device in memory. */
  readonly openPlatform?: (stateDir: string) => Promise<Platform>;
  readonly deviceOf?: EngineParts['deviceOf'];
}

export interface CoreParts {
  readonly log: Logger;
  readonly stateDir: string;
  readonly platform: Platform;
  readonly providers: Providers;
  readonly resolver: NameResolver;
  readonly engine: Engine;
  /** The way past the tunnel. */
  readonly direct: DirectWayOut;
}

/** What takes apart what was put together, last first. */
export type Undo = (() => unknown)[];

/** In the state folder: what was chosen in groups, and the names of fake addresses. */
const CHOICE_FILE = 'choices.json';
const FAKE_IP_FILE = 'fake-ips';

/** Rejects with `SluiceError`; what was put together until then is in `undo`, too. The engine runs. */
export async function composeParts(
  options: PartOptions,
  config: Config,
  undo: Undo,
): Promise<CoreParts> {
  const { log } = options;
  const state = openState(options.stateDir);
  const stateDir = state.path;
  undo.push(() => state.release());
  const platform = await (options.openPlatform ?? openPlatform)(stateDir);
  undo.push(() => platform.close());
  platform.onNotice = (sentence) => log.warning('LEFT_ALONE', sentence);
  for (const line of platform.leftovers.undone) log.info('LEFTOVER_UNDONE', line);
  for (const line of platform.leftovers.notices) log.warning('LEFT_ALONE', line);
  for (const line of platform.leftovers.warnings) log.warning('LEFTOVER', line);
  const providers = new Providers(config, {
    stateDir,
    log,
    dialThrough: (proxy) => engine.dialThrough(proxy),
    onProxies: () => void engine.refreshProxies().catch((cause: unknown) => logDefect(cause, log)),
  });
  undo.push(() => providers.close());
  const lists = await providers.prepare(config);
  const bindingFor = (address: string): Binding | null => platform.bindingFor(address);
  const sets: NameSets = (kind, name) => providers.nameSet(kind, name);
  const direct = new DirectWayOut({
    bindingFor,
    connectTcp: (...where) => engine.connectTcp(...where),
  });
  const isOwn = (address: string): boolean => platform.zoneOf(address) === 'host';
  const wayOut = new EngineWayOut(direct, () => engine.policy, isOwn);
  const resolver = new NameResolver(config, {
    bindingFor,
    wayOut,
    sets,
    countryOf: (ip) => providers.context.geoip(ip),
    paths: systemPaths(stateDir),
    onBadReply: (server, reason) => engine.dns?.noteBadReply(server, reason),
  });
  undo.push(() => resolver.close());
  const holders = new SocketHolders();
  const listeners = new ListenerOwner(holders);
  const choices = new ChoiceFile(join(stateDir, CHOICE_FILE), log);
  undo.push(() => choices.flush());
  const engine: Engine = new Engine({
    platform,
    log,
    resolver,
    sets,
    fakeIpFile: join(stateDir, FAKE_IP_FILE),
    resolverPorts: () => wayOut.portsHere,
    owns: (ports, socket) => listeners.owns(ports, socket),
    owners: new FlowOwners(isOwn, holders),
    buildUpstream,
    lists: providers,
    choices,
    deviceOf: options.deviceOf ?? deviceOf,
  });
  undo.push(() => engine.stop());
  // Groups begin with the proxies that are kept on disk.
  lists.commit();
  await engine.start(config);
  providers.start();
  return { log, stateDir, platform, providers, resolver, engine, direct };
}

function logDefect(cause: unknown, log: Logger): void {
  const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  log.error('ERR_INTERNAL', reason);
}

/** Most who see the state folder refused have only forgotten sudo. */
function openState(path: string): ReturnType<typeof openStateDir> {
  try {
    return openStateDir(path);
  } catch (cause) {
    const refused = cause instanceof SluiceError && cause.code === 'ERR_STATE_DIR';
    if (!refused || process.geteuid?.() === 0) throw cause;
    throw new SluiceError(
      'ERR_NO_PRIVILEGE',
      `Sluice has to run as root (sudo), or with CAP_NET_ADMIN and a state folder of its own: ${cause.message}`,
      { cause },
    );
  }
}
