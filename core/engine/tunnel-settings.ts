/** The part of a configuration that is about the device and its routes. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';
import type { DeviceSpec } from '../native/binding.d.ts';
import type { TunnelDns, TunnelOptions } from '../platform/platform.ts';

const DEFAULT_DEVICE = 'sluice0';

/** The device of a configuration; in memory, where nothing is to be captured. */
export function deviceOf({ tun }: Config): DeviceSpec {
  if (!tun.enable) return { kind: 'memory', mtu: tun.mtu };
  const name = tun.device === '' ? DEFAULT_DEVICE : tun.device;
  return { kind: 'tun', name, mtu: tun.mtu, offload: true };
}

/** `mtu` is that of the open device. */
export function tunnelOptionsOf(config: Config, device: string, mtu: number): TunnelOptions {
  const { tun } = config;
  return {
    device,
    mtu,
    address4: tun.inet4Address,
    address6: tun.inet6Address,
    autoRoute: tun.autoRoute,
    routeAddress: tun.routeAddress,
    routeExcludeAddress: tun.routeExcludeAddress,
    fakeRanges: fakeRangesOf(config),
    dns: dnsOf(config),
    tableIndex: tun.iproute2TableIndex,
    ruleIndex: tun.iproute2RuleIndex,
  };
}

/** They lead into the tunnel even where nothing else does: an old answer must not leave the machine. */
function fakeRangesOf({ dns }: Config): string[] {
  if (!dns.enable || dns.mode !== 'fake-ip') return [];
  return [dns.fakeIpRange, dns.fakeIpRange6];
}

/** Only where queries that go into the tunnel are answered there. */
function dnsOf({ dns, tun, sluice }: Config): TunnelDns | null {
  if (!dns.enable || !sluice.systemDns) return null;
  const entries = tun.dnsHijack.filter(({ network, port }) => network === 'udp' && port === 53);
  if (entries.length === 0) return null;
  const isEverywhere = entries.some(({ address }) => address === '');
  return { answers: isEverywhere ? [] : entries.map(({ address }) => address) };
}

/** Whether both lead the same traffic into the same device. */
export function sameTunnel(a: Config, b: Config): boolean {
  return isDeepStrictEqual(tunnelOptionsOf(a, '', 0), tunnelOptionsOf(b, '', 0));
}

const LASTING_TUN_KEYS = { enable: 'tun.enable', device: 'tun.device', mtu: 'tun.mtu' } as const;

/** YAML paths of what differs and cannot be changed while the device is open. */
export function restartNeeded(running: Config, wanted: Config): string[] {
  const paths: string[] = [];
  for (const [key, path] of Object.entries(LASTING_TUN_KEYS)) {
    const name = key as keyof typeof LASTING_TUN_KEYS;
    if (running.tun[name] !== wanted.tun[name]) paths.push(path);
  }
  if (!isDeepStrictEqual(running.sluice.limits, wanted.sluice.limits)) paths.push('sluice.limits');
  return paths;
}
