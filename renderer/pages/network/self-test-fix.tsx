/** What to do about a finding of the self test, with a button where the interface can do it. */
import type { ReactNode } from 'react';
import { Group, Text } from '@mantine/core';
import type { Fix } from '../../../core/api/doctor.ts';
import { doctorText } from '../../components/doctor-text.ts';
import { FixButton } from '../../components/fix-button.tsx';
import { useI18n } from '../../i18n/i18n.tsx';

export function FixRow(props: {
  readonly fix: Fix;
  /** The fix was applied: look again. */
  readonly onDone: () => void;
}): ReactNode {
  const { t } = useI18n();
  const { text, action } = props.fix;
  return (
    <Group gap="sm" wrap="wrap" align="center">
      <Text size="sm" style={{ flex: '1 1 240px', overflowWrap: 'anywhere' }}>
        {doctorText(text, t)}
      </Text>
      {action !== null && <FixButton action={action} onDone={props.onDone} />}
    </Group>
  );
}
