/** Whether somebody who uses this browser wants no first steps any more. */
const KEY = 'sluice.firstRun.dismissed';

export function isFirstRunDismissed(): boolean {
  return localStorage.getItem(KEY) !== null;
}

export function dismissFirstRun(): void {
  localStorage.setItem(KEY, new Date().toISOString());
}
