/** Do packets of every size fit? Sizes are compared, and one of the full size goes through the tunnel and back. */
import type { DoctorText, Fix } from '../../api/doctor.ts';
import type { MachineInterface } from '../../platform/inspector.ts';
import { callUdp } from '../call.ts';
import { NEEDS_CAPTURE, fix, say } from '../check.ts';
import type { Finding, Patient } from '../check.ts';
import { probeAddress } from '../probe-address.ts';

/** What Ethernet, Wi-Fi, WSL, containers and hotspots all take. */
export const USUAL_MTU = 1500;
/** The least that IPv6 works with, and so the tunnel (RFC 8200 section 5). */
export const LEAST_MTU = 1280;
/** Headers of IPv4 and UDP. */
const HEADERS = 28;
const LARGEST_DATAGRAM = 65_507;

export async function mtu(patient: Patient, signal: AbortSignal): Promise<Finding> {
  const { tunnel, inspector, policy } = patient;
  const mtu = patient.status().tun?.mtu ?? 0;
  if (tunnel === null || mtu === 0 || !policy.config.tun.autoRoute) return NEEDS_CAPTURE;
  const { uplink, interfaces } = await inspector.look();
  const details: DoctorText[] = [say('doctor.mtu.tunnel', { mtu })];
  const ways = new Set([uplink?.device4, uplink?.device6]);
  for (const { name, mtu: size } of interfaces) {
    if (ways.has(name)) details.push(say('doctor.mtu.uplink', { device: name, mtu: size }));
  }
  const guests = guestsOf(interfaces);
  for (const { name, mtu: size } of guests) {
    details.push(say('doctor.mtu.guest', { device: name, mtu: size }));
  }
  const comesThrough = await callWithFullSize(patient, mtu, signal);
  if (comesThrough) details.push(say('doctor.mtu.path', { mtu }));
  if (!comesThrough) {
    return {
      verdict: 'failed',
      summary: say('doctor.mtu.lost'),
      details,
      fix: fixOf(Math.min(USUAL_MTU, mtu)),
    };
  }
  const [narrow] = guests;
  if (narrow !== undefined && narrow.mtu < mtu) {
    return {
      verdict: 'warning',
      summary: say('doctor.mtu.guests'),
      details,
      fix: fixOf(Math.max(LEAST_MTU, narrow.mtu)),
    };
  }
  if (mtu > USUAL_MTU) {
    const summary = say('doctor.mtu.large', { mtu });
    return { verdict: 'warning', summary, details, fix: fixOf(USUAL_MTU) };
  }
  return { verdict: 'ok', summary: say('doctor.mtu.ok'), details };
}

/** Interfaces with guests behind them, the one with the smallest packets first. */
export function guestsOf(interfaces: readonly MachineInterface[]): MachineInterface[] {
  return interfaces
    .filter(({ zone, up, mtu: size }) => zone !== null && up && size > 0)
    .toSorted((a, b) => a.mtu - b.mtu);
}

function fixOf(mtu: number): Fix {
  return fix(say('doctor.mtu.fix', { mtu }), { kind: 'set', path: 'tun.mtu', value: mtu });
}

/** The kernel does not fragment what just fits, and asks routers not to. */
async function callWithFullSize(
  { probes, policy }: Patient,
  mtu: number,
  signal: AbortSignal,
): Promise<boolean> {
  const address = probeAddress(policy.config.tun.routeAddress, 4);
  if (address === null) return true;
  const probe = probes.open('udp', address);
  try {
    const bytes = Buffer.alloc(Math.min(mtu - HEADERS, LARGEST_DATAGRAM), 0x5a);
    const answer = await callUdp(address, probe.port, bytes, signal);
    return answer?.length === bytes.length;
  } finally {
    probe.close();
  }
}
