/** Does the upstream that most traffic takes carry datagrams? Asked for a relay, and a query through it. */
import type { DoctorText } from '../../api/doctor.ts';
import { SluiceError, toApiError } from '../../api/errors.ts';
import type { Config } from '../../config/config.ts';
import { queryAbout } from '../../dns/dns-service.ts';
import type { Way } from '../../groups/group.ts';
import { discard } from '../../upstream/attempt.ts';
import type { UdpAssociation } from '../../upstream/upstream.ts';
import { isLanIp, parseIp } from '../../../rules/ip.ts';
import { fix, say } from '../check.ts';
import type { Finding, Patient } from '../check.ts';
import { mainWay } from '../main-way.ts';
import { exchangeDatagram } from '../relayed-datagram.ts';

const DNS_PORT = 53;
const WAIT_MS = 3_500;
/** Who serves the root of all names: every resolver knows, and it says nothing of the user. */
const NS = 2;
const ROOT = Uint8Array.of(0);

export async function udp(patient: Patient, signal: AbortSignal): Promise<Finding> {
  const way = mainWay(patient.policy, 'udp');
  const { proxy } = way ?? {};
  if (way == null || proxy == null) {
    return { verdict: 'skipped', summary: say('doctor.udp.refused') };
  }
  if (way.groups.some(({ config }) => config.disableUdp)) return without(patient, way, null);
  let association: UdpAssociation;
  try {
    association = await proxy.associate(signal);
  } catch (cause) {
    if (!(cause instanceof SluiceError)) throw cause;
    return cause.code === 'ERR_UPSTREAM_NO_UDP'
      ? without(patient, way, cause)
      : {
          verdict: 'failed',
          summary: say('doctor.udp.failed', { name: proxy.name }),
          details: [say('doctor.udp.reason', { message: toApiError(cause).message })],
          fix: fix(say('doctor.upstream.fixOther', { name: proxy.name }), PAGE),
        };
  }
  try {
    return await tryOut(patient, proxy.name, association, signal);
  } finally {
    if (association.kind === 'socks5') discard(association.control);
  }
}

async function tryOut(
  patient: Patient,
  name: string,
  association: UdpAssociation,
  signal: AbortSignal,
): Promise<Finding> {
  const isDirect = association.kind === 'direct';
  const well = isDirect ? say('doctor.udp.direct') : say('doctor.udp.ok', { name });
  const server = serverOf(patient.policy.config);
  if (server === null) {
    return { verdict: 'ok', summary: well, details: [say('doctor.udp.noServer')] };
  }
  // Where the proxy ends it, nothing comes back.
  if (!isDirect) association.control.on('error', () => undefined);
  const question = {
    relay: isDirect ? null : association.relay,
    target: { host: server, port: DNS_PORT, ip: parseIp(server) },
    payload: queryAbout(ROOT, NS),
    wait: WAIT_MS,
  };
  const begun = performance.now();
  const answer = await exchangeDatagram(patient.datagrams, question, signal);
  if (answer !== null) {
    const ms = Math.round(performance.now() - begun);
    return { verdict: 'ok', summary: well, details: [say('doctor.udp.answered', { server, ms })] };
  }
  return {
    verdict: 'failed',
    summary: say('doctor.udp.broken', { name }),
    details: [say('doctor.udp.silent', { server })],
    fix: isDirect
      ? fix(say('doctor.udp.fixServer', { server }), { kind: 'open', page: 'dns' })
      : fix(say('doctor.udp.fixBroken', { name }), PAGE),
  };
}

/** What becomes of datagrams where the upstream carries none: `sluice.udp-fallback`. */
function without({ policy }: Patient, way: Way, why: SluiceError | null): Finding {
  const name = way.proxy?.name ?? '';
  const details: DoctorText[] =
    why === null ? [] : [say('doctor.udp.reason', { message: why.message })];
  const summary = say('doctor.udp.without', { name });
  const advice = fix(say('doctor.udp.fixUpstream'), PAGE);
  switch (policy.config.sluice.udpFallback) {
    case 'direct':
      return {
        verdict: 'warning',
        summary,
        details: [...details, say('doctor.udp.past')],
        fix: advice,
      };
    case 'next': {
      const next = nextWithUdp(way);
      if (next === null) break;
      return {
        verdict: 'ok',
        summary,
        details: [...details, say('doctor.udp.next', { name: next })],
      };
    }
    case 'reject':
      break;
  }
  return {
    verdict: 'warning',
    summary,
    details: [...details, say('doctor.udp.reject')],
    fix: advice,
  };
}

/** The next member of the innermost group that may carry datagrams; as the configuration says. */
function nextWithUdp({ groups }: Way): string | null {
  for (const group of groups.toReversed()) {
    const next = group.usable.find(
      (member) => 'udp' in member && member.udp && member.type !== 'Direct',
    );
    if (next !== undefined) return next.name;
  }
  return null;
}

/** A resolver that both this machine and a proxy elsewhere can reach. */
function serverOf({ dns }: Config): string | null {
  const hosts = [...dns.nameserver, ...dns.fallback, ...dns.defaultNameserver].flatMap((server) =>
    server.kind === 'udp' && server.port === DNS_PORT ? [server.host] : [],
  );
  return (
    hosts.find((host) => {
      const ip = parseIp(host);
      return ip !== null && !isLanIp(ip);
    }) ?? null
  );
}

const PAGE = { kind: 'open', page: 'upstreams' } as const;
