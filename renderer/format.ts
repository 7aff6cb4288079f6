/** Numbers and times as people read them: bytes in binary units, times local. */
import { printable as escapeText } from '../rules/text.ts';

export { formatEndpoint } from '../rules/ip.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1.5 MiB`; three digits at most. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** Both ways, seen from the application. */
export function formatRates({ up, down }: { readonly up: number; readonly down: number }): string {
  return `↑ ${formatRate(up)} ↓ ${formatRate(down)}`;
}

/** `4 s`, `3 min`, `2 h 05 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `0.4 ms`, `38 ms`, `1.25 s`, and beyond a minute as `formatDuration`. */
export function formatMilliseconds(ms: number): string {
  if (ms < 10) return `${Math.max(0, ms).toFixed(1)} ms`;
  if (ms < 1000) return `${ms.toFixed(0)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(2)} s` : formatDuration(ms);
}

/** In this browser's zone and the interface's language. */
export function formatTime(date: Date | string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(new Date(date));
}

export function formatDateTime(date: Date | string, locale: string): string {
  const style = { dateStyle: 'medium', timeStyle: 'medium' } as const;
  return new Intl.DateTimeFormat(locale, style).format(new Date(date));
}

/**
 * Text of unknown origin, made harmless to read: what would hide or turn around other text is
 * written as an escape, and the end of a very long one is left out.
 */
export function printable(text: string, limit = 300): string {
  return escapeText(text, limit);
}
