/** What is above a list: which one, the filter, and how many rows are shown. */
import type { ReactNode } from 'react';
import { Group, Text, TextInput, Title, VisuallyHidden } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { useI18n } from '../i18n/i18n.tsx';

export function ListBar(props: {
  /** The page's, where the list is the whole of it. */
  readonly title?: string;
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
  readonly count: number;
  /** Before the filter, and after the count. */
  readonly before?: ReactNode;
  readonly after?: ReactNode;
}): ReactNode {
  const { t } = useI18n();
  return (
    <>
      {props.title !== undefined && (
        <VisuallyHidden>
          <Title order={1}>{props.title}</Title>
        </VisuallyHidden>
      )}
      <Group gap="sm">
        {props.before}
        <TextInput
          value={props.filter}
          onChange={(event) => props.onFilter(event.currentTarget.value)}
          placeholder={t('list.filter')}
          aria-label={t('list.filter')}
          leftSection={<IconFilter size={16} />}
          flex={1}
          miw={160}
        />
        <Text size="sm" c="dimmed" className="number" role="status">
          {t('list.count', { count: props.count })}
        </Text>
        {props.after}
      </Group>
    </>
  );
}
