/** What core finds in the text that is typed; each leads to its line. */
import type { ReactNode } from 'react';
import { Badge, Button, Group, Paper, Stack, Text, UnstyledButton } from '@mantine/core';
import type { CheckFix, CheckProblem } from '../../../core/api/check.ts';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';

const SHOWN = 50;
const COLORS = { error: 'red', warning: 'orange', info: 'blue' } as const;

export function ProblemList(props: {
  /** Null: nobody has looked. */
  readonly problems: readonly CheckProblem[] | null;
  readonly onShow: (problem: CheckProblem) => void;
  readonly onFix: (fix: CheckFix) => void;
}): ReactNode {
  const { t } = useI18n();
  const { problems, onShow, onFix } = props;
  if (problems === null) return null;
  if (problems.length === 0) {
    return (
      <Text size="sm" c="dimmed" role="status">
        {t('rules.noProblems')}
      </Text>
    );
  }
  return (
    <Paper withBorder p="xs" role="region" aria-label={t('rules.problems')}>
      <Stack gap={4}>
        {problems.slice(0, SHOWN).map((problem) => (
          <Group
            key={`${problem.line}:${problem.column} ${problem.code}`}
            gap="xs"
            wrap="nowrap"
            align="start"
          >
            <UnstyledButton style={{ flex: 1, minWidth: 0 }} onClick={() => onShow(problem)}>
              <Group gap="xs" wrap="nowrap" align="start">
                <Badge size="sm" variant="light" color={COLORS[problem.severity]} miw={80}>
                  {t(`rules.severity.${problem.severity}`)}
                </Badge>
                <Text size="sm" className="breaks">
                  {problem.line > 0 ? `${t('explain.line', { line: problem.line })}: ` : ''}
                  {printable(problem.message, 1000)}
                </Text>
              </Group>
            </UnstyledButton>
            <FixOne problem={problem} onFix={onFix} />
          </Group>
        ))}
        {problems.length > SHOWN && (
          <Text size="sm" c="dimmed">
            {t('rules.moreProblems', { count: problems.length - SHOWN })}
          </Text>
        )}
      </Stack>
    </Paper>
  );
}

function FixOne(props: {
  readonly problem: CheckProblem;
  readonly onFix: (fix: CheckFix) => void;
}): ReactNode {
  const { t } = useI18n();
  const { fix, line } = props.problem;
  if (fix === null) return null;
  return (
    <Button
      variant="light"
      size="compact-xs"
      style={{ flexShrink: 0 }}
      aria-label={`${t('rules.fix')}, ${t('explain.line', { line })}`}
      // Another time is another wish, even for the same.
      onClick={() => props.onFix({ ...fix })}
    >
      {t('rules.fix')}
    </Button>
  );
}
