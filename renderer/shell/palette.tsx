/** The command palette (Ctrl+K): every page, its views, and what is done from anywhere, by name. */
import type { ReactNode } from 'react';
import { Kbd, useMantineColorScheme } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { Spotlight } from '@mantine/spotlight';
import { IconPower, IconRoute, IconSearch, IconSettings } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import { endpoints } from '../../core/api/endpoints.ts';
import { SETTING_GROUPS } from '../../core/api/settings.ts';
import { MODES } from '../../core/api/status.ts';
import type { Mode } from '../../core/api/status.ts';
import { call } from '../api/client.ts';
import { showFailure } from '../components/show-failure.tsx';
import { languages, useI18n } from '../i18n/i18n.tsx';
import type { Language } from '../i18n/i18n.tsx';
import { useLive } from '../live/live.ts';
import { liveHealth } from '../live/status.ts';
import { schemes } from './appearance-menu.tsx';
import { pages } from './pages.ts';
import { switchCapture } from './switch-capture.ts';

export function Palette(): ReactNode {
  const { t, setLanguage } = useI18n();
  const { setColorScheme } = useMantineColorScheme();
  const [, navigate] = useLocation();
  const { status } = useLive(liveHealth).value;
  const isOn = status !== null && status.tun !== null;

  async function toggleCapture(): Promise<void> {
    if (status === null || !(await switchCapture(!isOn))) return;
    notifications.show({ message: t(isOn ? 'palette.captureIsOff' : 'palette.captureIsOn') });
  }

  async function switchMode(mode: Mode): Promise<void> {
    await call(endpoints.setMode, { body: { mode } }).then(
      () => notifications.show({ message: t(`home.mode.${mode}`) }),
      showFailure,
    );
  }

  useHotkeys([['mod+.', () => void toggleCapture()]]);
  const groups = [
    {
      group: t('palette.pages'),
      actions: pages.flatMap(({ path, title, icon: PageIcon, views = [] }) => {
        const shared = { leftSection: <PageIcon size={18} />, keywords: path };
        return [
          { id: path, label: t(title), onClick: () => navigate(path), ...shared },
          ...views.map((view) => ({
            id: view.path,
            label: `${t(title)}: ${t(view.title)}`,
            onClick: () => navigate(view.path),
            ...shared,
          })),
        ];
      }),
    },
    {
      group: t('nav.settings'),
      actions: SETTING_GROUPS.map((group) => ({
        id: `settings-${group}`,
        label: `${t('nav.settings')}: ${t(`settings.group.${group}`)}`,
        leftSection: <IconSettings size={18} />,
        onClick: () => navigate(`/settings/${group}`),
      })),
    },
    {
      group: t('palette.actions'),
      actions: [
        {
          id: 'capture',
          label: t(isOn ? 'palette.captureOff' : 'palette.captureOn'),
          leftSection: <IconPower size={18} />,
          rightSection: <Kbd size="xs">Ctrl + .</Kbd>,
          onClick: () => void toggleCapture(),
        },
        ...MODES.map((mode) => ({
          id: `mode-${mode}`,
          label: `${t('home.mode')}: ${t(`mode.${mode}`)}`,
          keywords: mode,
          leftSection: <IconRoute size={18} />,
          onClick: () => void switchMode(mode),
        })),
        ...schemes.map(({ value, icon: SchemeIcon }) => ({
          id: `theme-${value}`,
          label: t('theme.change', { name: t(`theme.${value}`) }),
          leftSection: <SchemeIcon size={18} />,
          onClick: () => setColorScheme(value),
        })),
        ...Object.entries(languages).map(([code, { name }]) => ({
          id: `language-${code}`,
          label: `${t('language.change')}: ${name}`,
          onClick: () => setLanguage(code as Language),
        })),
      ],
    },
  ];
  return (
    <Spotlight
      actions={groups}
      shortcut="mod + K"
      // From a field and the editor, too, where the browser would take the key.
      tagsToIgnore={[]}
      triggerOnContentEditable
      highlightQuery
      scrollable
      nothingFound={t('palette.nothing')}
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: t('palette.placeholder'),
        'aria-label': t('palette.placeholder'),
      }}
    />
  );
}
