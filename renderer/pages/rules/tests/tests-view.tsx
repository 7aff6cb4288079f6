/**
 * A table of expectations: which flow should go where. It is run against what is typed, saved or
 * not, so that one sees what an edit would break.
 */
import { useCallback, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { Alert, Badge, Button, Group, Text } from '@mantine/core';
import { IconDownload, IconFileImport, IconPlayerPlay, IconPlus } from '@tabler/icons-react';
import type { RuleCase, RuleCaseFile } from '../../../../core/api/rule-tests.ts';
import { DataTable } from '../../../components/data-table.tsx';
import { download, fileName } from '../../../components/download.ts';
import { ErrorText } from '../../../components/error-text.tsx';
import { printable } from '../../../format.ts';
import { useI18n } from '../../../i18n/i18n.tsx';
import type { RuleFile } from '../draft.ts';
import { LONGEST } from '../longest.ts';
import { namesIn } from '../names-in.ts';
import { BUILT_IN_TARGETS } from '../rule-types.ts';
import { AddMany } from './add-many.tsx';
import { caseColumns } from './case-columns.tsx';
import type { CaseRow } from './case-columns.tsx';
import { CaseDrawer } from './case-drawer.tsx';
import { useCaseFile } from './use-case-file.ts';
import { useResults } from './use-results.ts';
import type { Results } from './use-results.ts';

const NO_CASES: readonly RuleCase[] = [];

export function TestsView({ open }: { readonly open: RuleFile }): ReactNode {
  const { t } = useI18n();
  const { file, change } = useCaseFile();
  const [round, setRound] = useState(0);
  const [shown, setShown] = useState<number | 'new' | null>(null);
  const [isAdding, setIsAdding] = useState(false);
  const { draft, file: config } = open;
  // Of longer texts, the rules in force are asked.
  const text = draft !== null && draft.length <= LONGEST ? draft : null;
  const cases = file?.cases ?? NO_CASES;
  const results = useResults(cases, text, config.hash, round);
  const rows = useMemo(
    () => cases.map((one, index) => ({ index, one, result: results.byIndex.get(index) ?? null })),
    [cases, results],
  );
  const remove = useCallback(
    ({ index }: CaseRow) => void change((all) => all.filter((_, other) => other !== index)),
    [change],
  );
  const columns = useMemo(() => caseColumns(t, remove), [t, remove]);
  const targets = useMemo(
    () => [...namesIn(draft ?? config.text).targets, ...BUILT_IN_TARGETS],
    [draft, config.text],
  );
  const isBroken = file?.problems.some(({ severity }) => severity === 'error') === true;

  function save(one: RuleCase, index: number | null): Promise<boolean> {
    return change((all) => (index === null ? [...all, one] : all.with(index, one)));
  }

  return (
    <>
      <Group gap="sm">
        <Summary rows={rows} isDraft={text !== null} />
        <Group gap="xs" ml="auto">
          <Button
            leftSection={<IconPlus size={16} />}
            disabled={file === null || isBroken}
            onClick={() => setShown('new')}
          >
            {t('ruleTests.new')}
          </Button>
          <Button
            variant="default"
            leftSection={<IconFileImport size={16} />}
            disabled={file === null || isBroken}
            onClick={() => setIsAdding(true)}
          >
            {t('ruleTests.addMany')}
          </Button>
          <Button
            variant="default"
            leftSection={<IconDownload size={16} />}
            disabled={cases.length === 0}
            onClick={() =>
              download(fileName('cases', 'yaml'), 'application/yaml', file?.text ?? '')
            }
          >
            {t('list.export')}
          </Button>
          <Button
            variant="default"
            leftSection={<IconPlayerPlay size={16} />}
            disabled={cases.length === 0}
            onClick={() => setRound(round + 1)}
          >
            {t('ruleTests.again')}
          </Button>
        </Group>
      </Group>
      <Notes file={file} results={results} isTooLong={draft !== null && text === null} />
      <DataTable<CaseRow>
        label={t('rules.view.tests')}
        rows={rows}
        keyOf={({ index }) => index}
        columns={columns}
        sorting={null}
        onOpen={({ index }) => setShown(index)}
        onKey={(event, row) => {
          if (event.key !== 'Delete') return;
          event.preventDefault();
          remove(row);
        }}
        around={290}
        emptyText={t(file === null ? 'app.loading' : 'ruleTests.empty')}
      />
      {file !== null && (
        <Text size="xs" c="dimmed" className="breaks">
          {t('ruleTests.kept', { path: printable(file.path) })}
        </Text>
      )}
      <CaseDrawer
        row={shown === 'new' || shown === null ? shown : (rows[shown] ?? null)}
        text={text}
        targets={targets}
        onSave={save}
        onClose={() => setShown(null)}
      />
      <AddMany
        opened={isAdding}
        onAdd={(more) => change((all) => [...all, ...more])}
        onClose={() => setIsAdding(false)}
      />
    </>
  );
}

function Summary(props: {
  readonly rows: readonly CaseRow[];
  readonly isDraft: boolean;
}): ReactNode {
  const { t } = useI18n();
  const run = props.rows.filter(({ result }) => result !== null);
  const failed = run.filter(({ result }) => result?.passed === false).length;
  const isDone = run.length > 0 && run.length === props.rows.length;
  return (
    <Group gap="xs" role="status">
      {isDone && (
        <Badge size="lg" variant="light" color={failed === 0 ? 'teal' : 'red'} tt="none">
          {failed === 0
            ? t('ruleTests.allPassed', { count: run.length })
            : t('ruleTests.someFailed', { failed, count: run.length })}
        </Badge>
      )}
      {props.rows.length > 0 && (
        <Text size="sm" c="dimmed">
          {t(props.isDraft ? 'ruleTests.ofDraft' : 'ruleTests.ofSaved')}
        </Text>
      )}
    </Group>
  );
}

/** What stands in the way of running the cases, or of believing what came of them. */
function Notes(props: {
  readonly file: RuleCaseFile | null;
  readonly results: Results;
  readonly isTooLong: boolean;
}): ReactNode {
  const { t } = useI18n();
  const { file, results, isTooLong } = props;
  const [wrong] = file?.problems ?? [];
  const [broken] = results.start?.problems ?? [];
  const missing = results.start?.missingLists ?? [];
  return (
    <>
      {wrong !== undefined && (
        <Alert color="red" title={t('ruleTests.fileBroken')}>
          {t('explain.line', { line: wrong.line })}: {printable(wrong.message, 1000)}
        </Alert>
      )}
      {broken !== undefined && (
        <Alert color="orange" title={t('ruleTests.draftBroken')}>
          {t('explain.line', { line: broken.line })}: {printable(broken.message, 1000)}
        </Alert>
      )}
      {results.failure !== null && (
        <Alert color="red">
          <ErrorText error={results.failure} />
        </Alert>
      )}
      {isTooLong && <Alert color="blue">{t('ruleTests.draftTooLong')}</Alert>}
      {missing.length > 0 && (
        <Alert color="blue">
          {t('ruleTests.missingLists', { lists: printable(missing.join(', '), 500) })}
        </Alert>
      )}
    </>
  );
}
