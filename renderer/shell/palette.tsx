/** The command palette (Ctrl+K): every page and every action by its name. */
import type { ReactNode } from 'react';
import { useMantineColorScheme } from '@mantine/core';
import { Spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import { languages, useI18n } from '../i18n/i18n.tsx';
import type { Language } from '../i18n/i18n.tsx';
import { schemes } from './appearance-menu.tsx';
import { pages } from './pages.ts';

export function Palette(): ReactNode {
  const { t, setLanguage } = useI18n();
  const { setColorScheme } = useMantineColorScheme();
  const [, navigate] = useLocation();
  const groups = [
    {
      group: t('palette.pages'),
      actions: pages.map(({ path, title, icon: PageIcon }) => ({
        id: path,
        label: t(title),
        leftSection: <PageIcon size={18} />,
        onClick: () => navigate(path),
      })),
    },
    {
      group: t('palette.actions'),
      actions: [
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
