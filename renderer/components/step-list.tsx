/** Steps of work that takes a while: how each went, how long it took, and what to do where it went wrong. */
import type { ReactNode } from 'react';
import {
  Collapse,
  Group,
  List,
  Loader,
  Stack,
  Text,
  ThemeIcon,
  UnstyledButton,
  VisuallyHidden,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconAlertTriangle,
  IconCheck,
  IconChevronDown,
  IconChevronUp,
  IconCircleDashed,
  IconMinus,
  IconX,
} from '@tabler/icons-react';
import type { Icon } from '@tabler/icons-react';
import { printable } from '../format.ts';
import { useI18n } from '../i18n/i18n.tsx';
import { ErrorText } from './error-text.tsx';

export interface Step {
  readonly key: string;
  readonly title: string;
  readonly state: 'waiting' | 'running' | 'ok' | 'warning' | 'failed' | 'skipped';
  readonly milliseconds?: number | null;
  /** Of an error, which then is shown in the language of the interface, too. */
  readonly code?: string;
  /** What was found out; of whatever origin. */
  readonly detail?: string;
  /** What was seen, for those who want to know. */
  readonly notes?: readonly string[];
  /** What to do about it. */
  readonly fix?: ReactNode;
}

const looks: Readonly<Record<Step['state'], readonly [Icon, string]>> = {
  waiting: [IconCircleDashed, 'gray'],
  running: [IconCircleDashed, 'gray'],
  ok: [IconCheck, 'teal'],
  warning: [IconAlertTriangle, 'orange'],
  failed: [IconX, 'red'],
  skipped: [IconMinus, 'gray'],
};

export function StepList({ steps }: { readonly steps: readonly Step[] }): ReactNode {
  return (
    <Stack gap="sm" component="ol" m={0} p={0} style={{ listStyle: 'none' }} aria-live="polite">
      {steps.map((step) => (
        <OneStep key={step.key} step={step} />
      ))}
    </Stack>
  );
}

function OneStep({ step }: { readonly step: Step }): ReactNode {
  const { t } = useI18n();
  const { title, state, milliseconds = null, code = '', detail = '', notes = [], fix } = step;
  const [StateIcon, color] = looks[state];
  const isDone = state !== 'waiting' && state !== 'running';
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="start">
      <ThemeIcon variant="light" color={color} size={24} radius="xl">
        {state === 'running' ? <Loader size={14} /> : <StateIcon size={15} stroke={2.5} />}
      </ThemeIcon>
      <div style={{ flex: 1, minWidth: 0 }}>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Text size="sm" fw={isDone && state !== 'skipped' ? 600 : 400} c={isDone ? '' : 'dimmed'}>
            {title}
            <VisuallyHidden>: {t(`step.${state}`)}</VisuallyHidden>
          </Text>
          {milliseconds !== null && (
            <Text size="xs" c="dimmed" className="number" style={{ whiteSpace: 'nowrap' }}>
              {t('step.milliseconds', { count: Math.round(milliseconds) })}
            </Text>
          )}
        </Group>
        {detail !== '' && (
          <Text size="xs" c={state === 'failed' ? 'red' : 'dimmed'} className="breaks">
            <ErrorText error={{ code, message: detail }} />
          </Text>
        )}
        {fix !== undefined && fix !== '' && (
          <Text size="xs" component="div" mt={2} className="breaks">
            {fix}
          </Text>
        )}
        {notes.length > 0 && <Notes notes={notes} />}
      </div>
    </Group>
  );
}

function Notes({ notes }: { readonly notes: readonly string[] }): ReactNode {
  const { t } = useI18n();
  const [isOpen, { toggle }] = useDisclosure(false);
  return (
    <>
      <UnstyledButton fz="xs" c="dimmed" aria-expanded={isOpen} onClick={toggle}>
        <Group gap={2} component="span">
          {t('step.details')}
          {isOpen ? <IconChevronUp size={13} /> : <IconChevronDown size={13} />}
        </Group>
      </UnstyledButton>
      <Collapse expanded={isOpen}>
        <List size="xs" c="dimmed" className="breaks">
          {notes.map((note) => (
            <List.Item key={note}>{printable(note, 1000)}</List.Item>
          ))}
        </List>
      </Collapse>
    </>
  );
}
