/** A proxy: what it is, how fast it was lately, and testing it. */
import type { ReactNode } from 'react';
import { ActionIcon, Badge, Card, Group, Text, Title, Tooltip } from '@mantine/core';
import { IconBolt } from '@tabler/icons-react';
import type { ProxyInfo } from '../../../core/api/proxies.ts';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { CardActions } from './actions.ts';
import { Delay, Sparkline } from './delay.tsx';
import { isSpoken, isTestable, proxyHealth } from './members.ts';
import classes from './upstreams.module.css';

export function ProxyCard(props: {
  readonly proxy: ProxyInfo;
  readonly isTesting: boolean;
  /** Why its latest test failed. */
  readonly error: string | undefined;
  readonly actions: CardActions;
  /** What else can be done with it. */
  readonly menu?: ReactNode;
}): ReactNode {
  const { proxy, isTesting, error, actions, menu } = props;
  const { t } = useI18n();
  const name = printable(proxy.name);
  const health = proxyHealth(proxy);
  const canTest = isTestable(proxy);
  const why = isSpoken(proxy.type)
    ? error
    : t('upstreams.notSpoken', { type: printable(proxy.type) });
  return (
    <Card withBorder p="sm" component="section" aria-label={name} h="100%">
      <Group gap="xs" wrap="nowrap">
        <Title order={3} size="h5" className={`clip ${classes.fill}`} title={name}>
          {name}
        </Title>
        {canTest && (
          <Tooltip label={t('upstreams.test')}>
            <ActionIcon
              variant="default"
              aria-label={t('upstreams.testNamed', { name })}
              loading={isTesting}
              onClick={() => actions.testProxy(proxy.name)}
            >
              <IconBolt size={16} />
            </ActionIcon>
          </Tooltip>
        )}
        {menu}
      </Group>
      <Text size="xs" c="dimmed" className="mono clip" title={printable(proxy.server)}>
        {proxy.server === '' ? t('upstreams.noServer') : printable(proxy.server)}
      </Text>
      <Group gap={6} mt={6} wrap="nowrap" className={classes.badges}>
        <Badge size="sm" variant="light" color="gray" tt="none">
          {printable(proxy.type)}
        </Badge>
        {proxy.udp && (
          <Badge size="sm" variant="light" color="gray">
            UDP
          </Badge>
        )}
        {proxy.dialerProxy !== '' && (
          <Badge size="sm" variant="light" color="gray" tt="none" className={classes.via}>
            {t('upstreams.via', { name: printable(proxy.dialerProxy) })}
          </Badge>
        )}
      </Group>
      <Group justify="space-between" align="end" wrap="nowrap" mt={6} mih={24}>
        {canTest && <Delay health={health} />}
        <Sparkline history={proxy.history} />
      </Group>
      {why !== undefined && (
        <Text size="xs" c="red" lineClamp={3} title={printable(why, 1000)} role="status">
          {printable(why, 1000)}
        </Text>
      )}
    </Card>
  );
}
