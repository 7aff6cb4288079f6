/** The file as text: edited, checked as it is typed, saved and applied at once. */
import { Suspense, lazy, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { Alert, Button, Group, Paper, Stack, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconDeviceFloppy } from '@tabler/icons-react';
import { useSearchParams } from 'wouter';
import type { CheckFix, CheckProblem } from '../../../core/api/check.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { isStale } from '../../api/failure.ts';
import { Waiting } from '../../components/waiting.tsx';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { ConflictAlert } from './conflict-alert.tsx';
import { dropDraft, isConflict, withSaved, withText } from './draft.ts';
import type { RuleFile } from './draft.ts';
import { Diff } from './diff.tsx';
import { changedLines, lineChanges } from './diff-lines.ts';
import type { DiffLine } from './diff-lines.ts';
import type { Shown } from './editor-check.ts';
import { LONGEST } from './longest.ts';
import { ProblemList } from './problem-list.tsx';
import { changeRuleFile, lookAgain } from './rule-file.ts';
import classes from './rules.module.css';
import { outcomeOf } from '../../components/show-result.ts';
import type { Outcome } from '../../components/show-result.ts';
import { errorLine, toldBy } from '../../i18n/meaning.ts';
import { useHits } from './use-hits.ts';

const Editor = lazy(async () => ({ default: (await import('./editor.tsx')).Editor }));

/** Lines that are shown after a save. */
const CHANGES = 8;
const NO_CHANGES: readonly DiffLine[] = [];
const NO_HITS: ReadonlyMap<number, number> = new Map();

export function TextView({ open }: { readonly open: RuleFile }): ReactNode {
  const { t, errors } = useI18n();
  const { file, draft } = open;
  const [problems, setProblems] = useState<readonly CheckProblem[] | null>(null);
  const [search] = useSearchParams();
  const [shown, setShown] = useState<Shown | null>(() => lineIn(search));
  const [fix, setFix] = useState<CheckFix | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [changes, setChanges] = useState<readonly DiffLine[]>(NO_CHANGES);
  const [isSaving, setIsSaving] = useState(false);
  const hits = useHits(file.hash);
  const byLine = useMemo(
    () => (draft === null ? new Map(hits.map(({ line, count }) => [line, count])) : NO_HITS),
    [hits, draft],
  );

  async function save(): Promise<void> {
    if (draft === null || isSaving || isConflict(open)) return;
    setIsSaving(true);
    setOutcome(null);
    setChanges(NO_CHANGES);
    try {
      const body = { text: draft, hash: open.base, author: 'editor' } as const;
      const { hash, revision, result } = await call(endpoints.putConfigText, { body });
      changeRuleFile((before) => withSaved(before, draft, hash));
      const { diff } = await call(endpoints.historyDiff, { params: { id: revision } });
      setOutcome(outcomeOf(result, t, t('rules.applied', lineChanges(diff))));
      setChanges(changedLines(diff));
    } catch (cause) {
      // A conflict is told by its own notice, once the newer text is known.
      if (isStale(cause)) return;
      const line = errorLine(toldBy(cause), errors);
      setOutcome({ color: 'red', lines: [printable(line, 1000)] });
    } finally {
      await lookAgain();
      setIsSaving(false);
    }
  }

  useHotkeys([['mod+S', () => void save()]]);

  return (
    <Stack gap="sm">
      <Group gap="sm">
        <Button
          leftSection={<IconDeviceFloppy size={16} />}
          loading={isSaving}
          disabled={draft === null || isConflict(open)}
          onClick={() => void save()}
        >
          {t('rules.save')}
        </Button>
        {draft !== null && (
          <Button variant="default" onClick={() => changeRuleFile(dropDraft)}>
            {t('rules.discard')}
          </Button>
        )}
        <Text size="sm" c="dimmed" role="status">
          {draft === null ? t('rules.saved') : t('rules.unsaved')}
        </Text>
        <Text size="xs" c="dimmed" className={`mono ${classes.path}`}>
          {printable(file.path)}
        </Text>
      </Group>
      <ConflictAlert open={open} />
      {outcome !== null && (
        <Alert color={outcome.color} withCloseButton onClose={() => setOutcome(null)} role="alert">
          {outcome.lines.map((line) => (
            <Text key={line} size="sm" className="breaks">
              {line}
            </Text>
          ))}
          {changes.length > 0 && <Diff lines={changes.slice(0, CHANGES)} />}
          {changes.length > CHANGES && (
            <Text size="sm">{t('rules.moreChanges', { count: changes.length - CHANGES })}</Text>
          )}
        </Alert>
      )}
      <Paper withBorder className={classes.editor}>
        <Suspense fallback={<Waiting height="100%" />}>
          <Editor
            text={draft ?? file.text}
            onText={(text) => {
              setOutcome(null);
              changeRuleFile((before) => withText(before, text));
            }}
            onSave={() => void save()}
            onChecked={setProblems}
            hits={byLine}
            shown={shown}
            fix={fix}
          />
        </Suspense>
      </Paper>
      {(draft ?? file.text).length > LONGEST && (
        <Text size="sm" c="dimmed" role="status">
          {t('rules.tooLongToCheck')}
        </Text>
      )}
      <ProblemList
        problems={problems}
        onShow={(problem) => setShown({ ...problem })}
        onFix={setFix}
      />
    </Stack>
  );
}

/** `?line=12`: other pages lead to a place of the file. */
function lineIn(search: URLSearchParams): Shown | null {
  const line = Number(search.get('line'));
  return Number.isSafeInteger(line) && line > 0 ? { line, column: 1 } : null;
}
