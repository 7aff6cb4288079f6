/** The chart of bytes a second, drawn by uPlot on a canvas. */
import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import UPlot from 'uplot';
import { formatRate } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { TrafficSample } from '../../live/status.ts';
import classes from './traffic-chart.module.css';

const HEIGHT = 200;

/** Bytes a second between two lines of the grid: powers of two, as the units are. */
const STEPS = Array.from({ length: 45 }, (_, power) => 2 ** power);

/** `window`: how far back the chart reaches, milliseconds; null: as far as there are samples. */
export function TrafficChart({
  samples,
  window: reach,
}: {
  readonly samples: readonly TrafficSample[];
  readonly window: number | null;
}): ReactNode {
  const { t, language } = useI18n();
  const scheme = useComputedColorScheme('light');
  const { ref, width } = useElementSize();
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot | null>(null);

  useEffect(() => {
    if (holder.current === null || width === 0) return undefined;
    const colors =
      scheme === 'dark'
        ? { text: '#c9c9c9', grid: '#3b3b3b', up: '#ffa94d', down: '#3bc9db' }
        : { text: '#495057', grid: '#e9ecef', up: '#d9480f', down: '#0b7285' };
    const axis = { stroke: colors.text, grid: { stroke: colors.grid, width: 1 } };
    const series = (label: string, stroke: string): UPlot.Series => ({
      label,
      stroke,
      fill: `${stroke}22`,
      width: 1.5,
      points: { show: false },
      value: (_, value) => (value === null ? '' : formatRate(value)),
    });
    chart.current = new UPlot(
      {
        width,
        height: HEIGHT,
        cursor: { drag: { x: false, y: false } },
        scales: {
          x: {
            range: (_, min, max) => (reach === null ? [min, max] : [max - reach / 1000, max]),
          },
          y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1024)] },
        },
        axes: [
          {
            ...axis,
            space: 100,
            values: (_, splits, __, ___, seconds) =>
              splits.map((split) => tickText(new Date(split * 1000), seconds, language)),
          },
          { ...axis, size: 86, incrs: STEPS, values: (_, ticks) => ticks.map(formatRate) },
        ],
        series: [
          { label: t('home.time') },
          series(t('home.up'), colors.up),
          series(t('home.down'), colors.down),
        ],
        tzDate: (seconds) => new Date(seconds * 1000),
        fmtDate: () => (date) => date.toLocaleTimeString(language),
      },
      [[], [], []],
      holder.current,
    );
    return () => {
      chart.current?.destroy();
      chart.current = null;
    };
  }, [width, scheme, language, t, reach]);

  useEffect(() => {
    chart.current?.setData([
      samples.map(({ time }) => time / 1000),
      samples.map(({ up }) => up),
      samples.map(({ down }) => down),
    ]);
  }, [samples, width, scheme, language, reach]);

  return (
    <div
      ref={ref}
      className={classes.chart}
      style={{ minHeight: HEIGHT + 30 }}
      role="img"
      aria-label={t('home.traffic')}
    >
      <div ref={holder} />
    </div>
  );
}

/** As much of the time as tells two lines of the grid apart. */
function tickText(time: Date, seconds: number, language: string): string {
  const isDays = seconds >= 6 * 3600;
  return time.toLocaleString(language, {
    ...(isDays ? { month: 'short', day: 'numeric' } : {}),
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds < 60 ? { second: '2-digit' } : {}),
  });
}
