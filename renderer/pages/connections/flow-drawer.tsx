/** Everything about one connection, and why it goes where it goes. */
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { Alert, Button, Divider, Drawer, Group, Stack, Text, Title } from '@mantine/core';
import { IconPlugX, IconRoute, IconScript } from '@tabler/icons-react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { Explanation } from '../../../core/api/explain.ts';
import type { FlowInfo } from '../../../core/api/flows.ts';
import { call } from '../../api/client.ts';
import { ErrorText } from '../../components/error-text.tsx';
import { ExplainSteps } from '../../components/explain-steps.tsx';
import { FactList } from '../../components/fact-list.tsx';
import type { Fact } from '../../components/fact-list.tsx';
import { showFailure } from '../../components/show-failure.tsx';
import { useBusy } from '../../components/use-busy.ts';
import {
  formatBytes,
  formatDateTime,
  formatDuration,
  formatEndpoint,
  formatRate,
  printable,
} from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import type { Rate } from '../../live/rates.ts';
import { ageOf, hostOf } from './columns.ts';
import { explainRequestOf } from './explain-request.ts';
import { RecordFlow } from './record-flow.tsx';
import { Timeline } from './timeline.tsx';

export function FlowDrawer(props: {
  /** Null: nothing is open. */
  readonly id: number | null;
  /** Null: it is not known, or not any more. */
  readonly flow: FlowInfo | null;
  /** Of one that moves bytes. */
  readonly rate: Rate | undefined;
  readonly onClose: () => void;
  readonly onMakeRule: (flow: FlowInfo) => void;
}): ReactNode {
  const { id, flow, rate, onClose, onMakeRule } = props;
  const { t, language } = useI18n();
  return (
    <Drawer
      position="right"
      size="lg"
      opened={id !== null}
      onClose={onClose}
      title={flow === null ? t('nav.connections') : printable(hostOf(flow))}
    >
      {id !== null && flow === null && <Alert color="orange">{t('connections.gone')}</Alert>}
      {flow !== null && (
        <Stack>
          <FactList facts={factsOf(flow, rate, t, language)} />
          {flow.error !== null && (
            <Alert color="orange">
              <ErrorText error={flow.error} />{' '}
              <Text span size="xs" className="mono">
                ({flow.error.code})
              </Text>
            </Alert>
          )}
          <Timeline flow={flow} />
          <RecordFlow flow={flow} />
          <Why key={flow.id} flow={flow} onMakeRule={onMakeRule} />
        </Stack>
      )}
    </Drawer>
  );
}

function Why(props: {
  readonly flow: FlowInfo;
  readonly onMakeRule: (flow: FlowInfo) => void;
}): ReactNode {
  const { flow, onMakeRule } = props;
  const { t } = useI18n();
  const [explanation, setExplanation] = useState<Explanation | null>(null);
  const [isAsking, begin] = useBusy();
  const isLive = flow.end === null;

  // What was told of another decision says nothing of this one.
  useEffect(() => setExplanation(null), [flow.rule?.text]);

  async function explain(): Promise<void> {
    setExplanation(await call(endpoints.explain, { body: explainRequestOf(flow) }));
  }

  function end(): void {
    call(endpoints.closeFlow, { params: { id: flow.id } }).catch(showFailure);
  }

  return (
    <>
      <Group>
        <Button
          variant="default"
          leftSection={<IconRoute size={16} />}
          loading={isAsking}
          onClick={() => begin(explain)}
        >
          {t('connections.explain')}
        </Button>
        {flow.rule !== null && (
          <Button
            variant="default"
            leftSection={<IconScript size={16} />}
            onClick={() => onMakeRule(flow)}
          >
            {t('makeRule.open')}
          </Button>
        )}
        {isLive && (
          <Button variant="light" color="red" leftSection={<IconPlugX size={16} />} onClick={end}>
            {t('connections.closeOne')}
          </Button>
        )}
      </Group>
      {explanation !== null && (
        <>
          <Divider />
          <Title order={3} size="h5">
            {t('connections.explained')}
          </Title>
          <Text size="sm" c="dimmed">
            {t('connections.explainedNow')}
          </Text>
          <ExplainSteps explanation={explanation} />
        </>
      )}
    </>
  );
}

function factsOf(flow: FlowInfo, rate: Rate | undefined, t: Translate, language: string): Fact[] {
  const { source, destination, process, sniffed, rule, chain, domainFrom } = flow;
  const { up = 0, down = 0 } = rate ?? {};
  // What has ended moves nothing.
  const moved = (bytes: number, now: number): string =>
    flow.end === null ? `${formatBytes(bytes)} · ${formatRate(now)}` : formatBytes(bytes);
  const sniffedText = sniffed === null ? '' : `${sniffed.domain} (${sniffed.protocol})`;
  return [
    [t('connections.column.state'), t(`flow.${flow.state}`)],
    [t('connections.column.network'), flow.network],
    [t('connections.column.source'), formatEndpoint(source.address, source.port)],
    [t('connections.column.zone'), t(`zone.${flow.zone}`)],
    [t('connections.column.process'), process === null ? '' : process.path || process.name],
    [t('connections.column.address'), formatEndpoint(destination.address, destination.port)],
    [t('connections.domain'), flow.domain ?? ''],
    [t('connections.domainFrom'), domainFrom ?? ''],
    [
      t('connections.sniffed'),
      sniffed?.ech ? `${sniffedText}, ${t('connections.ech')}` : sniffedText,
    ],
    [t('connections.column.rule'), rule?.text ?? ''],
    [t('connections.column.chain'), chain.join(' → ')],
    [t('connections.askedFor'), flow.host ?? ''],
    [t('connections.column.up'), moved(flow.upload, up)],
    [t('connections.column.down'), moved(flow.download, down)],
    [t('connections.column.age'), formatDuration(ageOf(flow))],
    [t('connections.start'), formatDateTime(flow.start, language)],
    [t('connections.end'), flow.end === null ? '' : formatDateTime(flow.end, language)],
  ];
}
