/** Above the cards: the filter, their order, and testing them all. */
import type { ReactNode } from 'react';
import {
  ActionIcon,
  Button,
  Group,
  Menu,
  NativeSelect,
  Progress,
  Text,
  TextInput,
  Title,
  VisuallyHidden,
} from '@mantine/core';
import { IconBolt, IconDots, IconFileImport, IconFilter, IconPlus } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { ProxyList } from '../../../core/api/proxies.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { cancelAll, testAll, useTests } from './test-store.ts';
import { ORDERS, shownGroups } from './upstream-rows.ts';
import type { Order } from './upstream-rows.ts';

/** Narrow enough for the buttons to stand in one line on a telephone. */
const PADDING = { base: 'sm', sm: 'md' } as const;

export function Toolbar(props: {
  readonly list: ProxyList;
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
  readonly showsHidden: boolean;
  readonly onShowsHidden: (showsHidden: boolean) => void;
  readonly onOpenAll: (isOpen: boolean) => void;
}): ReactNode {
  const { list, filter, onFilter, order, onOrder, showsHidden, onShowsHidden, onOpenAll } = props;
  const { t } = useI18n();
  const groups = shownGroups(list, showsHidden).map(({ name }) => name);
  return (
    <>
      <VisuallyHidden>
        <Title order={1}>{t('nav.upstreams')}</Title>
      </VisuallyHidden>
      <Group gap={8}>
        <TextInput
          value={filter}
          onChange={(event) => onFilter(event.currentTarget.value)}
          placeholder={t('list.filter')}
          aria-label={t('list.filter')}
          leftSection={<IconFilter size={16} />}
          flex={1}
          miw={160}
        />
        <NativeSelect
          aria-label={t('upstreams.order')}
          value={order}
          onChange={(event) => {
            const chosen = ORDERS.find((one) => one === event.currentTarget.value);
            if (chosen !== undefined) onOrder(chosen);
          }}
          data={ORDERS.map((value) => ({ value, label: t(`upstreams.order.${value}`) }))}
        />
        <TestAll groups={groups} list={list} />
        <Button
          component={Link}
          href="/upstreams/import"
          px={PADDING}
          variant="default"
          leftSection={<IconFileImport size={16} />}
        >
          {t('upstreams.import')}
        </Button>
        <Button
          component={Link}
          href="/upstreams/new"
          px={PADDING}
          leftSection={<IconPlus size={16} />}
        >
          {t('upstreams.add')}
        </Button>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="default" size={36} aria-label={t('connections.more')}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.CheckboxItem checked={showsHidden} onChange={onShowsHidden}>
              {t('upstreams.showHidden')}
            </Menu.CheckboxItem>
            <Menu.Divider />
            <Menu.Item onClick={() => onOpenAll(true)}>{t('upstreams.openAll')}</Menu.Item>
            <Menu.Item onClick={() => onOpenAll(false)}>{t('upstreams.closeAll')}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
    </>
  );
}

function TestAll(props: {
  readonly groups: readonly string[];
  readonly list: ProxyList;
}): ReactNode {
  const { t } = useI18n();
  const { progress } = useTests();
  if (progress === null) {
    return (
      <Button
        variant="default"
        px={PADDING}
        leftSection={<IconBolt size={16} />}
        onClick={() => void testAll(props.groups, props.list)}
      >
        {t('upstreams.testAll')}
      </Button>
    );
  }
  const { done, total } = progress;
  const label = t('upstreams.progress', { done, total });
  return (
    <Group gap="xs" wrap="nowrap">
      <Progress value={total === 0 ? 0 : (done / total) * 100} w={90} aria-label={label} animated />
      <Text size="sm" className="number" role="status">
        {label}
      </Text>
      <Button variant="default" onClick={cancelAll}>
        {t('app.cancel')}
      </Button>
    </Group>
  );
}
