/** How the machine is, at a glance: the switch, where traffic leaves, how much, and what is wrong. */
import type { ReactNode } from 'react';
import { Grid, Stack, Title, VisuallyHidden } from '@mantine/core';
import { OFFLINE } from '../../api/failure.ts';
import { Waiting } from '../../components/waiting.tsx';
import { useI18n } from '../../i18n/i18n.tsx';
import { useLive } from '../../live/live.ts';
import { liveHealth } from '../../live/status.ts';
import { CaptureCard } from './capture-card.tsx';
import classes from './home.module.css';
import { HealthCard } from './health-card.tsx';
import { TotalsCard } from './totals-card.tsx';
import { TrafficCard } from './traffic-card.tsx';
import { WayOutCard } from './way-out-card.tsx';

export function HomePage(): ReactNode {
  const { t } = useI18n();
  const { value, failure } = useLive(liveHealth);
  const { status, traffic } = value;
  if (status === null) return <Waiting height="60vh" />;
  const isOffline = failure?.code === OFFLINE;
  return (
    <Stack>
      <VisuallyHidden>
        <Title order={1}>{t('nav.home')}</Title>
      </VisuallyHidden>
      <Grid>
        <Grid.Col span={{ base: 12, sm: 6, lg: 3.5 }} order={{ base: 2, lg: 1 }}>
          <WayOutCard status={status} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }} order={{ base: 1, lg: 2 }}>
          <CaptureCard status={status} isOffline={isOffline} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 6, lg: 3.5 }} order={3} className={classes.fill}>
          <HealthCard status={status} isOffline={isOffline} />
        </Grid.Col>
      </Grid>
      <TrafficCard status={status} live={traffic} />
      <TotalsCard />
    </Stack>
  );
}
