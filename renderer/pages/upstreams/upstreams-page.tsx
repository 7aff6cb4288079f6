/** Upstreams: groups with what they use, proxies with how fast they are, and the providers that bring them. */
import { useDeferredValue, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { Alert, Stack } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useLocation } from 'wouter';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { ProxyProviderInfo } from '../../../core/api/providers.ts';
import type { ProxyList } from '../../../core/api/proxies.ts';
import { call } from '../../api/client.ts';
import { OFFLINE } from '../../api/failure.ts';
import { ErrorText } from '../../components/error-text.tsx';
import { NoServers } from '../../components/no-servers.tsx';
import { showFailure } from '../../components/show-failure.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { useI18n } from '../../i18n/i18n.tsx';
import { closeFlows } from '../connections/close-flows.ts';
import type { CardActions } from './actions.ts';
import { choose, leftBehind } from './choose.ts';
import { CardList } from './card-list.tsx';
import { useFileUpstreams } from './file-upstreams.ts';
import { ImportDrawer } from './import/import-drawer.tsx';
import { Directory } from './members.ts';
import { testGroup, testProxy } from './test-store.ts';
import { Toolbar } from './toolbar.tsx';
import { UpstreamDrawer } from './upstream-drawer.tsx';
import { groupKey, providerKey } from './upstream-rows.ts';
import type { Order } from './upstream-rows.ts';
import { lookAgain, useUpstreams } from './upstream-store.ts';

export function UpstreamsPage(): ReactNode {
  const { list, providers, failure } = useUpstreams();
  return (
    <Stack gap="sm">
      {failure !== null && failure.code !== OFFLINE && (
        <Alert color="red">
          <ErrorText error={failure} />
        </Alert>
      )}
      {list === null ? (
        failure === null && <Waiting height="50vh" />
      ) : (
        <Cards list={list} providers={providers} />
      )}
    </Stack>
  );
}

function Cards(props: {
  readonly list: ProxyList;
  readonly providers: readonly ProxyProviderInfo[];
}): ReactNode {
  const { list, providers } = props;
  const { t } = useI18n();
  const [location] = useLocation();
  const [filter, setFilter] = useState('');
  const shownFilter = useDeferredValue(filter);
  const [order, setOrder] = useLocalStorage<Order>({
    key: 'sluice.upstreams.order',
    defaultValue: 'config',
    getInitialValueInEffect: false,
  });
  const [showsHidden, setShowsHidden] = useLocalStorage({
    key: 'sluice.upstreams.hidden',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const [open, setOpen] = useLocalStorage<Readonly<Record<string, boolean>>>({
    key: 'sluice.upstreams.open',
    defaultValue: {},
    getInitialValueInEffect: false,
  });
  const [left, setLeft] = useState<Readonly<Record<string, number>>>({});
  const [busy, setBusy] = useState<string | null>(null);
  const directory = useMemo(() => new Directory(list), [list]);
  // A drawer that opens is to know the file as it is now.
  const known = useFileUpstreams(`${location}\n${namesOf(list)}`);
  const { file } = known;
  const inFile = useMemo(
    () => new Map((file?.upstreams ?? []).map((one) => [one.settings.name, one])),
    [file],
  );

  const hasNone = providers.length === 0 && list.proxies.every(({ server }) => server === '');

  const setLeftOf = (group: string, count: number): void =>
    setLeft((before) => ({ ...before, [group]: count }));

  async function tryTo(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      showFailure(cause);
    }
  }

  const actions: CardActions = {
    toggle: (key, isOpen) => setOpen((before) => ({ ...before, [key]: isOpen })),
    choose: (group, member) =>
      void tryTo(async () => {
        await choose(group, member);
        setLeftOf(group, (await leftBehind(group)).length);
      }),
    testGroup: (name) => void testGroup(name),
    testProxy: (name) => void testProxy(name, list),
    closeLeft: (group) =>
      void tryTo(async () => {
        const flows = await leftBehind(group);
        await closeFlows(
          flows.map(({ id }) => id),
          t,
        );
        setLeftOf(group, 0);
      }),
    forgetLeft: (group) => setLeftOf(group, 0),
    refreshProvider: (name) => {
      setBusy(name);
      void tryTo(async () => {
        await call(endpoints.refreshProvider, { params: { kind: 'proxies', name } });
        await lookAgain();
      }).finally(() => setBusy(null));
    },
  };

  return (
    <>
      <Toolbar
        list={list}
        filter={filter}
        onFilter={setFilter}
        order={order}
        onOrder={setOrder}
        showsHidden={showsHidden}
        onShowsHidden={setShowsHidden}
        onOpenAll={(isOpen) => {
          const keys = [
            ...list.groups.map(({ name }) => groupKey(name)),
            ...providers.map(({ name }) => providerKey(name)),
          ];
          setOpen(Object.fromEntries(keys.map((key) => [key, isOpen])));
        }}
      />
      {hasNone && <NoServers />}
      <CardList
        list={list}
        providers={providers}
        directory={directory}
        filter={shownFilter}
        order={order}
        showsHidden={showsHidden}
        open={open}
        left={left}
        busy={busy}
        inFile={inFile}
        actions={actions}
      />
      <UpstreamDrawer known={known} />
      <ImportDrawer known={known} />
    </>
  );
}

/** Another text where the file may have other upstreams. */
function namesOf({ proxies, groups }: ProxyList): string {
  return [...proxies, ...groups].map(({ name }) => name).join('\n');
}
