/** Does what a program sends come to Sluice? A connection that is bound to nothing shows it. */
import type { DoctorText } from '../../api/doctor.ts';
import { DOCTOR_ADDRESS } from '../../dns/special-names.ts';
import { callTcp } from '../call.ts';
import { fix, say } from '../check.ts';
import type { Finding, Patient } from '../check.ts';
import { probeAddress } from '../probe-address.ts';

export async function capture(patient: Patient, signal: AbortSignal): Promise<Finding> {
  const { tunnel, policy, inspector } = patient;
  const { tun } = policy.config;
  if (!tun.enable) {
    const action = { kind: 'set', path: 'tun.enable', value: true } as const;
    return {
      verdict: 'failed',
      summary: say('doctor.capture.noTunnel'),
      fix: fix(say('doctor.capture.fixTunnel'), action),
    };
  }
  if (tunnel === null) {
    return {
      verdict: 'failed',
      summary: say('doctor.capture.off'),
      fix: fix(say('doctor.capture.fixOn'), { kind: 'capture' }),
    };
  }
  if (!tun.autoRoute) {
    const action = { kind: 'set', path: 'tun.auto-route', value: true } as const;
    return {
      verdict: 'warning',
      summary: say('doctor.capture.noRoutes'),
      fix: fix(say('doctor.capture.fixRoutes'), action),
    };
  }
  const details: DoctorText[] = [];
  if (tun.routeAddress.length > 0) {
    details.push(say('doctor.capture.only', { networks: tun.routeAddress.join(', ') }));
  }
  if (tun.routeExcludeAddress.length > 0) {
    details.push(say('doctor.capture.excluded', { networks: tun.routeExcludeAddress.join(', ') }));
  }
  const rules = await inspector.rulesBefore(tun.iproute2RuleIndex);
  if (rules.length > 0) details.push(say('doctor.capture.rules', { rules: rules.join('; ') }));
  const { halves } = await inspector.look();
  const [half] = halves;
  if (half !== undefined) {
    const networks = halves.map(({ prefix }) => prefix).join(', ');
    details.push(say('doctor.capture.halves', { networks, device: half.device }));
  }
  return { ...(await call(patient, tunnel.device, signal, details)), details };
}

async function call(
  { probes, inspector, policy }: Patient,
  device: string,
  signal: AbortSignal,
  details: DoctorText[],
): Promise<Finding> {
  const address = probeAddress(policy.config.tun.routeAddress, 4) ?? DOCTOR_ADDRESS[4];
  const probe = probes.open('tcp', address);
  try {
    const begun = performance.now();
    const outcome = await callTcp(address, probe.port, signal);
    if (probe.arrivals.length > 0) {
      const ms = Math.round(performance.now() - begun);
      details.push(say('doctor.capture.arrived', { ms }));
      if (outcome === 'answered') return { verdict: 'ok', summary: say('doctor.capture.ok') };
    }
    const way = await inspector.wayTo(address, { network: 'tcp', port: probe.port });
    if (way.kind === 'refused') {
      const summary = say('doctor.capture.nowhere');
      return { verdict: 'failed', summary, fix: fix(say('doctor.capture.fixVpn')) };
    }
    if (way.device !== device) {
      const summary = say('doctor.capture.past', { device: way.device });
      return { verdict: 'failed', summary, fix: fix(say('doctor.capture.fixVpn')) };
    }
    const summary = say('doctor.capture.lost');
    return { verdict: 'failed', summary, fix: fix(say('doctor.capture.fixFirewall', { device })) };
  } finally {
    probe.close();
  }
}
