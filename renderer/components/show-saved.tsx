/** Tells what came of a change of the file, and takes it back where somebody wants that. */
import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { EditResult } from '../../core/api/edit.ts';
import { endpoints } from '../../core/api/endpoints.ts';
import { call } from '../api/client.ts';
import type { Translate } from '../i18n/translate.ts';
import { outcomeOf, showResult } from './show-result.ts';
import { showFailure } from './show-failure.tsx';

/** Only the latest change can be taken back: there is one notice. */
const ID = 'saved';

/** It may stand over the buttons of a form. */
export function hideSaved(): void {
  notifications.hide(ID);
}

/** `done`: what to say where all went well. `onUndone` looks at the file again. */
export function showSaved(
  { result, hash }: EditResult,
  t: Translate,
  done: string,
  onUndone: () => Promise<unknown>,
): void {
  const { color, lines } = outcomeOf(result, t, done);

  async function undo(): Promise<void> {
    hideSaved();
    await call(endpoints.undo, { body: { hash, author: 'ui' } })
      .then((undone) => showResult(undone.result, t, t('rules.undo.done')))
      // Refused where the file has been changed since: that is not ours to undo.
      .catch(showFailure);
    await onUndone().catch(showFailure);
  }

  hideSaved();
  notifications.show({
    id: ID,
    color,
    autoClose: 20_000,
    message: (
      <Group justify="space-between" gap="xs">
        <Text size="sm" className="breaks" flex={1}>
          {lines.join(' ')}
        </Text>
        <Button size="compact-sm" variant="light" onClick={() => void undo()}>
          {t('app.undo')}
        </Button>
      </Group>
    ),
  });
}
