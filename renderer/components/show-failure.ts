/** Tells the user why something that was asked for did not happen. */
import { notifications } from '@mantine/notifications';
import { printable } from '../format.ts';

export function showFailure(cause: unknown): void {
  const message = cause instanceof Error ? cause.message : String(cause);
  notifications.show({ color: 'red', message: printable(message, 1000), autoClose: 10_000 });
}
