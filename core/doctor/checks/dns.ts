/**
 * Do the names that programs look up come to Sluice? Asked in the ways that programs ask: by the
 * system's own look-up, of the servers that it names, and of a foreign one. The names are random and
 * below one that only Sluice knows, so that an answer shows who gave it.
 */
import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { setTimeout } from 'node:timers/promises';
import type { DoctorText } from '../../api/doctor.ts';
import type { Config } from '../../config/config.ts';
import type { Nameserver } from '../../config/dns-config.ts';
import { queryAbout } from '../../dns/dns-service.ts';
import { DOCTOR_ADDRESS, DOCTOR_NAME } from '../../dns/special-names.ts';
import { TYPE } from '../../dns/wire/constants.ts';
import { encodeName } from '../../dns/wire/name.ts';
import { readableAnswers } from '../../dns/wire/readable.ts';
import type { SystemResolver } from '../../platform/inspector.ts';
import { isLoopback } from '../../../rules/ip.ts';
import { callUdp } from '../call.ts';
import { NEEDS_CAPTURE, fix, say } from '../check.ts';
import type { Finding, Patient } from '../check.ts';
import { mainWay } from '../main-way.ts';

const DNS_PORT = 53;
/** The system asks each server for some seconds, which nothing can break off. */
const PROGRAM_MS = 4_000;
/** glibc asks no more servers (resolv.conf(5)). */
const MAX_SERVERS = 3;

/** `past`: somebody else answered, or would have; `silent`: nobody did. */
type Seen = 'ours' | 'past' | 'silent';

export async function dns(patient: Patient, signal: AbortSignal): Promise<Finding> {
  const { tunnel, policy, inspector } = patient;
  const { config } = policy;
  if (tunnel === null || !config.tun.autoRoute) return NEEDS_CAPTURE;
  if (patient.dns === null) return { verdict: 'skipped', summary: say('doctor.dns.off') };
  const resolver = await inspector.resolver();
  const { servers } = resolver;
  const details: DoctorText[] = [
    say('doctor.dns.resolvConf', { servers: servers.join(', ') }),
    ...(resolver.resolved ? [say('doctor.dns.resolved')] : []),
  ];
  const program = await askAsProgram(signal);
  details.push(say(program === 'ours' ? 'doctor.dns.program' : 'doctor.dns.programPast'));
  const foreign = takesAny(config) ? [DOCTOR_ADDRESS[4]] : [];
  const seen: { server: string; what: Seen }[] = [];
  // The second and the third are asked where the first is silent, as a resolver on this machine is then.
  const others = servers.slice(1, MAX_SERVERS).filter((server) => !isLoopback(server));
  for (const server of new Set([...servers.slice(0, 1), ...others, ...foreign])) {
    const what = await ask(patient, tunnel.device, server, signal);
    seen.push({ server, what });
    details.push(
      what === 'ours'
        ? say('doctor.dns.asked', { server })
        : say('doctor.dns.askedPast', { server }),
    );
  }
  const straight = straightServers(config);
  if (straight.length > 0) {
    const names = { servers: straight.map(({ text }) => text).join(', ') };
    const isFew = config.dns.mode === 'fake-ip';
    details.push(
      isFew ? say('doctor.dns.fewStraight', names) : say('doctor.dns.allStraight', names),
    );
    const clear = straight.filter(isClear).map(({ text }) => text);
    if (clear.length > 0) details.push(say('doctor.dns.clear', { servers: clear.join(', ') }));
  }
  if (foreign.length === 0) details.push(say('doctor.dns.noHijack'));
  return { ...judge(program, seen, resolver, patient), details };
}

function judge(
  program: Seen,
  seen: readonly { readonly server: string; readonly what: Seen }[],
  resolver: SystemResolver,
  { policy }: Patient,
): Finding {
  const { config } = policy;
  const lost = seen.filter(({ what }) => what !== 'ours');
  if (program !== 'ours' || seen[0]?.what !== 'ours') {
    const isSilent = program === 'silent' && seen.every(({ what }) => what === 'silent');
    const isOthers = !resolver.isOurs && !resolver.resolved;
    return {
      verdict: 'failed',
      summary: say(isSilent ? 'doctor.dns.silent' : 'doctor.dns.leak'),
      fix: !isOthers
        ? fix(say('doctor.dns.fixRules'))
        : config.sluice.systemDns
          ? fix(say('doctor.dns.fixResolvConf'), { kind: 'recapture' })
          : fix(say('doctor.dns.fixSystemDns'), {
              kind: 'set',
              path: 'sluice.system-dns',
              value: true,
            }),
    };
  }
  if (lost.length > 0) {
    return {
      verdict: 'failed',
      summary: say('doctor.dns.foreign'),
      fix: fix(say('doctor.dns.fixRules')),
    };
  }
  if (!takesAny(config)) {
    return {
      verdict: 'warning',
      summary: say('doctor.dns.foreign'),
      fix: fix(say('doctor.dns.fixHijack'), { kind: 'open', page: 'rules' }),
    };
  }
  const isProxied = mainWay(policy)?.proxy?.type !== 'Direct';
  if (isProxied && config.dns.mode !== 'fake-ip' && straightServers(config).length > 0) {
    return {
      verdict: 'warning',
      summary: say('doctor.dns.straight'),
      fix: fix(say('doctor.dns.fixStraight'), { kind: 'open', page: 'rules' }),
    };
  }
  return { verdict: 'ok', summary: say('doctor.dns.ok') };
}

/** As `getaddrinfo` looks names up, by whatever this machine has set up for it. */
async function askAsProgram(signal: AbortSignal): Promise<Seen> {
  const found = lookup(randomName(), { family: 4 }).then(
    ({ address }): Seen => (address === DOCTOR_ADDRESS[4] ? 'ours' : 'past'),
    (error: NodeJS.ErrnoException): Seen => (error.code === 'ENOTFOUND' ? 'past' : 'silent'),
  );
  const late = setTimeout(PROGRAM_MS, 'silent' as const, { signal });
  return Promise.race([found, late]);
}

async function ask(
  { inspector }: Patient,
  device: string,
  server: string,
  signal: AbortSignal,
): Promise<Seen> {
  const name = encodeName(randomName());
  if (name === null) throw new TypeError('The name of the self test is none.');
  const query = queryAbout(name, TYPE.A);
  query.writeUInt16BE(randomBytes(2).readUInt16BE(), 0);
  const reply = await callUdp(server, DNS_PORT, query, signal);
  if (reply !== null) {
    const isOurs = readableAnswers(reply).some(({ data }) => data === DOCTOR_ADDRESS[4]);
    return isOurs ? 'ours' : 'past';
  }
  const way = await inspector.wayTo(server, { network: 'udp', port: DNS_PORT });
  return way.kind === 'device' && way.device !== device ? 'past' : 'silent';
}

function randomName(): string {
  return `${randomBytes(8).toString('hex')}.${DOCTOR_NAME}`;
}

/** Whether queries are answered here whoever they are for. */
function takesAny({ tun }: Config): boolean {
  return tun.dnsHijack.some(
    ({ network, address, port }) => network === 'udp' && address === '' && port === DNS_PORT,
  );
}

/** Servers that see what is asked of them, and from where. */
function straightServers({ dns }: Config): Nameserver[] {
  return [...dns.nameserver, ...dns.fallback].filter(
    (server) => server.kind !== 'rcode' && !('via' in server && server.via !== null),
  );
}

function isClear({ kind }: Nameserver): boolean {
  return kind !== 'tls' && kind !== 'https';
}
