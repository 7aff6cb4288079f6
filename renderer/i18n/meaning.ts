/** What an error means to whoever reads the interface. Pure. */

/** An error as core tells it, and as every failure in the interface is kept. */
export interface Told {
  /** For programs; absent or empty: none. */
  readonly code?: string;
  readonly message: string;
}

export function toldBy(cause: unknown): Told {
  if (!(cause instanceof Error)) return { message: String(cause) };
  const { message } = cause;
  return 'code' in cause && typeof cause.code === 'string'
    ? { code: cause.code, message }
    : { message };
}

/** The sentence for a code, or for all codes that begin as it does; null: there is none. */
export function meaningOf(code: string, errors: Readonly<Record<string, string>>): string | null {
  const family = /^ERR_(?:CONNECT|STREAM)_/.exec(code)?.[0] ?? code;
  for (const key of [code, family]) if (Object.hasOwn(errors, key)) return errors[key] ?? null;
  return null;
}

/** Both in one line, for where there is no room for two. */
export function errorLine(error: Told, errors: Readonly<Record<string, string>>): string {
  const meaning = meaningOf(error.code ?? '', errors);
  return meaning === null ? error.message : `${meaning} ${error.message}`;
}
