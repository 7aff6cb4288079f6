/** A small table of names and values. */
import type { ReactNode } from 'react';
import { ActionIcon, Button, Group, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { TypedLine } from './setting-values.ts';

interface Props {
  /** Of what it is the table. */
  readonly label: string;
  readonly lines: readonly TypedLine[];
  readonly isDisabled: boolean;
  readonly onChange: (lines: readonly TypedLine[]) => void;
}

export function MapEditor({ label, lines, isDisabled, onChange }: Props): ReactNode {
  const { t } = useI18n();
  const change = (index: number, part: Partial<TypedLine>): void => {
    onChange(lines.map((line, at) => (at === index ? { ...line, ...part } : line)));
  };
  return (
    <Stack gap={6} role="group" aria-label={label}>
      {lines.map(({ name, value }, index) => {
        const place = t('settings.map.place', { setting: label, line: index + 1 });
        return (
          // A line has no identity but its place.
          <Group key={index} gap={6} wrap="nowrap">
            <TextInput
              aria-label={`${place}, ${t('settings.map.name')}`}
              placeholder={t('settings.map.name')}
              value={name}
              disabled={isDisabled}
              spellCheck={false}
              flex={2}
              miw={0}
              onChange={(event) => change(index, { name: event.currentTarget.value })}
            />
            <TextInput
              aria-label={`${place}, ${t('settings.map.value')}`}
              placeholder={t('settings.map.value')}
              value={value}
              disabled={isDisabled}
              spellCheck={false}
              flex={3}
              miw={0}
              onChange={(event) => change(index, { value: event.currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('settings.map.remove', { name: printable(name, 60) })}
              disabled={isDisabled}
              onClick={() => onChange(lines.toSpliced(index, 1))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        );
      })}
      <Group>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlus size={14} />}
          disabled={isDisabled}
          onClick={() => onChange([...lines, { name: '', value: '' }])}
        >
          {t('settings.map.add')}
        </Button>
      </Group>
    </Stack>
  );
}
