/**
 * The configuration in force and the file it came from: reads it, follows it, and has the engine
 * apply what changed. A file with errors changes nothing. Owns the watch of the file.
 */
import { SluiceError, toApiError } from '../api/errors.ts';
import type { ReloadResult } from '../api/reload.ts';
import type { ConfigStatus } from '../api/status.ts';
import type { Config, Problem } from '../config/config.ts';
import { DEFAULT_CONFIG_NAME, DEFAULT_CONFIG_TEXT } from '../config/default-config.ts';
import { loadConfig } from '../config/load-config.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { parseConfig } from '../config/parse-config.ts';
import { formatProblem } from '../config/problems.ts';
import { watchConfig } from '../config/watch.ts';
import type { ConfigWatch } from '../config/watch.ts';
import type { Logger } from '../log/logger.ts';
import { formatCount } from '../../rules/text.ts';

/** A configuration with errors in it; `problems` says which, in the order of the file. */
export class ConfigError extends SluiceError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const errors = problems.filter(({ severity }) => severity === 'error');
    const [first] = errors;
    const more = errors.length > 1 ? ` (and ${formatCount(errors.length - 1, 'more error')})` : '';
    super(
      'ERR_CONFIG',
      first === undefined ? 'The configuration has errors.' : `${formatProblem(first)}${more}`,
    );
    this.problems = problems;
  }
}

/** Reads and checks a file, or the built-in configuration for null. Rejects with `ConfigError`. */
export async function readConfig(
  path: string | null,
): Promise<LoadedConfig & { readonly config: Config }> {
  const loaded =
    path === null
      ? { ...parseConfig(DEFAULT_CONFIG_TEXT, DEFAULT_CONFIG_NAME), text: DEFAULT_CONFIG_TEXT }
      : await loadConfig(path);
  const { config } = loaded;
  if (config === null) throw new ConfigError(loaded.problems);
  return { ...loaded, config };
}

export class LiveConfig {
  readonly #path: string | null;
  readonly #apply: (config: Config) => Promise<string[]>;
  readonly #log: Logger;
  #config: Config;
  #text: string | null;
  #textInForce: string;
  #warnings: number;
  #loadedAt = new Date();
  #rejected: ConfigStatus['rejected'] = null;
  #restartNeeded: readonly string[] = [];
  #watch: ConfigWatch | null = null;
  /** The latest reload; the next one waits for it. */
  #turn: Promise<unknown> = Promise.resolve();

  /** `loaded` is in force already; `apply` puts another one in its place. */
  constructor(
    path: string | null,
    loaded: LoadedConfig & { readonly config: Config },
    apply: (config: Config) => Promise<string[]>,
    log: Logger,
  ) {
    this.#path = path;
    this.#apply = apply;
    this.#log = log;
    this.#config = loaded.config;
    this.#text = loaded.text;
    this.#textInForce = loaded.text ?? '';
    this.#warnings = loaded.problems.length;
    logWarnings(loaded.problems, log);
  }

  get config(): Config {
    return this.#config;
  }

  /** The text that `config` was read from. */
  get textInForce(): string {
    return this.#textInForce;
  }

  /** From here on saving the file applies it; `onSaved` is called first. */
  follow(onSaved: () => void): void {
    if (this.#path === null) return;
    const known = (): string | null => this.#text;
    this.#watch = watchConfig(this.#path, known, (loaded) => {
      onSaved();
      void this.take(loaded);
    });
  }

  close(): void {
    this.#watch?.close();
  }

  /** Reads the file again and applies it. Rejects with `SluiceError` where there is no file. */
  async reload(): Promise<ReloadResult> {
    if (this.#path === null) {
      throw new SluiceError(
        'ERR_NO_CONFIG_FILE',
        'Sluice runs with its built-in configuration. Start it with "sluice run -c FILE".',
      );
    }
    return this.take(await loadConfig(this.#path));
  }

  status(): ConfigStatus {
    return {
      path: this.#path,
      loadedAt: this.#loadedAt.toISOString(),
      rules: this.#config.rules.length,
      proxies: this.#config.proxies.length,
      warnings: this.#warnings,
      rejected: this.#rejected,
      restartNeeded: this.#restartNeeded,
    };
  }

  /**
   * Applies what the file says by now. Never rejects: what could not be applied is in the result,
   * the log and the status.
   */
  take(loaded: LoadedConfig): Promise<ReloadResult> {
    this.#text = loaded.text;
    const result = this.#turn.then(() => this.#applyLoaded(loaded));
    this.#turn = result;
    return result;
  }

  async #applyLoaded({ config, problems, text }: LoadedConfig): Promise<ReloadResult> {
    try {
      if (config === null) throw new ConfigError(problems);
      this.#restartNeeded = await this.#apply(config);
      this.#config = config;
      this.#textInForce = text ?? '';
    } catch (cause) {
      const error = toApiError(cause);
      this.#rejected = { ...error, at: new Date().toISOString() };
      this.#log.error('CONFIG_REJECTED', `Nothing was changed: ${error.message}`);
      const shown =
        cause instanceof ConfigError ? problems : [...problems, wholeFile(this.#path, error)];
      return { applied: false, problems: shown, restartNeeded: [] };
    }
    this.#loadedAt = new Date();
    this.#rejected = null;
    this.#warnings = problems.length;
    logWarnings(problems, this.#log);
    this.#log.info(
      'CONFIG_APPLIED',
      `Applied ${this.#path}: ${formatCount(config.rules.length, 'rule')}.`,
    );
    if (this.#restartNeeded.length > 0) {
      this.#log.warning('CONFIG_RESTART', `Needs a restart: ${this.#restartNeeded.join(', ')}.`);
    }
    return { applied: true, problems, restartNeeded: this.#restartNeeded };
  }
}

function logWarnings(problems: readonly Problem[], log: Logger): void {
  for (const problem of problems) log.warning('CONFIG_WARNING', formatProblem(problem));
}

/** An error of the engine, as a problem of the file that asked for it. */
function wholeFile(path: string | null, error: { code: string; message: string }): Problem {
  return { file: path ?? DEFAULT_CONFIG_NAME, line: 1, column: 1, severity: 'error', ...error };
}
