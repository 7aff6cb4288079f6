/** Rules: the configuration file as text and as a list, what rules do with a destination, and what was changed. */
import type { ReactNode } from 'react';
import { Alert, Code, Group, SegmentedControl, Stack, Title, VisuallyHidden } from '@mantine/core';
import { useLocation } from 'wouter';
import { ErrorText } from '../../components/error-text.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { useI18n } from '../../i18n/i18n.tsx';
import { OFFLINE } from '../../api/failure.ts';
import { ExplainBar } from './explain-bar.tsx';
import { HistoryView } from './history-view.tsx';
import { ListsView } from './lists-view.tsx';
import { RuleTable } from './rule-table.tsx';
import { TestsView } from './tests/tests-view.tsx';
import { TextView } from './text-view.tsx';
import { TravelButtons } from './travel-buttons.tsx';
import { useRuleFile } from './rule-file.ts';

const views = ['text', 'list', 'tests', 'lists', 'history'] as const;
type View = (typeof views)[number];

export function RulesPage(): ReactNode {
  const { t } = useI18n();
  const { open, failure } = useRuleFile();
  const [location, navigate] = useLocation();
  const view = viewOf(location);
  return (
    <Stack gap="sm">
      <VisuallyHidden>
        <Title order={1}>{t('nav.rules')}</Title>
      </VisuallyHidden>
      <ExplainBar hash={open?.file.hash ?? null} />
      {failure?.code === 'ERR_NO_CONFIG_FILE' && (
        <Alert color="blue" title={t('rules.noFile.title')}>
          {t('rules.noFile.text')} <Code>sluice run -c FILE</Code>
        </Alert>
      )}
      {failure !== null && !['ERR_NO_CONFIG_FILE', OFFLINE].includes(failure.code) && (
        <Alert color="red" title={t('rules.unreadable')}>
          <ErrorText error={failure} />
        </Alert>
      )}
      {open === null && (failure === null || failure.code === OFFLINE) && <Waiting height="40vh" />}
      {open !== null && (
        <>
          <Group gap="sm">
            <SegmentedControl
              value={view}
              onChange={(next) => navigate(next === 'text' ? '/rules' : `/rules/${next}`)}
              data={views.map((value) => ({ value, label: t(`rules.view.${value}`) }))}
            />
            <TravelButtons open={open} />
          </Group>
          {view === 'text' && <TextView open={open} />}
          {view === 'list' && <RuleTable open={open} />}
          {view === 'tests' && <TestsView open={open} />}
          {view === 'lists' && <ListsView />}
          {view === 'history' && <HistoryView open={open} />}
        </>
      )}
    </Stack>
  );
}

/** `/rules`, `/rules/list`, `/rules/tests`, `/rules/lists`, `/rules/history`. */
function viewOf(location: string): View {
  return views.find((view) => location === `/rules/${view}`) ?? 'text';
}
