/** What a command of the `sluice` program is, and how it talks to the person at the terminal. */

export interface Terminal {
  /** Standard output: what was asked for. */
  out(text: string): void;
  /** Bytes instead of text. Resolves when there is room for more. */
  outBytes(bytes: Uint8Array): Promise<void>;
  /** False once whoever reads standard output has gone. */
  outOpen(): boolean;
  /** Standard error: everything else. */
  err(text: string): void;
}

export interface Command {
  /** The whole help text, without a final line break. */
  readonly help: string;
  /**
   * Runs with the arguments after the command's name and resolves to the exit code. Throws
   * `UsageError` for wrong arguments and `SluiceError` for what went wrong.
   */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** The arguments make no sense; the message says which and why. */
export class UsageError extends Error {}

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
/** A defect in Sluice itself (EX_SOFTWARE of sysexits). */
export const EXIT_INTERNAL = 70;
