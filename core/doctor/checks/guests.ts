/** Can containers and virtual machines go through Sluice? As far as the kernel tells where it would lead them. */
import type { DoctorText } from '../../api/doctor.ts';
import type { MachineInterface } from '../../platform/inspector.ts';
import { formatIp, parseIp } from '../../../rules/ip.ts';
import { NEEDS_CAPTURE, fix, say } from '../check.ts';
import type { Finding, Patient } from '../check.ts';
import { probeAddress } from '../probe-address.ts';

const HTTPS_PORT = 443;
/** Their engines allow in the firewall what their guests need. */
const MANAGED = /^(docker|br-[0-9a-f]{12}$|virbr|lxdbr|incusbr|podman|cni)/;

export async function guests(patient: Patient): Promise<Finding> {
  const { tunnel, inspector, policy } = patient;
  if (tunnel === null || !policy.config.tun.autoRoute) return NEEDS_CAPTURE;
  const { interfaces, isWsl } = await inspector.look();
  const details: DoctorText[] = isWsl ? [say('doctor.guests.wsl')] : [];
  const devices = interfaces.filter(
    ({ zone, up, addresses }) => zone !== null && up && guestOf(addresses) !== null,
  );
  if (devices.length === 0) {
    return { verdict: 'skipped', summary: say('doctor.guests.none'), details };
  }
  const { ipv4, ipv6, dropping } = await inspector.forwarding();
  if (!ipv4) details.push(say('doctor.guests.noForwarding', { family: 'IPv4' }));
  if (!ipv6) details.push(say('doctor.guests.noForwarding', { family: 'IPv6' }));
  if (!ipv4) {
    return {
      verdict: 'warning',
      summary: say('doctor.guests.off'),
      details,
      fix: fix(say('doctor.guests.fixForwarding')),
    };
  }
  const past: string[] = [];
  for (const device of devices) {
    const way = await wayOf(patient, device);
    const [name, zone] = [device.name, device.zone ?? ''];
    if (way === tunnel.device) {
      details.push(say('doctor.guests.led', { device: name, zone }));
      continue;
    }
    past.push(name);
    details.push(
      way === null
        ? say('doctor.guests.refused', { device: name, zone })
        : say('doctor.guests.ledPast', { device: name, zone, way }),
    );
  }
  if (past.length > 0) {
    return {
      verdict: 'failed',
      summary: say('doctor.guests.past'),
      details,
      fix: fix(say('doctor.capture.fixVpn')),
    };
  }
  if (dropping.length > 0) {
    details.push(say('doctor.guests.dropping', { chains: dropping.join(', ') }));
    if (devices.some(({ name }) => !MANAGED.test(name))) {
      return {
        verdict: 'warning',
        summary: say('doctor.guests.firewall'),
        details,
        fix: fix(say('doctor.guests.fixFirewall', { device: tunnel.device })),
      };
    }
  }
  return { verdict: 'ok', summary: say('doctor.guests.ok'), details };
}

/** The device by which a guest's connection would leave; null: it is refused. */
async function wayOf(
  { inspector, policy }: Patient,
  { name, addresses }: MachineInterface,
): Promise<string | null> {
  const destination = probeAddress(policy.config.tun.routeAddress, 4);
  const address = guestOf(addresses);
  if (destination === null || address === null) return null;
  const from = { address, device: name };
  const way = await inspector.wayTo(destination, { network: 'tcp', port: HTTPS_PORT, from });
  return way.kind === 'device' ? way.device : null;
}

/** An address that a guest might have: the one next to ours. */
function guestOf(addresses: readonly string[]): string | null {
  for (const prefix of addresses) {
    const [own = '', bits = ''] = prefix.split('/');
    const ip = parseIp(own);
    if (ip?.family !== 4 || Number(bits) > 30) continue;
    return formatIp({ ...ip, w0: (ip.w0 ^ 2) | 0 });
  }
  return null;
}
