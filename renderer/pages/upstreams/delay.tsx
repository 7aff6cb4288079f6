/** How fast an upstream is: its latest delay, in words and in colour, and how the tests before went. */
import type { ReactNode } from 'react';
import { Group } from '@mantine/core';
import type { DelayRecord } from '../../../core/api/proxies.ts';
import { delayText, healthOf } from '../../components/speed.ts';
import type { Health, Speed } from '../../components/speed.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import { formatTime } from '../../format.ts';
import { tally } from './members.ts';
import classes from './upstreams.module.css';

export function Delay({ health }: { readonly health: Health }): ReactNode {
  const { t } = useI18n();
  return (
    <span className={classes.delay} data-speed={health.speed}>
      {delayText(health, t)}
    </span>
  );
}

const HEIGHT = 22;
const BAR = 5;
const GAP = 2;
const SLOTS = 10;

/** A bar a test, oldest first; a test that failed is a full bar in red. */
export function Sparkline({ history }: { readonly history: readonly DelayRecord[] }): ReactNode {
  const { t, language } = useI18n();
  if (history.length === 0) return null;
  const most = Math.max(...history.map(({ delay }) => delay), 1);
  const inWords = history.map(({ delay }) => delayText(healthOf(delay, delay === 0), t));
  const texts = inWords.map(
    (text, at) => `${formatTime(history[at]?.time ?? '', language)}  ${text}`,
  );
  return (
    <svg
      width={SLOTS * (BAR + GAP)}
      height={HEIGHT}
      role="img"
      aria-label={t('upstreams.history', { list: inWords.join(', ') })}
      className={classes.sparkline}
    >
      <title>{texts.join('\n')}</title>
      {history.map(({ time, delay }, at) => {
        const hasFailed = delay === 0;
        const height = hasFailed ? HEIGHT : Math.max(3, (delay / most) * HEIGHT);
        return (
          <rect
            key={`${time} ${at}`}
            x={(SLOTS - history.length + at) * (BAR + GAP)}
            y={HEIGHT - height}
            width={BAR}
            height={height}
            rx={1.5}
            data-speed={healthOf(delay, hasFailed).speed}
          />
        );
      })}
    </svg>
  );
}

/** How many members are how fast, as a bar of parts. */
export function HealthBar({ members }: { readonly members: readonly Health[] }): ReactNode {
  const { t } = useI18n();
  const parts = tally(members);
  const label = parts.map(([speed, count]) => countText(speed, count, t)).join(', ');
  return (
    <Group
      title={label}
      gap={2}
      wrap="nowrap"
      className={classes.healthBar}
      role="img"
      aria-label={label}
    >
      {parts.map(([speed, count]) => (
        <span key={speed} data-speed={speed} style={{ flexGrow: count }} />
      ))}
    </Group>
  );
}

function countText(speed: Speed, count: number, t: Translate): string {
  return `${count} ${t(`upstreams.speed.${speed}`)}`;
}
