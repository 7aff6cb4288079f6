/** The interfaces of this machine, and what each is to Sluice. */
import type { ReactNode } from 'react';
import { Badge, Card, Table, Text, Title } from '@mantine/core';
import type { InterfaceInfo, InterfaceRole, NetworkInfo } from '../../../core/api/network.ts';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';

const roleColors: Readonly<Record<InterfaceRole, string>> = {
  tunnel: 'cyan',
  uplink: 'orange',
  guests: 'grape',
  vpn: 'yellow',
  network: 'lime',
  loopback: 'gray',
  port: 'gray',
};

export function InterfacesCard({ network }: { readonly network: NetworkInfo }): ReactNode {
  const { t } = useI18n();
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {t('network.interfaces')}
      </Title>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('network.if.name')}</Table.Th>
            <Table.Th visibleFrom="sm">{t('network.if.role')}</Table.Th>
            <Table.Th>{t('network.if.addresses')}</Table.Th>
            <Table.Th visibleFrom="sm" ta="right">
              MTU
            </Table.Th>
            <Table.Th visibleFrom="sm">{t('network.if.state')}</Table.Th>
            <Table.Th visibleFrom="sm">{t('network.guest.zone')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {network.interfaces.map((one) => (
            <InterfaceRow key={one.name} one={one} />
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

function InterfaceRow({ one }: { readonly one: InterfaceInfo }): ReactNode {
  const { t } = useI18n();
  const role = (
    <Badge variant="light" color={roleColors[one.role]} tt="none" maw="100%">
      {t(`network.role.${one.role}`, { master: printable(one.master) })}
    </Badge>
  );
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Td>
        <Text size="sm" fw={600} className="mono">
          {printable(one.name)}
        </Text>
        {one.kind !== '' && (
          <Text size="xs" c="dimmed">
            {printable(one.kind)}
          </Text>
        )}
        <Text hiddenFrom="sm" component="span">
          {role}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">{role}</Table.Td>
      <Table.Td>
        {one.addresses.map((address) => (
          <Text key={address} size="sm" className="mono breaks">
            {address}
          </Text>
        ))}
      </Table.Td>
      <Table.Td visibleFrom="sm" ta="right" className="number">
        {one.mtu === 0 ? '' : one.mtu}
      </Table.Td>
      <Table.Td visibleFrom="sm">{t(`network.state.${one.state}`)}</Table.Td>
      <Table.Td visibleFrom="sm">{one.zone === null ? '' : t(`zone.${one.zone}`)}</Table.Td>
    </Table.Tr>
  );
}
