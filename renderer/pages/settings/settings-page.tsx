/** Settings: every option of the file in its group, found by what it does or how it is written. */
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { Alert, Paper, Stack, Text, TextInput, Title, VisuallyHidden } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import { SETTING_GROUPS } from '../../../core/api/settings.ts';
import type { Setting, SettingList } from '../../../core/api/settings.ts';
import { OFFLINE } from '../../api/failure.ts';
import { ErrorText } from '../../components/error-text.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { hasAll, wordsOf } from '../../components/sort-rows.ts';
import { printable } from '../../format.ts';
import type { Key } from '../../i18n/en.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { useLive } from '../../live/live.ts';
import { liveHealth } from '../../live/status.ts';
import { AboutRows, AppearanceRows } from './own-groups.tsx';
import { groupSettings } from './select-settings.ts';
import { SettingRow } from './setting-row.tsx';
import { searchedTexts } from './setting-texts.ts';
import classes from './settings.module.css';
import { useSettings } from './use-settings.ts';

interface Group {
  readonly id: string;
  readonly title: string;
  readonly rows: ReactNode;
  readonly isFound: boolean;
}

export function SettingsPage(): ReactNode {
  const { t } = useI18n();
  const { list, failure, reload } = useSettings();
  const { value: health } = useLive(liveHealth);
  const [search, setSearch] = useState('');
  const here = useHere(list !== null);
  // What is typed shows at once, and what it finds a moment later.
  const groups = useGroups({ list, reload, search: useDeferredValue(search), here });
  const found = groups.filter(({ isFound }) => isFound);
  const rejected = health.status?.config.rejected ?? null;
  return (
    <div className={classes.page}>
      <nav className={classes.index} aria-label={t('settings.groups')}>
        {found.map(({ id, title }) => (
          <Link
            key={id}
            href={`/settings/${id}`}
            aria-current={here === id ? 'location' : undefined}
          >
            {title}
          </Link>
        ))}
      </nav>
      <Stack gap="md" maw="100%">
        <VisuallyHidden>
          <Title order={1}>{t('nav.settings')}</Title>
        </VisuallyHidden>
        <TextInput
          type="search"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          placeholder={t('settings.search')}
          aria-label={t('settings.search')}
          leftSection={<IconSearch size={16} />}
          spellCheck={false}
        />
        {list !== null && list.notEditable !== null && (
          <Alert color="blue" title={t('settings.notEditable')}>
            {printable(list.notEditable, 1000)}
          </Alert>
        )}
        {rejected !== null && list?.notEditable === null && (
          <Alert color="orange" title={t('settings.rejected')}>
            <ErrorText error={rejected} />
          </Alert>
        )}
        {failure !== null && failure.code !== OFFLINE && (
          <Alert color="red">
            <ErrorText error={failure} />
          </Alert>
        )}
        {list === null && failure === null && <Waiting height="40vh" />}
        {found.length === 0 && <Text c="dimmed">{t('settings.nothing')}</Text>}
        {groups.map(({ id, title, rows, isFound }) => (
          <section
            key={id}
            id={`group-${id}`}
            className={classes.group}
            aria-label={title}
            hidden={!isFound}
          >
            <Title order={2} size="h4" mb={6}>
              {title}
            </Title>
            <Paper withBorder className={classes.rows}>
              {rows}
            </Paper>
          </section>
        ))}
      </Stack>
    </div>
  );
}

/** The group or setting that the address names (`/settings/dns`, `/settings/dns/ipv6`), led to once it is there. */
function useHere(isThere: boolean): string {
  const [location] = useLocation();
  // A dot would be the name of a file.
  const here = location.split('/').slice(2).join('.');
  useEffect(() => {
    if (!isThere || here === '') return;
    const found =
      document.getElementById(`group-${here}`) ?? document.getElementById(`option-${here}`);
    found?.scrollIntoView({ block: 'start' });
  }, [isThere, here]);
  return here;
}

function useGroups({
  list,
  reload,
  search,
  here,
}: {
  readonly list: SettingList | null;
  readonly reload: () => Promise<SettingList>;
  readonly search: string;
  readonly here: string;
}): readonly Group[] {
  const { t } = useI18n();
  const { value: health } = useLive(liveHealth);
  const waiting = health.status?.config.restartNeeded.join(' ') ?? '';
  return useMemo(() => {
    const words = wordsOf(search);
    const isOn = (path: string): boolean =>
      list?.settings.find((setting) => setting.path === path)?.file?.value === true;
    const row = (setting: Setting, isFound: boolean, among: SettingList): ReactNode => (
      <SettingRow
        key={setting.path}
        setting={setting}
        list={among}
        reload={reload}
        isNeedMet={setting.needs === null || isOn(setting.needs)}
        waitsForRestart={waiting
          .split(' ')
          .some((path) => path !== '' && setting.path.startsWith(path))}
        isHidden={!isFound}
        isHere={here === setting.path}
      />
    );
    const own = (id: 'appearance' | 'about', texts: readonly Key[], rows: ReactNode): Group => {
      const title = t(`settings.group.${id}`);
      const text = [title, ...texts.map((key) => t(key))].join(' ').toLowerCase();
      return { id, title, rows, isFound: hasAll(text, words) };
    };
    const found = groupSettings(list?.settings ?? [], SETTING_GROUPS, ({ path }) =>
      hasAll(searchedTexts(path), words),
    );
    return [
      own('appearance', ['settings.theme', 'settings.language', 'theme.dark'], <AppearanceRows />),
      ...found.map(({ group, rows, isFound }) => ({
        id: group,
        title: t(`settings.group.${group}`),
        rows: list === null ? null : rows.map((one) => row(one.setting, one.isFound, list)),
        isFound,
      })),
      own('about', ['settings.about.version', 'settings.about.license'], <AboutRows />),
    ];
  }, [list, reload, search, here, waiting, t]);
}
