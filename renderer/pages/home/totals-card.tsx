/** What went through since Sluice started, by upstream, zone and program. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Anchor, Button, Card, Center, Group, Table, Tabs, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { formatBytes, formatDateTime, formatRates } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { useLive } from '../../live/live.ts';
import type { Rate } from '../../live/rates.ts';
import { keyOf, liveTotals } from '../../live/totals.ts';
import { TOTAL_TABS, shownTotal } from './total-rows.ts';
import type { ShownTotal, TotalTab } from './total-rows.ts';
import classes from './totals-card.module.css';

/** Until all are asked for. */
const FIRST_ROWS = 6;

export function TotalsCard(): ReactNode {
  const { t, language } = useI18n();
  const { totals, rates } = useLive(liveTotals).value;
  const [tab, setTab] = useState<TotalTab>('upstream');
  const [showsAll, setShowsAll] = useState(false);
  const rows = totals?.[tab] ?? [];
  const shown = showsAll ? rows : rows.slice(0, FIRST_ROWS);
  const largest = Math.max(1, ...rows.map(({ upload, download }) => upload + download));
  return (
    <Card withBorder>
      <Group justify="space-between" mb="xs" gap="xs">
        <Title order={2} size="h4">
          {t('home.totals')}
        </Title>
        {totals !== null && (
          <Text size="xs" c="dimmed">
            {t('home.totalsSince', { time: formatDateTime(totals.since, language) })}
          </Text>
        )}
      </Group>
      <Tabs value={tab} onChange={(next) => setTab((next ?? 'upstream') as TotalTab)}>
        <Tabs.List mb="xs">
          {TOTAL_TABS.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {t(`home.by.${one}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab}>
          {rows.length === 0 ? (
            <Center p="lg">
              <Text c="dimmed" ta="center">
                {t('home.noTraffic')}
              </Text>
            </Center>
          ) : (
            <Table verticalSpacing={6} layout="fixed" aria-label={t(`home.by.${tab}`)}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t(`home.by.${tab}`)}</Table.Th>
                  <Table.Th w={86} ta="right">
                    {t('home.down')}
                  </Table.Th>
                  <Table.Th w={86} ta="right">
                    {t('home.up')}
                  </Table.Th>
                  <Table.Th w={190} ta="right" visibleFrom="sm">
                    {t('home.now')}
                  </Table.Th>
                  <Table.Th w={64} ta="right" visibleFrom="xs">
                    {t('home.open')}
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {shown.map((row) => (
                  <Row
                    key={keyOf(tab, row)}
                    shown={shownTotal(tab, row, t)}
                    largest={largest}
                    rate={rates.get(keyOf(tab, row))}
                  />
                ))}
              </Table.Tbody>
            </Table>
          )}
        </Tabs.Panel>
      </Tabs>
      {rows.length > FIRST_ROWS && (
        <Button
          variant="subtle"
          size="xs"
          mt="xs"
          aria-expanded={showsAll}
          onClick={() => setShowsAll(!showsAll)}
        >
          {showsAll ? t('home.fewer') : t('home.all', { count: rows.length })}
        </Button>
      )}
    </Card>
  );
}

function Row(props: {
  readonly shown: ShownTotal;
  readonly largest: number;
  readonly rate: Rate | undefined;
}): ReactNode {
  const { shown, largest, rate } = props;
  const { row, name, hint, href } = shown;
  const share = (bytes: number): string => `${(100 * bytes) / largest}%`;
  const title = hint === '' ? name : `${name}\n${hint}`;
  return (
    <Table.Tr>
      <Table.Td>
        {href === null ? (
          <Text size="sm" className="clip" title={title}>
            {name}
          </Text>
        ) : (
          <Anchor
            component={Link}
            href={href}
            size="sm"
            className="clip"
            display="block"
            title={title}
          >
            {name}
          </Anchor>
        )}
        <div className={classes.bar} aria-hidden="true">
          <div className={classes.down} style={{ width: share(row.download) }} />
          <div className={classes.up} style={{ width: share(row.upload) }} />
        </div>
      </Table.Td>
      <Table.Td ta="right" className="number">
        {formatBytes(row.download)}
      </Table.Td>
      <Table.Td ta="right" className="number">
        {formatBytes(row.upload)}
      </Table.Td>
      <Table.Td ta="right" className="number" visibleFrom="sm">
        {rate === undefined ? '' : formatRates(rate)}
      </Table.Td>
      <Table.Td ta="right" className="number" visibleFrom="xs">
        {row.open}
      </Table.Td>
    </Table.Tr>
  );
}
