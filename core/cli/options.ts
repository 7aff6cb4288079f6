/** What several commands share: where the running core listens, JSON for programs, and how arguments are read. */
import { controlSocketPath } from '../platform/state-dir.ts';
import { UsageError } from './command.ts';
import { ControlClient } from './control-client.ts';

/** `timeoutMs` is for what may take longer than others. */
export function controlClient(timeoutMs?: number): ControlClient {
  return new ControlClient(controlSocketPath(), timeoutMs);
}

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Throws `UsageError` unless there are exactly as many arguments as names. */
export function assertArguments(found: readonly string[], names: readonly string[]): void {
  const missing = names[found.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing.`);
  const extra = found[names.length];
  if (extra !== undefined) throw new UsageError(`"${extra}" is one argument too many.`);
}

/** Throws `UsageError`. */
export function flowIdOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`"${text}" is not the id of a flow. "sluice flows" shows them.`);
}
