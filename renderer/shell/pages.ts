/** The pages: where each is, how it is called, and what draws it. Loaded when first opened. */
import {
  IconArrowsExchange,
  IconHome,
  IconListDetails,
  IconNetwork,
  IconRocket,
  IconScript,
  IconSettings,
  IconServer2,
  IconWorldSearch,
} from '@tabler/icons-react';
import type { Icon } from '@tabler/icons-react';
import type { AroundNavHandler } from 'wouter';
import { ApiFailure } from '../api/failure.ts';
import { showFailure } from '../components/show-failure.tsx';
import type { Key } from '../i18n/en.ts';
import { lazyPage } from './lazy-page.tsx';
import type { LazyPage } from './lazy-page.tsx';

export interface Page extends LazyPage {
  /** Below `/ui`. */
  readonly path: string;
  readonly title: Key;
  readonly icon: Icon;
  /** What else has an address on it, for the palette. */
  readonly views?: readonly { readonly path: string; readonly title: Key }[];
  /** In the menu only while there is no upstream yet; the palette has it always. */
  readonly isForBeginning?: true;
}

export const pages: readonly Page[] = [
  {
    path: '/',
    title: 'nav.home',
    icon: IconHome,
    ...lazyPage(async () => (await import('../pages/home/home-page.tsx')).HomePage),
  },
  {
    path: '/connections',
    title: 'nav.connections',
    icon: IconArrowsExchange,
    views: [{ path: '/connections?view=closed', title: 'connections.closed' }],
    ...lazyPage(
      async () => (await import('../pages/connections/connections-page.tsx')).ConnectionsPage,
    ),
  },
  {
    path: '/rules',
    title: 'nav.rules',
    icon: IconScript,
    views: [
      { path: '/rules/list', title: 'rules.view.list' },
      { path: '/rules/tests', title: 'rules.view.tests' },
      { path: '/rules/lists', title: 'rules.view.lists' },
      { path: '/rules/history', title: 'rules.view.history' },
    ],
    ...lazyPage(async () => (await import('../pages/rules/rules-page.tsx')).RulesPage),
  },
  {
    path: '/upstreams',
    title: 'nav.upstreams',
    icon: IconServer2,
    views: [
      { path: '/upstreams/new', title: 'upstreams.add' },
      { path: '/upstreams/import', title: 'upstreams.import' },
    ],
    ...lazyPage(async () => (await import('../pages/upstreams/upstreams-page.tsx')).UpstreamsPage),
  },
  {
    path: '/dns',
    title: 'nav.dns',
    icon: IconWorldSearch,
    views: [
      { path: '/dns/cache', title: 'dns.cache' },
      { path: '/dns/fake-ip', title: 'dns.fake-ip' },
      { path: '/dns/tool', title: 'dns.tool' },
    ],
    ...lazyPage(async () => (await import('../pages/dns/dns-page.tsx')).DnsPage),
  },
  {
    path: '/network',
    title: 'nav.network',
    icon: IconNetwork,
    views: [{ path: '/network#self-test', title: 'selfTest.title' }],
    ...lazyPage(async () => (await import('../pages/network/network-page.tsx')).NetworkPage),
  },
  {
    path: '/logs',
    title: 'nav.logs',
    icon: IconListDetails,
    ...lazyPage(async () => (await import('../pages/logs/logs-page.tsx')).LogsPage),
  },
  {
    path: '/settings',
    title: 'nav.settings',
    icon: IconSettings,
    ...lazyPage(async () => (await import('../pages/settings/settings-page.tsx')).SettingsPage),
  },
  {
    path: '/first-run',
    title: 'nav.firstRun',
    icon: IconRocket,
    isForBeginning: true,
    ...lazyPage(async () => (await import('../pages/first-run/first-run-page.tsx')).FirstRunPage),
  },
];

/** The address of the interface. */
export const BASE = '/ui';
let latest = 0;

/** One stays where one is until the page that comes next is loaded. Of two in a row the later counts. */
export const openPage: AroundNavHandler = (navigate, to, options) => {
  latest += 1;
  const turn = latest;
  const first = /^\/[^/?#]*/.exec(to.slice(BASE.length))?.[0];
  const page = pages.find(({ path }) => path === first);
  if (page === undefined || page.isLoaded()) return navigate(to, options);
  page.load().then(
    () => {
      if (turn === latest) navigate(to, options);
    },
    () => showFailure(ApiFailure.offline()),
  );
};
