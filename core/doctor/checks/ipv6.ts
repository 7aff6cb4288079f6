/** Does IPv6 go past Sluice? Programs prefer it, so that one default route is enough for a leak. */
import { DOCTOR_ADDRESS } from '../../dns/special-names.ts';
import { callTcp } from '../call.ts';
import { NEEDS_CAPTURE, fix, say } from '../check.ts';
import type { Finding, Patient } from '../check.ts';
import { probeAddress } from '../probe-address.ts';

export async function ipv6(patient: Patient, signal: AbortSignal): Promise<Finding> {
  const { tunnel, policy, inspector, probes } = patient;
  const { config } = policy;
  if (tunnel === null || !config.tun.autoRoute) return NEEDS_CAPTURE;
  const { hasIpv6 } = await inspector.look();
  if (!hasIpv6) return { verdict: 'skipped', summary: say('doctor.ipv6.absent') };
  const captured = probeAddress(config.tun.routeAddress, 6);
  const address = captured ?? DOCTOR_ADDRESS[6];
  const probe = probes.open('tcp', address);
  try {
    await callTcp(address, probe.port, signal);
    if (probe.arrivals.length > 0) {
      // What is no probe is refused, once it has come here.
      const summary = config.ipv6 ? say('doctor.ipv6.ok') : say('doctor.ipv6.refused');
      return { verdict: 'ok', summary };
    }
    const way = await inspector.wayTo(address, { network: 'tcp', port: probe.port });
    if (way.kind === 'refused') {
      // Without an address in the tunnel, our own table refuses what would leave.
      const isOurs = tunnel.address6 === '';
      const summary = isOurs ? say('doctor.ipv6.refused') : say('doctor.ipv6.none');
      return { verdict: 'ok', summary };
    }
    if (way.device !== tunnel.device) {
      return {
        verdict: 'failed',
        summary: say('doctor.ipv6.leak', { device: way.device }),
        fix:
          captured === null
            ? fix(say('doctor.ipv6.fixNetworks'), { kind: 'open', page: 'rules' })
            : fix(say('doctor.capture.fixVpn')),
      };
    }
    return {
      verdict: 'failed',
      summary: say('doctor.ipv6.lost'),
      fix: fix(say('doctor.capture.fixFirewall', { device: tunnel.device })),
    };
  } finally {
    probe.close();
  }
}
