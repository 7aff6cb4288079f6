/** What can be done with the connections that are selected. */
import type { ReactNode } from 'react';
import { Button, Group, Text } from '@mantine/core';
import { IconPlugX, IconScript, IconX } from '@tabler/icons-react';
import type { FlowInfo } from '../../../core/api/flows.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { askToClose } from './close-flows.ts';

export function SelectionRow(props: {
  readonly chosen: readonly FlowInfo[];
  readonly onMakeRule: () => void;
  readonly onClear: () => void;
}): ReactNode {
  const { chosen, onMakeRule, onClear } = props;
  const { t } = useI18n();
  const open = chosen.filter(({ end }) => end === null);
  return (
    <Group gap="xs">
      <Text size="sm" fw={600} className="number" role="status">
        {t('connections.selected', { count: chosen.length })}
      </Text>
      <Button
        variant="default"
        size="compact-sm"
        leftSection={<IconScript size={14} />}
        onClick={onMakeRule}
      >
        {t('makeRule.openMany')}
      </Button>
      {open.length > 0 && (
        <Button
          variant="light"
          color="red"
          size="compact-sm"
          leftSection={<IconPlugX size={14} />}
          onClick={() => askToClose(open, t)}
        >
          {t('connections.closeSelected')}
        </Button>
      )}
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconX size={14} />}
        onClick={onClear}
      >
        {t('connections.clearSelection')}
      </Button>
    </Group>
  );
}
