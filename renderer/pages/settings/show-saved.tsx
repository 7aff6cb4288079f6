/** Tells what was changed, with the way back. */
import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { EditResult } from '../../../core/api/edit.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { showFailure } from '../../components/show-failure.tsx';
import type { Translate } from '../../i18n/translate.ts';
import { resultLines, showResult } from '../../components/show-result.ts';

const SHOWN_MS = 10_000;

export function showSaved(
  { hash, result }: EditResult,
  done: string,
  t: Translate,
  reload: () => Promise<unknown>,
): void {
  const lines = resultLines(result, t, done);
  const color = result.applied ? (lines.length > 1 ? 'yellow' : 'teal') : 'red';

  async function undo(): Promise<void> {
    notifications.hide(id);
    try {
      // Refused where the file has been changed since: that is not ours to undo.
      const undone = await call(endpoints.undo, { body: { hash, author: 'ui' } });
      showResult(undone.result, t, t('rules.undo.done'));
      await reload();
    } catch (cause) {
      showFailure(cause);
    }
  }

  const id = notifications.show({
    color,
    autoClose: SHOWN_MS,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {lines.join(' ')}
        </Text>
        <Button size="compact-sm" variant="light" onClick={() => void undo()}>
          {t('settings.undo')}
        </Button>
      </Group>
    ),
  });
}
