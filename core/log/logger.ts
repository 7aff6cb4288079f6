/**
 * The log: one line an event on a text sink (stderr in the product), with a level and a stable
 * code. A code that repeats is limited, so that a flood of one failure can neither fill a disk
 * nor hide the others. The state is one small record for each code, and codes are constants.
 */
import { LOG_LEVELS } from '../api/logs.ts';
import type { LogLevel } from '../api/logs.ts';
import { printable } from '../../rules/text.ts';
import { LogRing } from './log-ring.ts';

export interface Logger {
  level: LogLevel;
  /** What was written lately. */
  readonly recent: LogRing;
  debug(code: string, message: string): void;
  info(code: string, message: string): void;
  warning(code: string, message: string): void;
  error(code: string, message: string): void;
  /** Whether a line of this level would be written; asks before building a costly message. */
  writes(level: LogLevel): boolean;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly write: (line: string) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Lines of one code within a window; the rest is counted and told with the next window's first. */
const LINES_PER_WINDOW = 10;
const WINDOW_MS = 10_000;

interface CodeState {
  windowStart: number;
  written: number;
  suppressed: number;
}

/** UTF-16 units of a message; a stack trace fits. */
const LONGEST_MESSAGE = 4000;

export function createLogger(options: LoggerOptions): Logger {
  const now = options.now ?? Date.now;
  const codes = new Map<string, CodeState>();

  function admit(code: string, time: number): { suppressed: number } | null {
    let state = codes.get(code);
    if (state === undefined || time - state.windowStart >= WINDOW_MS || time < state.windowStart) {
      const suppressed = state?.suppressed ?? 0;
      state = { windowStart: time, written: 0, suppressed: 0 };
      codes.set(code, state);
      state.written = 1;
      return { suppressed };
    }
    if (state.written >= LINES_PER_WINDOW) {
      state.suppressed += 1;
      return null;
    }
    state.written += 1;
    return { suppressed: 0 };
  }

  function log(level: LogLevel, code: string, message: string): void {
    if (!logger.writes(level)) return;
    const time = now();
    const admitted = admit(code, time);
    if (admitted === null) return;
    const more = admitted.suppressed > 0 ? ` (and ${admitted.suppressed} more like it before)` : '';
    // Names come from the network: a line break or an escape sequence must not reach a terminal.
    const text = printable(message, LONGEST_MESSAGE);
    const written = new Date(time).toISOString();
    const { suppressed } = admitted;
    logger.recent.add({ time: written, level, code, message: text, suppressed });
    options.write(`${written} ${level} ${code} ${text}${more}\n`);
  }

  const logger: Logger = {
    level: options.level,
    recent: new LogRing(),
    writes: (level) =>
      level !== 'silent' && LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(logger.level),
    debug: (code, message) => log('debug', code, message),
    info: (code, message) => log('info', code, message),
    warning: (code, message) => log('warning', code, message),
    error: (code, message) => log('error', code, message),
  };
  return logger;
}
