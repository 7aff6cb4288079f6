/**
 * What a Linux machine must offer before a tunnel can be made, and why one could not: one clear
 * error each, with what to do about it. Keeps nothing.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { SluiceError } from '../../api/errors.ts';
import { ip } from './ip-command.ts';

const TUN_PATH = '/dev/net/tun';
/** linux/capability.h */
const CAP_NET_ADMIN = 12n;

/** See `Platform.assertCapable`. */
export async function assertCapable(): Promise<void> {
  if (!hasNetAdmin()) throw noPrivilege();
  try {
    closeSync(openSync(TUN_PATH, 'r+'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The right is there: a container keeps the device itself away.
    if (code === 'EPERM' || code === 'EACCES') throw missing('a TUN device', error);
    throw deviceError(error, '');
  }
  const version = await ip(['-Version']).catch((error: unknown) => {
    throw needsIproute2(error);
  });
  if (!version.includes('iproute2')) throw needsIproute2();
}

/** See `Platform.deviceError`. */
export function deviceError(cause: unknown, device: string): SluiceError {
  const code = (cause as { code?: unknown } | null)?.code;
  const name = device === '' ? 'a TUN device' : `the TUN device ${device}`;
  const fail = (ownCode: string, message: string): SluiceError =>
    new SluiceError(ownCode, message, { cause });
  switch (code) {
    case 'EPERM':
    case 'EACCES':
      return noPrivilege(cause);
    case 'ENOENT':
    case 'ENODEV':
    case 'ENXIO':
      return missing(name, cause);
    case 'EBUSY':
      return fail(
        'ERR_TUN_BUSY',
        `cannot open ${name}: another program holds it. Stop that, or choose another name with tun.device`,
      );
    case 'EINVAL':
    case 'EEXIST':
      return fail(
        'ERR_TUN_NAME',
        `cannot open ${name}: an interface of that name exists and is no TUN, or the name is not allowed. Choose another with tun.device`,
      );
    default:
      return fail(
        'ERR_TUN_OPEN',
        `cannot open ${name}: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
  }
}

function hasNetAdmin(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return effective !== null && ((BigInt(`0x${effective[1]}`) >> CAP_NET_ADMIN) & 1n) === 1n;
}

function missing(name: string, cause: unknown): SluiceError {
  return new SluiceError(
    'ERR_TUN_MISSING',
    `cannot open ${name}: there is no usable ${TUN_PATH}. Load it with "modprobe tun", or start the container with --device ${TUN_PATH}`,
    { cause },
  );
}

function noPrivilege(cause?: unknown): SluiceError {
  return new SluiceError(
    'ERR_NO_PRIVILEGE',
    'making a tunnel needs the right CAP_NET_ADMIN, which this process does not have. Run Sluice as root (sudo), or give its container --cap-add NET_ADMIN',
    { cause },
  );
}

function needsIproute2(cause?: unknown): SluiceError {
  return new SluiceError(
    'ERR_IPROUTE2',
    'the program ip of iproute2 is missing (the one of busybox cannot do policy routing): install the package iproute2',
    { cause },
  );
}
