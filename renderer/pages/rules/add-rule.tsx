/** A new rule: typed in one line, or in a form. */
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { Button, Group, TextInput } from '@mantine/core';
import { IconForms, IconPlus } from '@tabler/icons-react';
import { useI18n } from '../../i18n/i18n.tsx';

export function AddRule(props: {
  readonly isHeld: boolean;
  readonly onAdd: (rule: string) => Promise<boolean>;
  readonly onForm: () => void;
}): ReactNode {
  const { isHeld, onAdd, onForm } = props;
  const { t } = useI18n();
  const [rule, setRule] = useState('');

  async function add(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (await onAdd(rule.trim())) setRule('');
  }

  return (
    <form onSubmit={(event) => void add(event)}>
      <Group gap="sm">
        <TextInput
          value={rule}
          onChange={(event) => setRule(event.currentTarget.value)}
          placeholder="DOMAIN-SUFFIX,example.com,DIRECT"
          aria-label={t('rules.newRule')}
          spellCheck={false}
          autoComplete="off"
          flex={1}
          miw={180}
        />
        <Button
          type="submit"
          variant="default"
          leftSection={<IconPlus size={16} />}
          disabled={isHeld || rule.trim() === ''}
        >
          {t('rules.add')}
        </Button>
        <Button
          variant="default"
          leftSection={<IconForms size={16} />}
          disabled={isHeld}
          onClick={onForm}
        >
          {t('rules.withForm')}
        </Button>
      </Group>
    </form>
  );
}
