/** Why a destination goes where it goes: the rules in their order, what each compared, and what groups chose. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Alert, Badge, Button, Stack, Text } from '@mantine/core';
import {
  IconArrowRight,
  IconBan,
  IconCheck,
  IconMinus,
  IconQuestionMark,
} from '@tabler/icons-react';
import type {
  ExplainEntry,
  ExplainMember,
  Explanation,
  ExplainStep,
} from '../../core/api/explain.ts';
import { printable } from '../format.ts';
import { useI18n } from '../i18n/i18n.tsx';
import classes from './explain-steps.module.css';

/** Of a long list, the last are the telling ones. */
const SHOWN = 20;

export function ExplainSteps({ explanation }: { readonly explanation: Explanation }): ReactNode {
  const { t } = useI18n();
  const [isWhole, setIsWhole] = useState(false);
  const { steps, omittedSteps, resolved, ruleText, target, chain, choices } = explanation;
  const shown = isWhole ? steps : steps.slice(-SHOWN);
  const more = steps.length - shown.length;
  const isRefused = chain.length === 0;
  return (
    <Stack gap="sm">
      <Alert
        color={isRefused ? 'red' : 'teal'}
        icon={isRefused ? <IconBan /> : <IconArrowRight />}
        title={printable(
          isRefused
            ? `${t('explain.refused')}: ${target}`
            : `${t('explain.way')} ${chain.join(' → ')}`,
        )}
      >
        <span className="mono">{printable(ruleText, 1000)}</span>
      </Alert>
      {choices.length > 0 && (
        <section>
          <Text component="h4" size="sm" fw={600} m={0}>
            {t('explain.choices')}
          </Text>
          <ul className={classes.plain}>
            {choices.map(({ group, member, reason }) => (
              <li key={group}>
                <Text size="sm">
                  {printable(group)} → <b>{printable(member || '?')}</b>: {t(`choice.${reason}`)}
                </Text>
              </li>
            ))}
          </ul>
        </section>
      )}
      {resolved !== null && (
        <Text size="sm">
          {t('explain.resolved', { addresses: resolved.join(', ') || t('explain.noAddress') })}
        </Text>
      )}
      {steps.length > 0 && (
        <section>
          <Text component="h4" size="sm" fw={600} m={0}>
            {t('explain.steps')}
          </Text>
          {omittedSteps > 0 && (
            <Text size="sm" c="dimmed">
              {t('explain.hidden', { count: omittedSteps })}
            </Text>
          )}
          {more > 0 && (
            <Button variant="subtle" size="compact-sm" onClick={() => setIsWhole(true)}>
              {t('explain.showAll', { count: more })}
            </Button>
          )}
          <Steps steps={shown} decidedBy={explanation.decidedBy} />
        </section>
      )}
    </Stack>
  );
}

function Steps(props: {
  readonly steps: readonly ExplainStep[];
  /** Index of the rule that decided; -1: none of these. */
  readonly decidedBy: number;
}): ReactNode {
  return (
    <ol className={classes.tree}>
      {props.steps.map((step) => (
        <Step key={step.index} step={step} decides={step.index === props.decidedBy} />
      ))}
    </ol>
  );
}

function Step({
  step,
  decides,
}: {
  readonly step: ExplainStep;
  readonly decides: boolean;
}): ReactNode {
  const { t } = useI18n();
  const { line, text, matched, reason, entry, members, list, passed, resolved } = step;
  return (
    <li className={classes.item}>
      <Mark result={matched ? 'matched' : 'missed'} />
      <div className={classes.body}>
        <Text size="sm" className="mono" fw={decides ? 700 : undefined}>
          {printable(text)}{' '}
          {decides && (
            <Badge size="xs" color="teal" variant="light">
              {t('explain.decides')}
            </Badge>
          )}
        </Text>
        <Text size="xs" c="dimmed">
          {line > 0 ? `${t('explain.line', { line })}: ` : ''}
          {printable(reason, 1000)}
        </Text>
        {passed && <Text size="xs">{t('explain.passed')}</Text>}
        {resolved && <Text size="xs">{t('explain.lookedUp')}</Text>}
        <Entry entry={entry} />
        <Members members={members} />
        {list !== null && (
          // Which of them decided is the one that matched.
          <Steps
            steps={list}
            decidedBy={list.find((one) => one.matched && !one.passed)?.index ?? -1}
          />
        )}
      </div>
    </li>
  );
}

/** What a logic rule is made of. */
function Members({ members }: { readonly members: readonly ExplainMember[] }): ReactNode {
  if (members.length === 0) return null;
  return (
    <ul className={classes.tree}>
      {members.map(({ text, result, reason, entry, members: inner }, index) => (
        // The same condition may stand there twice, and they never change.
        <li key={index} className={classes.item}>
          <Mark result={result} />
          <div className={classes.body}>
            <Text size="xs" className="mono">
              {printable(text)}
            </Text>
            <Text size="xs" c="dimmed">
              {printable(reason, 1000)}
            </Text>
            <Entry entry={entry} />
            <Members members={inner} />
          </div>
        </li>
      ))}
    </ul>
  );
}

function Entry({ entry }: { readonly entry: ExplainEntry | null }): ReactNode {
  const { t } = useI18n();
  if (entry === null) return null;
  return (
    <Text size="xs">
      {t('explain.entry')} <span className="mono">{printable(entry.text)}</span>
      {entry.line > 0 && ` (${t('explain.line', { line: entry.line })})`}
    </Text>
  );
}

const MARKS = {
  matched: { Icon: IconCheck, color: 'var(--mantine-color-teal-text)' },
  missed: { Icon: IconMinus, color: 'var(--mantine-color-dimmed)' },
  undecided: { Icon: IconQuestionMark, color: 'var(--mantine-color-orange-text)' },
} as const;

function Mark({ result }: { readonly result: keyof typeof MARKS }): ReactNode {
  const { t } = useI18n();
  const { Icon, color } = MARKS[result];
  return (
    <span role="img" aria-label={t(`explain.${result}`)} className={classes.mark} style={{ color }}>
      <Icon size={14} />
    </span>
  );
}
