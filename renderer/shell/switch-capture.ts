/** Switching capture, from wherever: the page, the palette, a key. One switch at a time. */
import { useSyncExternalStore } from 'react';
import { endpoints } from '../../core/api/endpoints.ts';
import { call } from '../api/client.ts';
import { showFailure } from '../components/show-failure.tsx';

/** What it is being switched to; null while nobody switches. */
let wanted: boolean | null = null;
const listeners = new Set<() => void>();

function set(next: boolean | null): void {
  wanted = next;
  for (const listener of listeners) listener();
}

/** Resolves to whether it is so now; where it is not, the user has been told why. */
export async function switchCapture(isOn: boolean): Promise<boolean> {
  if (wanted !== null) return false;
  set(isOn);
  try {
    await call(endpoints.setCapture, { body: { on: isOn } });
    return true;
  } catch (cause) {
    showFailure(cause);
    return false;
  } finally {
    set(null);
  }
}

export function useCaptureWanted(): boolean | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => wanted,
  );
}
