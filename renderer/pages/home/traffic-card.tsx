/** Bytes a second over time, and what went through in all. */
import { Suspense, lazy } from 'react';
import type { ReactNode } from 'react';
import {
  Card,
  Center,
  Group,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import type { Status } from '../../../core/api/status.ts';
import { TRAFFIC_SPANS } from '../../../core/api/traffic.ts';
import type { TrafficSpan } from '../../../core/api/traffic.ts';
import { formatBytes, formatRates } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { TrafficSample } from '../../live/status.ts';
import { useTraffic } from './use-traffic.ts';

/** Milliseconds. */
const WINDOWS: Readonly<Record<TrafficSpan, number | null>> = {
  minutes: 300_000,
  hour: 3_600_000,
  start: null,
};

/** What draws the chart comes after the page. */
const TrafficChart = lazy(async () => ({
  default: (await import('./traffic-chart.tsx')).TrafficChart,
}));

export function TrafficCard(props: {
  readonly status: Status;
  readonly live: readonly TrafficSample[];
}): ReactNode {
  const { t } = useI18n();
  const { flows } = props.status;
  const [span, setSpan] = useLocalStorage<TrafficSpan>({
    key: 'sluice.home.span',
    defaultValue: 'minutes',
  });
  const samples = useTraffic(span, props.live);
  const now = props.live.at(-1) ?? { up: 0, down: 0 };
  const totals = [
    [t('home.up'), formatBytes(flows.upload)],
    [t('home.down'), formatBytes(flows.download)],
    [t('home.open'), flows.open],
    [t('home.total'), flows.total],
    [t('home.refused'), flows.refused],
    [t('home.failed'), flows.failed],
  ] as const;
  return (
    <Card withBorder>
      <Group justify="space-between" mb="sm" gap="xs">
        <Group gap="md">
          <Title order={2} size="h4">
            {t('home.traffic')}
          </Title>
          <Text size="sm" className="number">
            {formatRates(now)}
          </Text>
        </Group>
        <SegmentedControl
          size="xs"
          aria-label={t('home.span')}
          value={span}
          onChange={setSpan}
          data={TRAFFIC_SPANS.map((value) => ({ value, label: t(`home.span.${value}`) }))}
        />
      </Group>
      <Suspense fallback={<Center h={250} />}>
        <TrafficChart samples={samples} window={WINDOWS[span]} />
      </Suspense>
      <SimpleGrid cols={{ base: 3, sm: 6 }} mt="sm">
        {totals.map(([name, value]) => (
          <Stack key={name} gap={0}>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
            <Text fw={600} className="number">
              {value}
            </Text>
          </Stack>
        ))}
      </SimpleGrid>
    </Card>
  );
}
