/** Many expectations at once: lines that are pasted, or a file as `sluice rules test` takes it. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Alert, Button, FileButton, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { IconFileImport } from '@tabler/icons-react';
import { endpoints } from '../../../../core/api/endpoints.ts';
import type { RuleCase } from '../../../../core/api/rule-tests.ts';
import { call } from '../../../api/client.ts';
import { printable } from '../../../format.ts';
import { useI18n } from '../../../i18n/i18n.tsx';
import { errorLine, toldBy } from '../../../i18n/meaning.ts';
import type { Translate } from '../../../i18n/translate.ts';
import { isYaml, parseCases } from './parse-cases.ts';

const EXAMPLE = ['www.example.com DIRECT', 'chat.example.org:443 process=curl office'].join('\n');
const LARGEST_FILE = 1024 * 1024;

export function AddMany(props: {
  readonly opened: boolean;
  readonly onAdd: (cases: readonly RuleCase[]) => Promise<boolean>;
  readonly onClose: () => void;
}): ReactNode {
  const { opened, onAdd, onClose } = props;
  const { t, errors } = useI18n();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState('');
  const [isAdding, setIsAdding] = useState(false);

  async function add(): Promise<void> {
    setIsAdding(true);
    try {
      const { cases, problem: wrong } = await read(text, t);
      setProblem(wrong);
      if (wrong === '' && cases.length > 0 && (await onAdd(cases))) {
        setText('');
        onClose();
      }
    } catch (cause) {
      setProblem(errorLine(toldBy(cause), errors));
    } finally {
      setIsAdding(false);
    }
  }

  return (
    <Modal opened={opened} onClose={onClose} title={t('ruleTests.addMany')} size="lg">
      <Stack gap="sm">
        <Text size="sm">{t('ruleTests.addManyHelp')}</Text>
        <Textarea
          aria-label={t('ruleTests.addMany')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          placeholder={EXAMPLE}
          autosize
          minRows={8}
          maxRows={16}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          data-autofocus
        />
        {problem !== '' && (
          <Alert color="red" role="alert">
            {printable(problem, 1000)}
          </Alert>
        )}
        <Group justify="space-between">
          <FileButton
            accept=".yaml,.yml,.txt,.csv"
            onChange={(file) => {
              if (file === null) return;
              if (file.size > LARGEST_FILE) setProblem(t('ruleTests.tooLarge'));
              else void file.text().then(setText);
            }}
          >
            {(button) => (
              <Button variant="default" leftSection={<IconFileImport size={16} />} {...button}>
                {t('ruleTests.file')}
              </Button>
            )}
          </FileButton>
          <Button loading={isAdding} disabled={text.trim() === ''} onClick={() => void add()}>
            {t('rules.add')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface Read {
  readonly cases: readonly RuleCase[];
  /** Empty: none. */
  readonly problem: string;
}

async function read(text: string, t: Translate): Promise<Read> {
  if (!isYaml(text)) {
    const { cases, wrong } = parseCases(text);
    const problem = t('ruleTests.wrongLines', { lines: wrong.slice(0, 20).join(', ') });
    return { cases, problem: wrong.length === 0 ? '' : problem };
  }
  const { cases, problems } = await call(endpoints.readRuleCases, { body: { text } });
  const [first] = problems;
  if (first === undefined) return { cases, problem: '' };
  return { cases, problem: `${t('explain.line', { line: first.line })}: ${first.message}` };
}
