/**
 * This browser's session with core: its token lives in the storage of this origin, which other
 * ports of this machine do not share (cookies would be).
 */
import { ApiFailure } from './failure.ts';

const KEY = 'sluice.token';

export function sessionToken(): string {
  return localStorage.getItem(KEY) ?? '';
}

export function rememberToken(token: string): void {
  localStorage.setItem(KEY, token);
}

/** Trades the code of a one-time link, if the address has one. Resolves to what went wrong, or null. */
export async function openSession(): Promise<ApiFailure | null> {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code === null) return null;
  // Neither the history nor a bookmark may keep it.
  history.replaceState(null, '', location.pathname + location.search);
  try {
    const response = await fetch('/api/v1/session', {
      method: 'POST',
      body: JSON.stringify({ code }),
    });
    if (!response.ok) return await ApiFailure.of(response);
    rememberToken(((await response.json()) as { token: string }).token);
    return null;
  } catch {
    return ApiFailure.offline();
  }
}
