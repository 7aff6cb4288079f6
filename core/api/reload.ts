/** What `POST /v1/reload` answers, and how problems of a configuration travel. */

export interface ConfigProblem {
  readonly file: string;
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  /** From 1; 0 where the problem is the whole file's. */
  readonly line: number;
  readonly column: number;
}

export interface ReloadResult {
  /** False: the file has errors, and what ran before still runs. */
  readonly applied: boolean;
  readonly problems: readonly ConfigProblem[];
  /** Settings that were changed but need a restart, by their YAML path. */
  readonly restartNeeded: readonly string[];
}
