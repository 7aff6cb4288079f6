/** DNS: what was asked, who answered and why; totals, forgetting, and a query of one's own. */
import { useDeferredValue, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import {
  Alert,
  Anchor,
  Button,
  Menu,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  Title,
  VisuallyHidden,
} from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import { FLUSH_TARGETS } from '../../../core/api/dns.ts';
import type { DnsQueryInfo } from '../../../core/api/dns.ts';
import type { ApiFailure } from '../../api/failure.ts';
import { DataTable } from '../../components/data-table.tsx';
import { ListBar } from '../../components/list-bar.tsx';
import { Waiting } from '../../components/waiting.tsx';
import type { Key } from '../../i18n/en.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { useLive } from '../../live/live.ts';
import { liveQueries } from '../../live/queries.ts';
import { liveHealth } from '../../live/status.ts';
import { AskCard } from './ask-card.tsx';
import { askToFlush } from './ask-to-flush.tsx';
import { CacheView } from './cache-view.tsx';
import { FakeIpsView } from './fake-ips-view.tsx';
import { queryColumns } from './query-columns.ts';
import { QueryDrawer } from './query-drawer.tsx';
import { selectQueries } from './select-queries.ts';
import { DnsTotalsCard } from './totals-card.tsx';

const views = ['queries', 'cache', 'fake-ip', 'tool'] as const;
type View = (typeof views)[number];

export function DnsPage(): ReactNode {
  const { t } = useI18n();
  const { value: health } = useLive(liveHealth);
  const [location, navigate] = useLocation();
  const totals = health.status?.dns ?? null;
  if (health.status === null) return <Waiting height="50vh" />;
  if (totals === null) return <Off />;
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

function Off(): ReactNode {
  const { t } = useI18n();
  return (
    <>
      <VisuallyHidden>
        <Title order={1}>{t('nav.dns')}</Title>
      </VisuallyHidden>
      <Alert color="blue">
        <Text size="sm">{t('dns.off')}</Text>
        <Anchor component={Link} href="/settings/dns/enable" size="sm" underline="always">
          {t('selfTest.fix.open', { page: t('nav.settings') })}
        </Anchor>
      </Alert>
    </>
  );
}

/** `/dns`, `/dns/cache`, `/dns/fake-ip`, `/dns/tool`. */
function viewOf(location: string): View {
  return views.find((view) => location === `/dns/${view}`) ?? 'queries';
}

function Queries({ switcher }: { readonly switcher: ReactNode }): ReactNode {
  const i18n = useI18n();
  const { t } = i18n;
  const { value: queries, failure } = useLive(liveQueries);
  const [filter, setFilter] = useState('');
  const [held, setHeld] = useState<readonly DnsQueryInfo[] | null>(null);
  const [open, setOpen] = useState<DnsQueryInfo | null>(null);
  const text = useDeferredValue(filter);
  const rows = useMemo(() => selectQueries(held ?? queries, text), [held, queries, text]);
  return (
    <>
      <ListBar
        filter={filter}
        onFilter={setFilter}
        count={rows.length}
        before={switcher}
        after={
          <>
            <Switch
              label={t('list.hold')}
              checked={held !== null}
              onChange={(event) => setHeld(event.currentTarget.checked ? queries : null)}
            />
            <FlushMenu />
          </>
        }
      />
      <DataTable<DnsQueryInfo>
        label={t('dns.queries')}
        rows={rows}
        keyOf={({ id }) => id}
        columns={queryColumns(i18n)}
        sorting={null}
        onOpen={setOpen}
        around={230}
        emptyText={t(emptyKey(queries, failure, text))}
      />
      <QueryDrawer query={open} onClose={() => setOpen(null)} />
    </>
  );
}

function emptyKey(
  queries: readonly DnsQueryInfo[],
  failure: ApiFailure | null,
  filter: string,
): Key {
  if (queries.length === 0 && failure !== null) return 'list.unknown';
  return filter === '' ? 'dns.empty' : 'list.nothing';
}

function FlushMenu(): ReactNode {
  const { t } = useI18n();
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" leftSection={<IconTrash size={16} />}>
          {t('dns.flush')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {FLUSH_TARGETS.map((what) => (
          <Menu.Item key={what} onClick={() => askToFlush(what, t)}>
            {t(`dns.flush.${what}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
