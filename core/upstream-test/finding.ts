/** What came of one step of a test, in words: what was found, and what to do about it. Pure. */
import { SluiceError, UpstreamError } from '../api/errors.ts';
import type { UpstreamTestStep } from '../api/upstreams.ts';
import { HttpError } from '../http/http-error.ts';

/** One step without its name and its time. */
export type Finding = Omit<UpstreamTestStep, 'step' | 'milliseconds'>;

export function ok(message: string, fix = ''): Finding {
  return { state: 'ok', code: '', message, fix };
}

export function warning(code: string, message: string, fix: string): Finding {
  return { state: 'warning', code, message, fix };
}

export function skipped(message: string, fix = '', code = ''): Finding {
  return { state: 'skipped', code, message, fix };
}

export function failed(code: string, message: string, fix: string): Finding {
  return { state: 'failed', code, message, fix };
}

/** Where nothing more is known than the error. */
export function failedBy(cause: unknown): Finding {
  if (!(cause instanceof SluiceError)) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return failed('ERR_INTERNAL', sentence(why), '');
  }
  const parts = cause instanceof UpstreamError || cause instanceof HttpError ? cause.parts : null;
  if (parts === null) return failed(cause.code, cause.message, '');
  return failed(cause.code, sentence(parts.problem), sentence(parts.advice));
}

/** With a capital letter, where it does not begin with a name, and a full stop. */
export function sentence(text: string): string {
  const isWord = /^[a-z]+[ ,]/.test(text);
  const whole = isWord ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
