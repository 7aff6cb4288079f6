/**
 * Which zone is behind each interface, by what container engines and hypervisors put there. Pure.
 * Names come first, since they say what a bridge is for even while nothing is plugged into it.
 */
import type { Zone } from '../../../rules/flow-facts.ts';
import type { Link } from './ip-output.ts';

/** docker, podman, CNI, Kubernetes, LXC, LXD, Incus, nerdctl, Waydroid; `br-` and 12 digits: networks of Docker. */
const CONTAINER_BRIDGE =
  /^(docker|podman|cni|cbr|lxcbr|lxdbr|incusbr|nerdctl|waydroid|kube-bridge)|^br-[0-9a-f]{12}$/;
/** libvirt, VMware, VirtualBox, Multipass. The modules of VMware and VirtualBox tell no kind. */
const VM_DEVICE = /^(virbr|vmnet|vboxnet|mpqemubr)[0-9]/;

/**
 * By the name of the interface; one that is not here leads to the LAN. A machine may be a
 * container itself, and `uplinks` a veth: what is out there is no container of its own.
 */
export function zonesOf(
  links: readonly Link[],
  uplinks: readonly string[],
): ReadonlyMap<string, Zone> {
  const zones = new Map<string, Zone>();
  for (const link of links) {
    if (uplinks.includes(link.name)) continue;
    const ports = links.filter(({ master }) => master === link.name);
    const zone = link.kind === 'bridge' ? bridgeZone(link.name, ports) : deviceZone(link);
    if (zone !== null) zones.set(link.name, zone);
  }
  return zones;
}

function bridgeZone(name: string, ports: readonly Link[]): Zone | null {
  if (CONTAINER_BRIDGE.test(name)) return 'container';
  if (VM_DEVICE.test(name)) return 'vm';
  const behind = ports.map(deviceZone);
  // With one port on the LAN the guests have addresses of the LAN: nothing tells them apart.
  if (behind.includes(null)) return null;
  return behind.includes('vm') ? 'vm' : (behind[0] ?? null);
}

function deviceZone({ name, kind, isTap }: Link): Zone | null {
  if (kind === 'veth') return 'container';
  return isTap || kind === 'macvtap' || VM_DEVICE.test(name) ? 'vm' : null;
}
