/** Switching capture, from wherever: the page, the palette, a key. One switch at a time. */
import { endpoints } from '../../core/api/endpoints.ts';
import { call } from '../api/client.ts';
import { showFailure } from '../components/show-failure.tsx';
import { Store, useStore } from '../store.ts';

/** What it is being switched to; null while nobody switches. */
const wanted = new Store<boolean | null>(null);

/** Resolves to whether it is so now; where it is not, the user has been told why. */
export async function switchCapture(isOn: boolean): Promise<boolean> {
  if (wanted.value !== null) return false;
  wanted.set(isOn);
  try {
    await call(endpoints.setCapture, { body: { on: isOn } });
    return true;
  } catch (cause) {
    showFailure(cause);
    return false;
  } finally {
    wanted.set(null);
  }
}

export function useCaptureWanted(): boolean | null {
  return useStore(wanted);
}
