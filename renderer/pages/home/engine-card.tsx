/** Whether this machine goes through Sluice, and by what. */
import type { ReactNode } from 'react';
import { Card, Group, Text, Title } from '@mantine/core';
import { IconRouteOff, IconShieldCheck } from '@tabler/icons-react';
import type { Status } from '../../../core/api/status.ts';
import { FactList } from '../../components/fact-list.tsx';
import type { Fact } from '../../components/fact-list.tsx';
import { formatBytes, formatDuration } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { Switches } from './switches.tsx';

export function EngineCard({ status }: { readonly status: Status }): ReactNode {
  const { t } = useI18n();
  const { tun, uplink, config } = status;
  const isCapturing = status.state === 'running' && tun !== null;
  const age = formatDuration(Date.now() - Date.parse(status.since));
  const facts: readonly Fact[] = [
    ...(tun === null ? [] : [[t('home.device'), `${tun.device}, MTU ${tun.mtu}`] as const]),
    [
      t('home.uplink'),
      uplink === null
        ? t('home.noUplink')
        : [...new Set([uplink.device4, uplink.device6])].filter((name) => name !== '').join(', '),
    ],
    [t('home.config'), config.path ?? t('home.builtIn')],
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
      <Switches status={status} />
      <FactList facts={facts} nameWidth={90} />
    </Card>
  );
}
