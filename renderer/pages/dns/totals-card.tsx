/** DNS in numbers, since the resolver was opened. */
import type { ReactNode } from 'react';
import { Card, Group, Stack, Text } from '@mantine/core';
import type { DnsTotals } from '../../../core/api/dns.ts';
import { formatBytes } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';

export function DnsTotalsCard({ totals }: { readonly totals: DnsTotals }): ReactNode {
  const { t } = useI18n();
  const size = formatBytes(totals.cacheBytes);
  const facts: readonly (readonly [name: string, value: string | number])[] = [
    [t('dns.total'), totals.queries],
    [t('dns.cached'), totals.cached + totals.stale],
    [t('dns.faked'), totals.faked],
    [t('dns.failed'), totals.failed],
    [t('dns.cacheSize'), t('dns.cacheEntries', { count: totals.cacheEntries, size })],
    ...(totals.fakeCapacity === 0 ? [] : [[t('dns.pool'), poolUse(totals, t)] as const]),
  ];
  return (
    <Card withBorder py="xs">
      <Group gap="xl">
        {facts.map(([name, value]) => (
          <Stack key={name} gap={0}>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
            <Text size="sm" fw={600} className="number">
              {value}
            </Text>
          </Stack>
        ))}
      </Group>
    </Card>
  );
}

function poolUse(
  { fakeNames, fakeCapacity }: DnsTotals,
  t: ReturnType<typeof useI18n>['t'],
): string {
  return t('dns.poolUse', { count: fakeNames, capacity: fakeCapacity });
}
