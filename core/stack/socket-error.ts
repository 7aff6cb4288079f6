/**
 * What an errno of a native socket means for the application that is waiting.
 */
import { constants } from 'node:os';
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import { type DialFailure, SluiceError, UpstreamError } from '../api/errors.ts';

export const ECONNABORTED: number = constants.errno.ECONNABORTED;

const failures: Readonly<Record<string, DialFailure>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'refused',
  EHOSTUNREACH: 'host-unreachable',
  EHOSTDOWN: 'host-unreachable',
  ENETUNREACH: 'net-unreachable',
  ENETDOWN: 'net-unreachable',
  EADDRNOTAVAIL: 'net-unreachable',
  ENODEV: 'net-unreachable',
  ETIMEDOUT: 'timeout',
};

/** A connection could not be made. `errno` is positive, `where` reads `ADDRESS port N`. */
export function connectError(errno: number, where: string): UpstreamError {
  const name = getSystemErrorName(-errno);
  return new UpstreamError(
    `ERR_CONNECT_${name}`,
    failures[name] ?? 'upstream',
    `Could not connect to ${where}: ${getSystemErrorMessage(-errno)}.`,
  );
}

/** An open stream broke. `errno` is positive. */
export function streamError(errno: number): SluiceError {
  const name = getSystemErrorName(-errno);
  return new SluiceError(
    `ERR_STREAM_${name}`,
    name === 'ECONNRESET'
      ? 'The connection was reset by the other end.'
      : `The connection broke: ${getSystemErrorMessage(-errno)}.`,
  );
}
