/** How capturing is, in one word from which the switch takes its looks and its text. Pure. */
import type { Status } from '../../../core/api/status.ts';

/**
 * on: traffic goes through Sluice; off: it passes by; blocked: this machine has no way out, whatever Sluice
 * does; starting, stopping: on the way; error: Sluice had to give up, and everything is as without
 * it; offline: core does not answer.
 */
export type CaptureState = 'on' | 'off' | 'blocked' | 'starting' | 'stopping' | 'error' | 'offline';

/** `wanted`: what it is being switched to, by this very page. */
export function captureStateOf(
  { state, tun, uplink }: Pick<Status, 'state' | 'tun' | 'uplink'>,
  isOffline: boolean,
  wanted: boolean | null,
): CaptureState {
  if (isOffline) return 'offline';
  if (state === 'error' || state === 'stopped') return 'error';
  if (state === 'starting' || wanted === true) return 'starting';
  if (state === 'stopping' || wanted === false) return 'stopping';
  if (tun === null) return 'off';
  return uplink === null ? 'blocked' : 'on';
}

export const stateColors: Readonly<Record<CaptureState, string>> = {
  on: 'teal',
  off: 'gray',
  blocked: 'orange',
  starting: 'yellow',
  stopping: 'yellow',
  error: 'red',
  offline: 'red',
};
