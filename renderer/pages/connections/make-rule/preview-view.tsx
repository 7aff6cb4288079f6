/** What a new rule would change among the connections that are known. */
import type { ReactNode } from 'react';
import { Alert, Card, Group, Loader, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import type { PreviewWay, RulePreview } from '../../../../core/api/rule-preview.ts';
import { ErrorText } from '../../../components/error-text.tsx';
import { formatEndpoint, printable } from '../../../format.ts';
import { useI18n } from '../../../i18n/i18n.tsx';
import type { Translate } from '../../../i18n/translate.ts';
import type { PreviewState } from './use-preview.ts';

/** More of them say no more. */
const WAYS = 6;
const ROWS = 50;

export function PreviewView({ preview }: { readonly preview: PreviewState }): ReactNode {
  const { value, failure, isOld } = preview;
  const { t } = useI18n();
  return (
    <Card
      withBorder
      padding="sm"
      aria-busy={isOld}
      aria-label={t('makeRule.preview')}
      role="region"
    >
      <Stack gap="xs">
        <Group gap="xs">
          <Text fw={600} size="sm">
            {t('makeRule.preview')}
          </Text>
          {isOld && <Loader size={14} aria-label={t('app.loading')} />}
        </Group>
        {failure !== null && (
          <Alert color="red">
            <ErrorText error={failure} />
          </Alert>
        )}
        {value !== null && <Found preview={value} />}
      </Stack>
    </Card>
  );
}

function Found({ preview }: { readonly preview: RulePreview }): ReactNode {
  const { mode, looked, caught, ways, flows } = preview;
  const { t } = useI18n();
  const moved = ways.reduce((sum, { count }) => sum + count, 0);
  return (
    <>
      {mode !== 'rule' && (
        <Alert color="orange">{t('makeRule.mode', { mode: t(`mode.${mode}`) })}</Alert>
      )}
      <Warnings preview={preview} />
      <Text size="sm" role="status">
        {t('makeRule.found', { looked, caught, moved, live: preview.live.length })}
      </Text>
      {ways.slice(0, WAYS).map((way) => (
        <Way key={`${way.from.join('\n')}\n\n${way.to.join('\n')}`} way={way} />
      ))}
      {ways.length > WAYS && (
        <Text size="xs" c="dimmed">
          {t('makeRule.moreWays', { count: ways.length - WAYS })}
        </Text>
      )}
      <Unknown preview={preview} />
      {flows.length > 0 && (
        <ScrollArea.Autosize mah={180} type="auto" offsetScrollbars>
          <Table fz="xs" verticalSpacing={2} aria-label={t('makeRule.flowsFound')}>
            <Table.Tbody>
              {flows.slice(0, ROWS).map(({ id, host, port, process, zone, isLive, way }) => (
                <Table.Tr key={id}>
                  <Table.Td className="breaks">
                    {printable(formatEndpoint(host, port), 120)}
                  </Table.Td>
                  <Table.Td className="breaks">
                    {printable(process, 40) || t(`zone.${zone}`)}
                  </Table.Td>
                  <Table.Td>{t(isLive ? 'connections.live' : 'connections.closed')}</Table.Td>
                  <Table.Td>{wayText(ways[way]?.from ?? [], t)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea.Autosize>
      )}
    </>
  );
}

/** Why the rule would not do what it is made for. */
function Warnings({ preview }: { readonly preview: RulePreview }): ReactNode {
  const { t } = useI18n();
  const earlier = preview.asked.filter(({ result }) => result === 'earlier');
  const missed = preview.asked.filter(({ result }) => result === 'missed');
  const unknown = preview.asked.filter(({ result }) => result === 'unknown');
  const [first] = earlier;
  return (
    <>
      {first !== undefined && (
        <Alert color="orange">
          {t('makeRule.earlier', { count: earlier.length, rule: printable(first.rule, 200) })}
        </Alert>
      )}
      {missed.length > 0 && (
        <Alert color="orange">{t('makeRule.missed', { count: missed.length })}</Alert>
      )}
      {unknown.length > 0 && (
        <Alert color="orange">{t('makeRule.askedUnknown', { count: unknown.length })}</Alert>
      )}
    </>
  );
}

function Way({ way }: { readonly way: PreviewWay }): ReactNode {
  const { t } = useI18n();
  return (
    <Group gap={6} wrap="wrap">
      <Text size="sm" fw={600} className="number" miw={36} ta="right">
        {way.count}
      </Text>
      <Text size="sm" className="breaks">
        {wayText(way.from, t)}
      </Text>
      <IconArrowRight size={14} aria-label={t('makeRule.becomes')} />
      <Text size="sm" fw={600} className="breaks">
        {wayText(way.to, t)}
      </Text>
    </Group>
  );
}

function Unknown({ preview }: { readonly preview: RulePreview }): ReactNode {
  const { t } = useI18n();
  const { name, address, process } = preview.unknown;
  const parts = [
    name > 0 ? t('makeRule.unknown.name', { count: name }) : '',
    address > 0 ? t('makeRule.unknown.address', { count: address }) : '',
    process > 0 ? t('makeRule.unknown.process', { count: process }) : '',
  ].filter((part) => part !== '');
  if (parts.length === 0) return null;
  return (
    <Text size="xs" c="dimmed">
      {parts.join(' ')}
    </Text>
  );
}

function wayText(way: readonly string[], t: Translate): string {
  return way.length === 0 ? t('makeRule.unknownWay') : printable(way.join(' → '), 120);
}
