/** DNS: what was asked, who answered and why; totals, forgetting, and a query of one's own. */
import { useDeferredValue, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { Alert, Button, Menu, SegmentedControl, Stack, Title, VisuallyHidden } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconTrash } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import { FLUSH_TARGETS } from '../../../core/api/dns.ts';
import type { DnsQueryInfo, FlushTarget } from '../../../core/api/dns.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { showFailure } from '../../components/show-failure.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { ListBar } from '../../components/list-bar.tsx';
import { useI18n } from '../../i18n/i18n.tsx';
import { useLive } from '../../live/live.ts';
import { liveQueries } from '../../live/queries.ts';
import { liveHealth } from '../../live/status.ts';
import { AskCard } from './ask-card.tsx';
import { CacheView } from './cache-view.tsx';
import { FakeIpsView } from './fake-ips-view.tsx';
import { queryColumns } from './query-columns.ts';
import { selectQueries } from './select-queries.ts';
import { DnsTotalsCard } from './totals-card.tsx';

const views = ['queries', 'cache', 'fake-ip', 'tool'] as const;
type View = (typeof views)[number];

export function DnsPage(): ReactNode {
  const { t } = useI18n();
  const { value: health } = useLive(liveHealth);
  const [location, navigate] = useLocation();
  const totals = health.status?.dns ?? null;
  if (health.status === null) return null;
  if (totals === null) return <Alert color="blue">{t('dns.off')}</Alert>;
  const view = viewOf(location);
  const switcher = (
    <SegmentedControl
      value={view}
      onChange={(next) => navigate(next === 'queries' ? '/dns' : `/dns/${next}`)}
      data={views.map((value) => ({ value, label: t(`dns.${value}`) }))}
    />
  );
  return (
    <Stack gap="sm">
      <VisuallyHidden>
        <Title order={1}>{t('nav.dns')}</Title>
      </VisuallyHidden>
      <DnsTotalsCard totals={totals} />
      {view === 'queries' && <Queries switcher={switcher} />}
      {view === 'cache' && <CacheView switcher={switcher} />}
      {view === 'fake-ip' && <FakeIpsView switcher={switcher} />}
      {view === 'tool' && <AskCard switcher={switcher} />}
    </Stack>
  );
}

/** `/dns`, `/dns/cache`, `/dns/fake-ip`, `/dns/tool`. */
function viewOf(location: string): View {
  return views.find((view) => location === `/dns/${view}`) ?? 'queries';
}

function Queries({ switcher }: { readonly switcher: ReactNode }): ReactNode {
  const i18n = useI18n();
  const { t } = i18n;
  const { value: queries } = useLive(liveQueries);
  const [filter, setFilter] = useState('');
  const text = useDeferredValue(filter);
  const rows = useMemo(() => selectQueries(queries, text), [queries, text]);
  return (
    <>
      <ListBar
        filter={filter}
        onFilter={setFilter}
        count={rows.length}
        before={switcher}
        after={<FlushMenu />}
      />
      <DataTable<DnsQueryInfo>
        label={t('dns.queries')}
        rows={rows}
        keyOf={({ id }) => id}
        columns={queryColumns(i18n)}
        sorting={null}
        around={230}
        emptyText={text === '' ? t('dns.empty') : t('list.nothing')}
      />
    </>
  );
}

function FlushMenu(): ReactNode {
  const { t } = useI18n();

  async function flush(what: FlushTarget): Promise<void> {
    try {
      await call(endpoints.dnsFlush, { body: { what } });
      notifications.show({ message: t('dns.flushed') });
    } catch (cause) {
      showFailure(cause);
    }
  }

  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" leftSection={<IconTrash size={16} />}>
          {t('dns.flush')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {FLUSH_TARGETS.map((what) => (
          <Menu.Item key={what} onClick={() => void flush(what)}>
            {t(`dns.flush.${what}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
