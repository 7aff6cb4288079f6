/** Who is behind this machine, and whether what they send goes through Sluice. */
import type { ReactNode } from 'react';
import { Alert, Anchor, Card, Stack, Table, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { GuestInfo, NetworkInfo } from '../../../core/api/network.ts';
import type { TotalRow } from '../../../core/api/totals.ts';
import { WideTable } from '../../components/wide-table.tsx';
import { formatBytes, formatRates } from '../../format.ts';
import type { Key } from '../../i18n/en.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { keyOf } from '../../live/totals.ts';
import type { LiveTotals } from '../../live/totals.ts';
import { filterLink } from '../connections/filter-link.ts';

/** The rest is counted. */
const MAX_ROWS = 50;

export function GuestsCard(props: {
  readonly network: NetworkInfo;
  readonly live: LiveTotals;
}): ReactNode {
  const { network, live } = props;
  const { t } = useI18n();
  const { guests, environment, tunnel } = network;
  const hasGuests = guests.length > 0 || network.interfaces.some(({ role }) => role === 'guests');
  const rows = new Map((live.totals?.guest ?? []).map((row) => [row.name, row]));
  const blocked = [
    ...(network.forwards4 === false ? ['IPv4'] : []),
    ...(network.forwards6 === false ? ['IPv6'] : []),
  ];
  const isBlocked = hasGuests && network.forwards4 === false;
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {t('network.guests')}
      </Title>
      <Stack gap="sm">
        {environment === 'wsl' && <Note>{t('network.guests.inWsl')}</Note>}
        {environment === 'container' && !hasGuests && (
          <Note>{t('network.guests.inContainer')}</Note>
        )}
        {isBlocked && (
          <Alert color="orange" p="xs" icon={<IconAlertTriangle />}>
            {t('network.guests.noForward', { family: blocked.join(', ') })}
          </Alert>
        )}
        <Text size="sm" c={hasGuests ? 'inherit' : 'dimmed'}>
          {hasGuests
            ? t(tunnel === null ? 'network.guests.notCaptured' : 'network.guests.captured')
            : t('network.guests.none')}
        </Text>
        {guests.length > 0 && (
          <WideTable label={t('network.guests')} minWidth={300}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('network.guest.address')}</Table.Th>
                <Table.Th>{t('network.guest.zone')}</Table.Th>
                <Table.Th visibleFrom="sm">{t('network.guest.behind')}</Table.Th>
                <Table.Th visibleFrom="sm">{t('network.guest.traffic')}</Table.Th>
                <Table.Th>{t('network.guest.state')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {guests.slice(0, MAX_ROWS).map((guest) => (
                <GuestRow
                  key={guest.address}
                  guest={guest}
                  row={rows.get(guest.address)}
                  isCaptured={tunnel !== null}
                  live={live}
                />
              ))}
            </Table.Tbody>
          </WideTable>
        )}
        {guests.length > MAX_ROWS && (
          <Text size="sm" c="dimmed">
            {t('network.omitted', { count: guests.length - MAX_ROWS })}
          </Text>
        )}
      </Stack>
    </Card>
  );
}

function GuestRow(props: {
  readonly guest: GuestInfo;
  readonly row: TotalRow | undefined;
  readonly isCaptured: boolean;
  readonly live: LiveTotals;
}): ReactNode {
  const { guest, row, live } = props;
  const { t } = useI18n();
  const rate = row === undefined ? undefined : live.rates.get(keyOf('guest', row));
  const traffic =
    row === undefined
      ? ''
      : rate === undefined
        ? formatBytes(row.upload + row.download)
        : formatRates(rate);
  return (
    <Table.Tr>
      <Table.Td className="mono">
        <Anchor component={Link} href={filterLink(guest.address)} size="sm" underline="always">
          {guest.address}
        </Anchor>
      </Table.Td>
      <Table.Td>{t(`zone.${guest.zone}`)}</Table.Td>
      <Table.Td visibleFrom="sm">{guest.device}</Table.Td>
      <Table.Td visibleFrom="sm" className="number">
        {traffic}
      </Table.Td>
      <Table.Td>{t(stateOf(guest, props.isCaptured))}</Table.Td>
    </Table.Tr>
  );
}

function stateOf({ isSeen }: GuestInfo, isCaptured: boolean): Key {
  if (!isCaptured) return 'network.guest.notNow';
  return isSeen ? 'network.guest.seen' : 'network.guest.unseen';
}

function Note({ children }: { readonly children: string }): ReactNode {
  return (
    <Alert color="blue" p="xs" icon={<IconInfoCircle />}>
      {children}
    </Alert>
  );
}
