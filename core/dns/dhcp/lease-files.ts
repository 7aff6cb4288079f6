/**
 * What the system's own DHCP client has learned: systemd-networkd and NetworkManager write it down
 * for each interface. Keeps nothing.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatIp, parseIp } from '../../../rules/ip.ts';

export interface LeaseFolders {
  /** `DNS=192.0.2.1 192.0.2.2` in a file that is named by the interface's number. */
  readonly networkd: string;
  /** `domain_name_servers=192.0.2.1 192.0.2.2` under `[dhcp4]` in a file of that name. */
  readonly networkManager: string;
  /** A folder for each interface, with its number in `ifindex`. */
  readonly classNet: string;
}

export const SYSTEM_LEASES: LeaseFolders = {
  networkd: '/run/systemd/netif/leases',
  networkManager: '/run/NetworkManager/devices',
  classNet: '/sys/class/net',
};

/** The resolvers of an interface; empty where nobody wrote them down. */
export async function leasedServers(
  interfaceName: string,
  folders: LeaseFolders,
): Promise<string[]> {
  const index = (await read(join(folders.classNet, interfaceName, 'ifindex'))).trim();
  if (!/^[0-9]+$/.test(index)) return [];
  const networkd = valueOf(await read(join(folders.networkd, index)), 'DNS');
  if (networkd.length > 0) return networkd;
  return valueOf(await read(join(folders.networkManager, index)), 'domain_name_servers');
}

/** The addresses behind `key=`. */
export function valueOf(text: string, key: string): string[] {
  const line = text.split('\n').find((one) => one.startsWith(`${key}=`)) ?? '';
  return line
    .slice(key.length + 1)
    .split(/[\s,]+/)
    .map((word) => parseIp(word))
    .filter((ip) => ip !== null)
    .map(formatIp);
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
