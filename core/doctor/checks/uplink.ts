/** Is there a way out of this machine, and does the next router answer? */
import { createSocket } from 'node:dgram';
import { setTimeout } from 'node:timers/promises';
import type { DoctorText } from '../../api/doctor.ts';
import type { Inspector } from '../../platform/inspector.ts';
import type { Uplink } from '../../platform/platform.ts';
import { fix, say } from '../check.ts';
import type { Finding, Patient } from '../check.ts';

/** Discard (RFC 863): the router need not listen there, only say where it is on the link. */
const DISCARD_PORT = 9;
/** The kernel asks for a neighbour three times, a second apart. */
const LOOKS = 16;
const LOOK_MS = 200;

interface WayOut {
  readonly family: 'IPv4' | 'IPv6';
  readonly device: string;
  readonly address: string;
  readonly gateway: string;
}

export function uplink(
  { inspector }: Pick<Patient, 'inspector'>,
  signal: AbortSignal,
): Promise<Finding> {
  return lookAtUplink(inspector, signal);
}

/** Needs no core. */
export async function lookAtUplink(inspector: Inspector, signal: AbortSignal): Promise<Finding> {
  const { uplink: found } = await inspector.look();
  const ways = waysOf(found);
  if (ways.length === 0) {
    return {
      verdict: 'failed',
      summary: say('doctor.uplink.none'),
      fix: fix(say('doctor.uplink.fixConnect')),
    };
  }
  const details: DoctorText[] = [];
  let answering = 0;
  for (const { family, device, address, gateway } of ways) {
    details.push(say('doctor.uplink.way', { family, device, address }));
    // A link between two ends has no router to ask for.
    const isThere = gateway === '' || (await answers(inspector, gateway, device, address, signal));
    if (isThere) answering += 1;
    if (gateway === '') continue;
    details.push(
      isThere
        ? say('doctor.uplink.router', { gateway })
        : say('doctor.uplink.routerSilent', { gateway, device }),
    );
  }
  for (const family of ['IPv4', 'IPv6'] as const) {
    const isMissing = ways.every((way) => way.family !== family);
    if (isMissing) details.push(say('doctor.uplink.noWay', { family }));
  }
  if (answering > 0) return { verdict: 'ok', summary: say('doctor.uplink.ok'), details };
  return {
    verdict: 'failed',
    summary: say('doctor.uplink.silent'),
    details,
    fix: fix(say('doctor.uplink.fixRouter')),
  };
}

function waysOf(uplink: Uplink | null): WayOut[] {
  if (uplink === null) return [];
  const { device4, address4, gateway4, device6, address6, gateway6 } = uplink;
  const ways: WayOut[] = [
    { family: 'IPv4', device: device4, address: address4, gateway: gateway4 },
    { family: 'IPv6', device: device6, address: address6, gateway: gateway6 },
  ];
  return ways.filter(({ device }) => device !== '');
}

/** Has the kernel look for the router on the link, by a datagram to it, and waits for what it finds. */
async function answers(
  inspector: Inspector,
  gateway: string,
  device: string,
  own: string,
  signal: AbortSignal,
): Promise<boolean> {
  await knock(gateway, device, own);
  for (let look = 0; look < LOOKS; look += 1) {
    const isThere = await inspector.isNeighbourThere(gateway, device);
    if (isThere !== false) return true;
    await setTimeout(LOOK_MS, undefined, { signal });
  }
  return false;
}

/** Bound to the uplink's address, so that it leaves past the tunnel. Resolves, too, where it cannot be sent. */
function knock(gateway: string, device: string, own: string): Promise<void> {
  const isSix = gateway.includes(':');
  const socket = createSocket(isSix ? 'udp6' : 'udp4');
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('error', () => resolve());
  socket.bind({ port: 0, address: own }, () => {
    // A link-local address means one on a certain link.
    const target = gateway.startsWith('fe80:') ? `${gateway}%${device}` : gateway;
    socket.send(Buffer.alloc(1), DISCARD_PORT, target, () => resolve());
  });
  return promise.finally(() => socket.close());
}
