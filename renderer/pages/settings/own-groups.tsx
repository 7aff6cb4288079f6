/** What is not in the file: how the interface looks in this browser, and what Sluice this is. */
import type { ReactNode } from 'react';
import { Code, Group, SegmentedControl, Text, useMantineColorScheme } from '@mantine/core';
import { FactList } from '../../components/fact-list.tsx';
import { formatBytes, formatDateTime } from '../../format.ts';
import { languages, useI18n } from '../../i18n/i18n.tsx';
import type { Language } from '../../i18n/i18n.tsx';
import { useLive } from '../../live/live.ts';
import { liveHealth } from '../../live/status.ts';
import { schemes } from '../../shell/appearance-menu.tsx';
import classes from './settings.module.css';

const DOCUMENTS = [
  'README.md',
  'docs/configuration.md',
  'docs/security.md',
  'docs/known-issues.md',
] as const;

export function AppearanceRows(): ReactNode {
  const { t, language, setLanguage } = useI18n();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <Row title={t('settings.theme')} help={t('settings.theme.help')}>
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label={t('settings.theme')}
          value={colorScheme}
          onChange={(next) => setColorScheme(next)}
          data={schemes.map(({ value }) => ({ value, label: t(`theme.${value}`) }))}
        />
      </Row>
      <Row title={t('settings.language')} help={t('settings.language.help')}>
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label={t('settings.language')}
          value={language}
          onChange={(next) => setLanguage(next as Language)}
          data={Object.entries(languages).map(([value, { name }]) => ({ value, label: name }))}
        />
      </Row>
    </>
  );
}

function Row({
  title,
  help,
  children,
}: {
  readonly title: string;
  readonly help: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div className={classes.row}>
      <div>
        <Text component="h3" size="sm" fw={600} m={0}>
          {title}
        </Text>
        <Text size="sm" c="dimmed">
          {help}
        </Text>
      </div>
      <div className={classes.control}>{children}</div>
    </div>
  );
}

export function AboutRows(): ReactNode {
  const { t, language } = useI18n();
  const { value: health } = useLive(liveHealth);
  const { status } = health;
  if (status === null) return null;
  return (
    <div className={classes.about}>
      <FactList
        nameWidth={130}
        facts={[
          [t('settings.about.version'), `Sluice ${status.version}`],
          [t('settings.about.process'), String(status.pid)],
          [t('settings.about.since'), formatDateTime(status.since, language)],
          [t('settings.about.memory'), formatBytes(status.memory)],
          [t('settings.about.file'), status.config.path ?? t('settings.about.builtIn')],
          [t('settings.about.license'), 'MIT'],
        ]}
      />
      <Text size="sm" c="dimmed" mt="sm">
        {t('settings.about.docs')}
      </Text>
      <Group gap={6} mt={4}>
        {DOCUMENTS.map((name) => (
          <Code key={name} className="mono">
            {name}
          </Code>
        ))}
      </Group>
    </div>
  );
}
