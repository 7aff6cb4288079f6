/**
 * Makes and removes the lab's network namespaces and the links between them. Names begin with the
 * owner's pid, so that the remains of a lab whose process is dead can be told from a living one.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { broken, guestLink, proxies, resolver, sites, uplink } from './addresses.ts';

export type NamespaceName = 'home' | 'guest' | 'net';

const namespaceNames: readonly NamespaceName[] = ['net', 'home', 'guest'];

const folderPrefix = 'sluice-lab-';
let labs = 0;

/** The namespaces of one lab and its temporary folder. */
export interface World {
  readonly namespaces: Readonly<Record<NamespaceName, string>>;
  readonly folder: string;
}

/** Creates everything. Needs root. */
export function createWorld(): World {
  sweep();
  const prefix = `sl-${process.pid}-${++labs}`;
  const world: World = {
    namespaces: { net: `${prefix}-net`, home: `${prefix}-home`, guest: `${prefix}-guest` },
    folder: mkdtempSync(join(tmpdir(), `${folderPrefix}${process.pid}-`)),
  };
  // Daemons that drop to another user read their files in it.
  chmodSync(world.folder, 0o755);
  try {
    for (const name of namespaceNames) run('ip', 'netns', 'add', world.namespaces[name]);
    for (const name of namespaceNames) sysctls(world.namespaces[name]);
    connectUplink(world);
    connectGuest(world);
    populateNet(world.namespaces.net);
    masquerade(world.namespaces.home);
  } catch (error) {
    destroyWorld(world);
    throw error;
  }
  return world;
}

/** Kills whatever runs in the namespaces and removes them. Synchronous: it also runs at exit. */
export function destroyWorld(world: World): void {
  for (const namespace of Object.values(world.namespaces)) removeNamespace(namespace);
  rmSync(world.folder, { recursive: true, force: true });
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' });
}

/** One `ip -batch`: a lab starts in a fraction of a second. */
function ipBatch(namespace: string, lines: readonly string[]): void {
  execFileSync('ip', ['-n', namespace, '-batch', '-'], { input: lines.join('\n') });
}

function removeNamespace(namespace: string): void {
  if (!existsSync(`/run/netns/${namespace}`)) return;
  for (const pid of run('ip', 'netns', 'pids', namespace).split('\n')) {
    if (pid === '') continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  try {
    run('ip', 'netns', 'del', namespace);
  } catch (error) {
    // Two labs may sweep the same remains at once.
    if (existsSync(`/run/netns/${namespace}`)) throw error;
  }
}

/** Removes what labs of dead processes left. */
function sweep(): void {
  const dead = (pid: string | undefined) => pid !== undefined && !existsSync(`/proc/${pid}`);
  const namespaces = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  for (const name of namespaces) {
    if (dead(/^sl-(\d+)-/.exec(name)?.[1])) removeNamespace(name);
  }
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(folderPrefix) ? name.split('-')[2] : undefined;
    if (dead(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function sysctls(namespace: string): void {
  const settings = {
    'net.ipv4.ip_forward': '1',
    'net.ipv6.conf.all.forwarding': '1',
    // Addresses are ready at once, those that the kernel makes as well.
    'net.ipv6.conf.all.accept_dad': '0',
    'net.ipv6.conf.default.accept_dad': '0',
    // Thousands of short connections between the same two addresses.
    'net.ipv4.ip_local_port_range': '1024 65535',
    'net.ipv4.tcp_tw_reuse': '1',
    // Every failing connect must be told so, not one a second.
    'net.ipv4.icmp_ratelimit': '0',
    'net.ipv6.icmp.ratelimit': '0',
  };
  const args = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  run('ip', 'netns', 'exec', namespace, 'sysctl', '-q', '-w', ...args);
  ipBatch(namespace, ['link set lo up']);
}

function connectUplink({ namespaces: { home, net } }: World): void {
  ipBatch(net, [
    `link add eth0 type veth peer name ${uplink.device} netns ${home}`,
    'link set eth0 up',
    `addr add ${uplink.net4}/24 dev eth0`,
    `addr add ${uplink.net6}/64 dev eth0 nodad`,
  ]);
  ipBatch(home, [
    `link set ${uplink.device} up`,
    `addr add ${uplink.home4}/24 dev ${uplink.device}`,
    `addr add ${uplink.home6}/64 dev ${uplink.device} nodad`,
    `route add default via ${uplink.net4}`,
    `route add default via ${uplink.net6}`,
  ]);
}

function connectGuest({ namespaces: { guest, home } }: World): void {
  ipBatch(home, [
    `link add ${guestLink.device} type veth peer name eth0 netns ${guest}`,
    `link set ${guestLink.device} up`,
    `addr add ${guestLink.home4}/20 dev ${guestLink.device}`,
    `addr add ${guestLink.home6}/64 dev ${guestLink.device} nodad`,
  ]);
  ipBatch(guest, [
    'link set eth0 up',
    `addr add ${guestLink.guest4}/20 dev eth0`,
    `addr add ${guestLink.guest6}/64 dev eth0 nodad`,
    `route add default via ${guestLink.home4}`,
    `route add default via ${guestLink.home6}`,
  ]);
}

function populateNet(net: string): void {
  const addresses = [
    ...new Set(Object.values(sites).flat()),
    ...Object.values(proxies),
    ...Object.values(resolver),
  ];
  ipBatch(net, [
    ...addresses.map((address) =>
      address.includes(':')
        ? `addr add ${address}/128 dev lo nodad`
        : `addr add ${address}/32 dev lo`,
    ),
    `route add unreachable ${broken.unreachable4}`,
    `route add unreachable ${broken.unreachable6}`,
    `route add prohibit ${broken.prohibited4}`,
    // A blackhole route would tell programs of this very namespace; this only swallows.
    'link add silence type veth peer name silence-end',
    'link set silence up arp off',
    'link set silence-end up',
    `route add ${broken.silent4} dev silence`,
    `route add ${broken.silent6} dev silence`,
  ]);
}

/** The host translates its guest's addresses, as Windows does for WSL. */
function masquerade(home: string): void {
  const ruleset = `table inet lab {
    chain postrouting {
      type nat hook postrouting priority srcnat;
      iifname "${guestLink.device}" oifname "${uplink.device}" masquerade
    }
  }`;
  execFileSync('ip', ['netns', 'exec', home, 'nft', '-f', '-'], { input: ruleset });
}
