/** Do our own connections come back to us? One is opened as all of ours are, past the tunnel. */
import type { DoctorText } from '../../api/doctor.ts';
import { DOCTOR_ADDRESS } from '../../dns/special-names.ts';
import { listenersOn } from '../../process/listeners.ts';
import { NEEDS_CAPTURE, fix, say } from '../check.ts';
import type { Finding, Patient } from '../check.ts';

/** Where it comes back, that takes microseconds. */
const WAIT_MS = 400;
/** Discard (RFC 863). */
const PORT = 9;
/** Programs that pass on what comes to a port of a container: who dials out is somebody else. */
const FORWARDERS = new Set(['docker-proxy', 'rootlessport', 'slirp4netns', 'pasta', 'pasta.avx2']);

export async function loop(patient: Patient, signal: AbortSignal): Promise<Finding> {
  if (patient.tunnel === null) return NEEDS_CAPTURE;
  const before = patient.status().breaker.refused;
  await callPast(patient, signal);
  const count = patient.status().breaker.refused;
  const details: DoctorText[] = count > 0 ? [say('doctor.loop.refused', { count })] : [];
  if (count > before) {
    const rules = await patient.inspector.rulesBefore(patient.policy.config.tun.iproute2RuleIndex);
    if (rules.length > 0) details.push(say('doctor.capture.rules', { rules: rules.join('; ') }));
    return {
      verdict: 'failed',
      summary: say('doctor.loop.now'),
      details,
      fix: fix(say('doctor.loop.fixRules')),
    };
  }
  const forwarders = await forwardersOf(patient);
  if (forwarders.length > 0) {
    return {
      verdict: 'warning',
      summary: say('doctor.loop.local'),
      details: [...details, ...forwarders],
      fix: fix(say('doctor.loop.fixLocal'), { kind: 'open', page: 'rules' }),
    };
  }
  if (count === 0) return { verdict: 'ok', summary: say('doctor.loop.ok') };
  return {
    verdict: 'warning',
    summary: say('doctor.loop.before', { count }),
    fix: fix(say('doctor.loop.fixRules')),
  };
}

/** Resolves when it is over, whatever came of it. */
async function callPast(patient: Patient, signal: AbortSignal): Promise<void> {
  const address = DOCTOR_ADDRESS[4];
  const binding = patient.bindingFor(address);
  if (binding === null) return;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)]);
  try {
    const stream = await patient.connectTcp(address, PORT, binding, limit);
    stream.on('error', () => undefined).destroy();
  } catch {
    // Nobody is there.
  }
  signal.throwIfAborted();
}

/** Upstreams on this machine whose own connections cannot be told from those of a guest. */
async function forwardersOf(patient: Patient): Promise<DoctorText[]> {
  const found: DoctorText[] = [];
  for (const proxy of patient.policy.config.proxies) {
    if (!('server' in proxy) || proxy.dialerProxy !== '') continue;
    const { server, port } = proxy;
    const isLocal = server === 'localhost' || patient.bindingFor(server)?.device === '';
    if (!isLocal) continue;
    const program = (await listenersOn(port)).find((name) => FORWARDERS.has(name));
    if (program === undefined) continue;
    found.push(say('doctor.loop.forwarder', { program, server: `${server}:${port}` }));
  }
  return found;
}
