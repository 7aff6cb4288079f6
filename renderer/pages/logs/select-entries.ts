/** Which entries of the log are shown, and how they are taken along. Pure. */
import { LOG_LEVELS } from '../../../core/api/logs.ts';
import type { LogEntry, LogLevel } from '../../../core/api/logs.ts';
import { hasAll, wordsOf } from '../../components/sort-rows.ts';

/** Of a level and above. A word `code:DIAL_FAILED` asks for that code alone, the others for a part of code or message. */
export function selectEntries(
  all: readonly LogEntry[],
  level: LogLevel,
  filter: string,
): LogEntry[] {
  const least = LOG_LEVELS.indexOf(level);
  const words = wordsOf(filter);
  const codes = words.flatMap((word) => /^code:(.+)$/.exec(word)?.[1] ?? []);
  const others = words.filter((word) => !/^code:./.test(word));
  return all.filter((entry) => {
    const code = entry.code.toLowerCase();
    return (
      LOG_LEVELS.indexOf(entry.level) >= least &&
      codes.every((one) => one === code) &&
      hasAll(`${code} ${entry.message}`.toLowerCase(), others)
    );
  });
}

/** The filter that shows entries like this one alone. */
export function filterForCode(code: string): string {
  return `code:${code}`;
}

/** As core writes them, oldest first. */
export function toText(entries: readonly LogEntry[]): string {
  const lines = entries
    .toReversed()
    .map(({ time, level, code, message }) => `${time} ${level} ${code} ${message}`);
  return `${lines.join('\n')}\n`;
}

/** An object a line, with every field, oldest first. */
export function toJsonLines(entries: readonly LogEntry[]): string {
  return entries
    .toReversed()
    .map((entry) => `${JSON.stringify(entry)}\n`)
    .join('');
}
