/** Bytes a second, as they can be read: traffic comes in gusts, and one second alone says little. Pure. */

export interface Rate {
  readonly up: number;
  readonly down: number;
}

/** How much of a rate is that of the latest second. */
const SHARE_OF_LATEST = 0.6;
/** Bytes a second that are as good as none. */
const SILENCE = 1;

export function smoothed(latest: Rate, before: Rate): Rate {
  const mixed = (now: number, then: number): number =>
    now * SHARE_OF_LATEST + then * (1 - SHARE_OF_LATEST);
  return { up: mixed(latest.up, before.up), down: mixed(latest.down, before.down) };
}

export function isSilent({ up, down }: Rate): boolean {
  return up + down < SILENCE;
}
