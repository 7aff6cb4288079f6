/** The upstream in use: where flows go that no rule of their own claims, its delay, and a test of it. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Anchor, Badge, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconArrowRight, IconBolt } from '@tabler/icons-react';
import { Link } from 'wouter';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { Status, WayOutStatus } from '../../../core/api/status.ts';
import { call } from '../../api/client.ts';
import { ErrorText } from '../../components/error-text.tsx';
import { FactList } from '../../components/fact-list.tsx';
import { NoServers } from '../../components/no-servers.tsx';
import { delayText, healthOf } from '../../components/speed.ts';
import type { Speed } from '../../components/speed.ts';
import { formatBytes, formatDuration, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { toldBy } from '../../i18n/meaning.ts';
import type { Told } from '../../i18n/meaning.ts';
import type { Translate } from '../../i18n/translate.ts';

const speedColors: Readonly<Record<Speed, string>> = {
  fast: 'teal',
  fair: 'yellow',
  slow: 'orange',
  failed: 'red',
  unknown: 'gray',
};

export function WayOutCard({ status }: { readonly status: Status }): ReactNode {
  const { t } = useI18n();
  const { wayOut, uplink, config, tun } = status;
  return (
    <Card withBorder h="100%" data-card="way-out">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {t('home.wayOut')}
        </Title>
        <Anchor component={Link} href="/upstreams" size="sm">
          {t('nav.upstreams')}
        </Anchor>
      </Group>
      <Stack gap="md">
        {wayOut !== null && <WayOut wayOut={wayOut} />}
        {wayOut?.hasServers === false && <NoServers />}
        <FactList
          nameWidth={96}
          facts={[
            [t('home.uplink'), uplinkText(uplink, t)],
            [t('home.device'), tun === null ? '' : `${tun.device}, MTU ${tun.mtu}`],
            [t('home.config'), config.path ?? t('home.builtIn')],
            [t('home.rules'), String(config.rules)],
            [t('home.memory'), formatBytes(status.memory)],
          ]}
        />
      </Stack>
    </Card>
  );
}

function WayOut({ wayOut }: { readonly wayOut: WayOutStatus }): ReactNode {
  const { t } = useI18n();
  const { upstream, target, chain } = wayOut;
  const via = chain.length === 0 ? [target] : chain;
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {t('home.wayOutText')}
      </Text>
      <Group gap={6} aria-label={t('home.chain')} role="group">
        {via.map((name, index) => (
          <Group key={name} gap={6} wrap="nowrap" maw="100%">
            {index > 0 && <IconArrowRight size={14} aria-hidden="true" />}
            <Text
              fw={name === upstream ? 700 : 500}
              size={name === upstream ? 'lg' : 'sm'}
              className="clip"
              title={printable(name)}
            >
              {printable(name, 60)}
            </Text>
          </Group>
        ))}
      </Group>
      {upstream === null ? (
        <Text size="sm">{t(chain.length === 0 ? 'home.wayRefuses' : 'home.wayPerFlow')}</Text>
      ) : (
        <Delay wayOut={wayOut} upstream={upstream} />
      )}
    </Stack>
  );
}

function Delay(props: { readonly wayOut: WayOutStatus; readonly upstream: string }): ReactNode {
  const { wayOut, upstream } = props;
  const { t } = useI18n();
  const [isTesting, setIsTesting] = useState(false);
  const [problem, setProblem] = useState<Told | null>(null);

  async function test(): Promise<void> {
    setIsTesting(true);
    setProblem(null);
    try {
      await call(endpoints.testProxy, { params: { name: upstream }, body: {} });
    } catch (cause) {
      setProblem(toldBy(cause));
    } finally {
      setIsTesting(false);
    }
  }

  const { delay, alive, testedAt } = wayOut;
  const health = healthOf(delay, delay === null && testedAt !== null && !alive);
  const age = testedAt === null ? '' : formatDuration(Date.now() - Date.parse(testedAt));
  return (
    <>
      <Group gap="sm">
        <Badge
          size="lg"
          variant="light"
          color={speedColors[health.speed]}
          tt="none"
          className="number"
        >
          {health.speed === 'failed' ? t('home.dead') : delayText(health, t)}
        </Badge>
        {age !== '' && (
          <Text size="xs" c="dimmed">
            {t('home.tested', { time: age })}
          </Text>
        )}
        <Button
          size="xs"
          variant="default"
          leftSection={<IconBolt size={14} />}
          loading={isTesting}
          onClick={() => void test()}
        >
          {t(delay === null && testedAt === null ? 'home.test' : 'home.testAgain')}
        </Button>
      </Group>
      {problem !== null && (
        <Text size="sm" c="red" role="alert" className="breaks">
          <ErrorText error={problem} />
        </Text>
      )}
    </>
  );
}

function uplinkText(uplink: Status['uplink'], t: Translate): string {
  if (uplink === null) return t('home.noUplink');
  return [...new Set([uplink.device4, uplink.device6])].filter((name) => name !== '').join(', ');
}
