/** Whether this machine goes through Sluice, and by what. */
import type { ReactNode } from 'react';
import { Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconRouteOff, IconShieldCheck } from '@tabler/icons-react';
import type { Status } from '../../../core/api/status.ts';
import { formatBytes, formatDuration, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';

export function EngineCard({ status }: { readonly status: Status }): ReactNode {
  const { t } = useI18n();
  const { tun, uplink, config } = status;
  const isCapturing = status.state === 'running' && tun !== null;
  const age = formatDuration(Date.now() - Date.parse(status.since));
  const facts: readonly (readonly [name: string, value: string])[] = [
    [t('home.mode'), t(`mode.${status.mode}`)],
    ...(tun === null ? [] : [[t('home.device'), `${tun.device}, MTU ${tun.mtu}`] as const]),
    [
      t('home.uplink'),
      uplink === null
        ? t('home.noUplink')
        : [...new Set([uplink.device4, uplink.device6])].filter((name) => name !== '').join(', '),
    ],
    [t('home.config'), printable(config.path ?? t('home.builtIn'))],
    [t('home.memory'), formatBytes(status.memory)],
  ];
  return (
    <Card withBorder>
      <Group wrap="nowrap" mb="sm">
        {isCapturing ? (
          <IconShieldCheck size={40} color="var(--mantine-color-teal-7)" />
        ) : (
          <IconRouteOff size={40} color="var(--mantine-color-gray-6)" />
        )}
        <div>
          <Title order={2} size="h4">
            {t(isCapturing ? 'home.capturing' : 'home.notCapturing')}
          </Title>
          <Text size="sm" c="dimmed">
            {t(`state.${status.state}`)}, {t('home.since', { time: age })}
          </Text>
        </div>
      </Group>
      <Stack gap={4} component="dl" m={0}>
        {facts.map(([name, value]) => (
          <Group key={name} gap="xs" wrap="nowrap" align="baseline">
            <Text component="dt" size="sm" c="dimmed" w={90} style={{ flexShrink: 0 }}>
              {name}
            </Text>
            <Text component="dd" size="sm" m={0} style={{ overflowWrap: 'anywhere' }}>
              {value}
            </Text>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
