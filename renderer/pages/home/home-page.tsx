/** How the machine is, at a glance. */
import type { ReactNode } from 'react';
import { Grid, Stack } from '@mantine/core';
import { useLive } from '../../live/live.ts';
import { liveHealth } from '../../live/status.ts';
import { EngineCard } from './engine-card.tsx';
import { HealthCard } from './health-card.tsx';
import { TrafficCard } from './traffic-card.tsx';

export function HomePage(): ReactNode {
  const { value } = useLive(liveHealth);
  if (value.status === null) return null;
  return (
    <Grid>
      <Grid.Col span={{ base: 12, md: 4 }}>
        <Stack>
          <EngineCard status={value.status} />
          <HealthCard status={value.status} />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 8 }}>
        <TrafficCard status={value.status} traffic={value.traffic} />
      </Grid.Col>
    </Grid>
  );
}
