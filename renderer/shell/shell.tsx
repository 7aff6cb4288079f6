/** What is around every page: the pages' names at the side, how core is at the top. */
import { useRef } from 'react';
import type { ReactNode } from 'react';
import {
  ActionIcon,
  Alert,
  AppShell,
  Burger,
  Group,
  Image,
  NavLink,
  Text,
  Tooltip,
} from '@mantine/core';
import { useDisclosure, useDocumentTitle, useHotkeys } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { IconPlugConnectedX, IconSearch } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import { OFFLINE } from '../api/failure.ts';
import { useI18n } from '../i18n/i18n.tsx';
import { useLive } from '../live/live.ts';
import { liveHealth } from '../live/status.ts';
import { AppearanceMenu } from './appearance-menu.tsx';
import { useFirstRun } from './use-first-run.ts';
import { pages } from './pages.ts';
import { RecordBadge } from './record-badge.tsx';
import type { Page } from './pages.ts';
import classes from './shell.module.css';
import { VersionNotice } from './version-notice.tsx';
import { StateBadge } from './state-badge.tsx';

export function Shell({ children }: { readonly children: ReactNode }): ReactNode {
  const { t } = useI18n();
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const burger = useRef<HTMLButtonElement>(null);
  const [location] = useLocation();
  const { failure, value } = useLive(liveHealth);
  const isBare = useFirstRun(value.status);
  const here = pages.find((page) => isAt(page, location));
  useDocumentTitle(here === undefined ? t('app.name') : `${t(here.title)} · ${t('app.name')}`);
  useHotkeys([['Escape', closeMenu]]);
  const isShown = ({ isForBeginning }: Page): boolean => isForBeginning !== true || isBare;

  function closeMenu(): void {
    if (!isOpen) return;
    close();
    burger.current?.focus();
  }

  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 200, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'xs', sm: 'md' }}
    >
      <a
        className={classes.skip}
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('content')?.focus();
        }}
      >
        {t('app.skip')}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap">
          <Burger
            ref={burger}
            opened={isOpen}
            aria-expanded={isOpen}
            onClick={toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label={t('app.menu')}
          />
          <Image src={`${import.meta.env.BASE_URL}icon.svg`} w={26} h={26} alt="" />
          <Text fw={700}>{t('app.name')}</Text>
          <StateBadge />
          <RecordBadge />
          <Group ml="auto" gap="xs" wrap="nowrap">
            <Tooltip label={`${t('palette.open')} (Ctrl+K)`}>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t('palette.open')}
                onClick={spotlight.open}
              >
                <IconSearch size={18} />
              </ActionIcon>
            </Tooltip>
            <AppearanceMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar
        p="xs"
        component="nav"
        aria-label={t('app.menu')}
        className={classes.menu}
        data-open={isOpen || undefined}
      >
        {pages.filter(isShown).map((page) => {
          const { path, title, icon: PageIcon } = page;
          const isHere = page === here;
          return (
            <NavLink
              key={path}
              component={Link}
              href={path}
              label={t(title)}
              leftSection={<PageIcon size={18} />}
              active={isHere}
              aria-current={isHere ? 'page' : undefined}
              onClick={close}
            />
          );
        })}
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className={classes.main}>
        {failure?.code === OFFLINE && (
          <Alert color="red" icon={<IconPlugConnectedX />} title={t('app.offline.title')} mb="md">
            {t('app.offline.text')}
          </Alert>
        )}
        <VersionNotice />
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

function isAt({ path }: Page, location: string): boolean {
  return location === path || (path !== '/' && location.startsWith(`${path}/`));
}
