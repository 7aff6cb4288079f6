/** The pages: where each is, how it is called, and what draws it. Loaded when first opened. */
import { lazy } from 'react';
import type { ComponentType, LazyExoticComponent } from 'react';
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
import type { Key } from '../i18n/en.ts';

export interface Page {
  /** Below `/ui`. */
  readonly path: string;
  readonly title: Key;
  readonly icon: Icon;
  readonly component: LazyExoticComponent<ComponentType>;
  /** In the menu only while there is no upstream yet; the palette has it always. */
  readonly isForBeginning?: true;
}

export const pages: readonly Page[] = [
  {
    path: '/',
    title: 'nav.home',
    icon: IconHome,
    component: lazy(async () => ({
      default: (await import('../pages/home/home-page.tsx')).HomePage,
    })),
  },
  {
    path: '/connections',
    title: 'nav.connections',
    icon: IconArrowsExchange,
    component: lazy(async () => ({
      default: (await import('../pages/connections/connections-page.tsx')).ConnectionsPage,
    })),
  },
  {
    path: '/rules',
    title: 'nav.rules',
    icon: IconScript,
    component: lazy(async () => ({
      default: (await import('../pages/rules/rules-page.tsx')).RulesPage,
    })),
  },
  {
    path: '/upstreams',
    title: 'nav.upstreams',
    icon: IconServer2,
    component: lazy(async () => ({
      default: (await import('../pages/upstreams/upstreams-page.tsx')).UpstreamsPage,
    })),
  },
  {
    path: '/dns',
    title: 'nav.dns',
    icon: IconWorldSearch,
    component: lazy(async () => ({ default: (await import('../pages/dns/dns-page.tsx')).DnsPage })),
  },
  {
    path: '/network',
    title: 'nav.network',
    icon: IconNetwork,
    component: lazy(async () => ({
      default: (await import('../pages/network/network-page.tsx')).NetworkPage,
    })),
  },
  {
    path: '/logs',
    title: 'nav.logs',
    icon: IconListDetails,
    component: lazy(async () => ({
      default: (await import('../pages/logs/logs-page.tsx')).LogsPage,
    })),
  },
  {
    path: '/settings',
    title: 'nav.settings',
    icon: IconSettings,
    component: lazy(async () => ({
      default: (await import('../pages/settings/settings-page.tsx')).SettingsPage,
    })),
  },
  {
    path: '/first-run',
    title: 'nav.firstRun',
    icon: IconRocket,
    isForBeginning: true,
    component: lazy(async () => ({
      default: (await import('../pages/first-run/first-run-page.tsx')).FirstRunPage,
    })),
  },
];
