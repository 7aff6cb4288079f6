/** How fast an upstream is: the same words and limits on every page. Pure. */
import type { Translate } from '../i18n/translate.ts';

/** For colours; `unknown`: nobody has tested it. */
export type Speed = 'fast' | 'fair' | 'slow' | 'failed' | 'unknown';

const FAST_MS = 250;
const FAIR_MS = 800;

export interface Health {
  readonly speed: Speed;
  /** Milliseconds; null: not tested, or the test failed. */
  readonly delay: number | null;
}

export function healthOf(delay: number | null, hasFailed: boolean): Health {
  if (hasFailed) return { speed: 'failed', delay: null };
  if (delay === null) return { speed: 'unknown', delay };
  return { speed: delay < FAST_MS ? 'fast' : delay < FAIR_MS ? 'fair' : 'slow', delay };
}

export function delayText({ delay, speed }: Health, t: Translate): string {
  return delay === null ? t(`upstreams.speed.${speed}`) : t('upstreams.delay', { delay });
}
