/** The network of this machine: what flows where, who is behind it, and what Sluice changed in it. */
import type { ReactNode } from 'react';
import { Alert, Card, Code, List, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { OFFLINE } from '../../api/failure.ts';
import { usePolled } from '../../api/use-polled.ts';
import { Waiting } from '../../components/waiting.tsx';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { errorLine } from '../../i18n/meaning.ts';
import { useLive } from '../../live/live.ts';
import { liveHealth } from '../../live/status.ts';
import { liveTotals } from '../../live/totals.ts';
import { GuestsCard } from './guests-card.tsx';
import { InterfacesCard } from './interfaces-card.tsx';
import { Picture } from './picture.tsx';
import { pictureOf } from './picture-model.ts';
import { RoutingCard } from './routing-card.tsx';
import { SelfTestCard } from './self-test.tsx';

const LOOK_MS = 3000;
const ask = () => call(endpoints.network);

export function NetworkPage(): ReactNode {
  const { t, errors } = useI18n();
  const { value: network, failure } = usePolled(ask, LOOK_MS);
  const { value: live } = useLive(liveTotals);
  const { status } = useLive(liveHealth).value;
  // A core that is gone is told of above the page.
  const failed = failure !== null && failure.code !== OFFLINE && (
    <Alert color="red">
      {t('network.failed', { message: printable(errorLine(failure, errors), 1000) })}
    </Alert>
  );
  if (network === null || status === null) return failed || <Waiting height="60vh" />;
  return (
    <Stack>
      <VisuallyHidden>
        <Title order={1}>{t('nav.network')}</Title>
      </VisuallyHidden>
      {failed}
      <Card withBorder>
        <Title order={2} size="h4" mb="xs">
          {t('network.picture')}
        </Title>
        <Picture model={pictureOf(network, live)} network={network} status={status} />
      </Card>
      <SelfTestCard version={status.version} />
      <GuestsCard network={network} live={live} />
      <InterfacesCard network={network} />
      <RoutingCard network={network} />
      <ChangesCard changes={status.tun?.changes ?? []} />
    </Stack>
  );
}

function ChangesCard({ changes }: { readonly changes: readonly string[] }): ReactNode {
  const { t } = useI18n();
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {t('network.changes')}
      </Title>
      {changes.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('network.changes.none')}
        </Text>
      ) : (
        <Stack gap="sm">
          <List size="sm" lang="en">
            {changes.map((change) => (
              <List.Item key={change}>{printable(change, 1000)}</List.Item>
            ))}
          </List>
          <Text size="sm">
            {t('network.changes.undo')} <Code>sluice cleanup</Code>
          </Text>
        </Stack>
      )}
    </Card>
  );
}
