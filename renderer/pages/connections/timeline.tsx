/** When a connection came to its steps: a bar for each wait, from the captured packet to now or the end. */
import type { ReactNode } from 'react';
import { Group, Text, Title, Tooltip, VisuallyHidden } from '@mantine/core';
import type { FlowInfo, FlowState } from '../../../core/api/flows.ts';
import { formatMilliseconds } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { phasesOf, scaleOf } from './flow-phases.ts';
import type { Phase, PhaseKind } from './flow-phases.ts';
import classes from './timeline.module.css';

const COLORS: Readonly<Record<PhaseKind, string>> = {
  decided: 'grape',
  connected: 'blue',
  accepted: 'cyan',
  firstUp: 'gray',
  firstDown: 'orange',
  open: 'teal',
};

export function Timeline({ flow }: { readonly flow: FlowInfo }): ReactNode {
  const { t } = useI18n();
  const phases = phasesOf(flow, Date.now());
  if (phases.length === 0) return null;
  const scale = scaleOf(phases);
  const end = flow.timeline.ended;
  const ready = flow.timeline.firstDown ?? flow.timeline.accepted;
  return (
    <section aria-labelledby="flow-timeline">
      <Group justify="space-between" mb={4}>
        <Title id="flow-timeline" order={3} size="h5">
          {t('timeline.title')}
        </Title>
        {ready !== undefined && (
          <Text size="sm" c="dimmed" className="number">
            {t(flow.timeline.firstDown === undefined ? 'timeline.ready' : 'timeline.answered', {
              time: formatMilliseconds(ready),
            })}
          </Text>
        )}
      </Group>
      <ol className={classes.list}>
        {phases.map((phase) => (
          <PhaseRow key={phase.kind} phase={phase} scale={scale} />
        ))}
        {end !== undefined && <EndRow state={flow.state} end={end} />}
      </ol>
    </section>
  );
}

/** How it ended, and how long that was after its first packet. */
function EndRow({ state, end }: { readonly state: FlowState; readonly end: number }): ReactNode {
  const { t } = useI18n();
  return (
    <li className={classes.phase}>
      <span>{t(`flow.${state}`)}</span>
      <span className={`${classes.time} ${classes.end}`}>
        {t('timeline.after', { time: formatMilliseconds(end) })}
      </span>
    </li>
  );
}

function PhaseRow(props: {
  readonly phase: Phase;
  readonly scale: (ms: number) => number;
}): ReactNode {
  const { kind, start, end, state } = props.phase;
  const { t } = useI18n();
  const left = props.scale(start) * 100;
  const width = props.scale(end) * 100 - left;
  const color = state === 'broken' ? 'red' : COLORS[kind];
  const took = formatMilliseconds(end - start);
  const when = t('timeline.from', { time: formatMilliseconds(start) });
  return (
    <li className={classes.phase}>
      <span>
        {t(`timeline.${kind}`)}
        {state === 'broken' && (
          <Text span size="xs" c="red">
            {' '}
            {t('timeline.broken')}
          </Text>
        )}
      </span>
      <Tooltip label={when}>
        <span className={classes.track} aria-hidden>
          <span
            className={classes.bar}
            data-state={state}
            style={{
              left: `min(${left}%, 100% - 3px)`,
              width: `${width}%`,
              backgroundColor: `var(--mantine-color-${color}-filled)`,
            }}
          />
        </span>
      </Tooltip>
      <span className={classes.time}>
        {took}
        <VisuallyHidden>, {when}</VisuallyHidden>
      </span>
    </li>
  );
}
