/** Tells the user why something that was asked for did not happen. */
import { notifications } from '@mantine/notifications';
import { toldBy } from '../i18n/meaning.ts';
import { ErrorText } from './error-text.tsx';

export function showFailure(cause: unknown): void {
  const message = <ErrorText error={toldBy(cause)} />;
  notifications.show({ color: 'red', message, autoClose: 10_000 });
}
