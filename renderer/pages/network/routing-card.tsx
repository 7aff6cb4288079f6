/** How traffic is led: in sentences first, then the policy rules and routes themselves. */
import type { ReactNode } from 'react';
import { Accordion, Alert, Card, List, Stack, Table, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { NetworkInfo, PolicyRuleInfo, RouteInfo } from '../../../core/api/network.ts';
import { WideTable } from '../../components/wide-table.tsx';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import { routingSentences } from './routing-words.ts';

export function RoutingCard({ network }: { readonly network: NetworkInfo }): ReactNode {
  const { t } = useI18n();
  const sentences = routingSentences(network, t);
  const { rules, routes, omitted } = network;
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {t('network.routing')}
      </Title>
      <Stack gap="sm">
        {sentences
          .filter(({ isWarning }) => isWarning)
          .map(({ text }) => (
            <Alert key={text} color="orange" p="xs" icon={<IconAlertTriangle />}>
              {text}
            </Alert>
          ))}
        <List size="sm">
          {sentences
            .filter(({ isWarning }) => !isWarning)
            .map(({ text }) => (
              <List.Item key={text}>{text}</List.Item>
            ))}
        </List>
        <Accordion variant="separated" multiple>
          <Accordion.Item value="rules">
            <Accordion.Control>
              {t('network.rules')} ({rules.length})
            </Accordion.Control>
            <Accordion.Panel>
              <RulesTable rules={rules} />
            </Accordion.Panel>
          </Accordion.Item>
          <Accordion.Item value="routes">
            <Accordion.Control>
              {t('network.routes')} ({routes.length})
            </Accordion.Control>
            <Accordion.Panel>
              <RoutesTable routes={routes} />
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
        {omitted > 0 && (
          <Text size="sm" c="dimmed">
            {t('network.omitted', { count: omitted })}
          </Text>
        )}
      </Stack>
    </Card>
  );
}

function RulesTable({ rules }: { readonly rules: readonly PolicyRuleInfo[] }): ReactNode {
  const { t } = useI18n();
  return (
    <WideTable label={t('network.rules')} minWidth={640}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('network.rule.priority')}</Table.Th>
          <Table.Th>{t('network.rule.text')}</Table.Th>
          <Table.Th>{t('network.rule.why')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rules.map((rule) => (
          <Table.Tr key={`${rule.family} ${rule.priority} ${rule.text}`}>
            <Table.Td className="number" style={{ whiteSpace: 'nowrap' }}>
              {rule.priority} (IPv{rule.family})
            </Table.Td>
            <Table.Td className="mono">{printable(rule.text)}</Table.Td>
            <Table.Td>{purposeOf(rule, t)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}

function purposeOf({ family, purpose, isSystem }: PolicyRuleInfo, t: Translate): string {
  if (purpose === null) return t(isSystem ? 'network.rule.system' : 'network.rule.foreign');
  return t(purpose === 'unbound' ? `network.rule.unbound${family}` : `network.rule.${purpose}`);
}

function RoutesTable({ routes }: { readonly routes: readonly RouteInfo[] }): ReactNode {
  const { t } = useI18n();
  return (
    <WideTable label={t('network.routes')} minWidth={480}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('network.route.prefix')}</Table.Th>
          <Table.Th>{t('network.route.way')}</Table.Th>
          <Table.Th>{t('network.route.table')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {routes.map((route) => (
          <Table.Tr key={JSON.stringify(route)}>
            <Table.Td className="mono">{route.prefix}</Table.Td>
            <Table.Td className="mono">{wayOf(route, t)}</Table.Td>
            <Table.Td>{route.isOwn ? t('network.route.own') : 'main'}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}

function wayOf({ type, device, gateway }: RouteInfo, t: Translate): string {
  if (type !== 'unicast') return type;
  const name = printable(device);
  return gateway === '' ? name : t('network.route.via', { device: name, gateway });
}
