/** What can be done with the rules that are selected. */
import type { ReactNode } from 'react';
import { Button, Group, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useI18n } from '../../i18n/i18n.tsx';
import type { RuleRow } from './rule-rows.ts';

export function RuleSelection(props: {
  readonly rows: readonly RuleRow[];
  readonly isHeld: boolean;
  readonly onToggle: (isOn: boolean) => void;
  readonly onRemove: () => void;
  readonly onClear: () => void;
}): ReactNode {
  const { rows, isHeld, onToggle, onRemove, onClear } = props;
  const { t } = useI18n();
  const on = rows.filter(({ enabled }) => enabled).length;
  const count = rows.length;

  function askToRemove(): void {
    modals.openConfirmModal({
      title: t('rules.removeMany', { count }),
      children: <Text size="sm">{t('rules.removeManyText')}</Text>,
      labels: { confirm: t('rules.removeMany', { count }), cancel: t('app.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: onRemove,
    });
  }

  return (
    <Group gap="sm">
      <Text size="sm" fw={600} className="number" role="status">
        {t('rules.chosen', { count })}
      </Text>
      <Button variant="default" disabled={isHeld || on === count} onClick={() => onToggle(true)}>
        {t('rules.enableMany')}
      </Button>
      <Button variant="default" disabled={isHeld || on === 0} onClick={() => onToggle(false)}>
        {t('rules.disableMany')}
      </Button>
      <Button variant="light" color="red" disabled={isHeld} onClick={askToRemove}>
        {t('rules.removeMany', { count })}
      </Button>
      <Button variant="subtle" onClick={onClear}>
        {t('rules.clearChosen')}
      </Button>
    </Group>
  );
}
