/** Collects what is wrong in one configuration file, in the order in which it is found. */
import type { Position } from '../../rules/rule.ts';
import type { Problem } from './config.ts';
import { formatCount } from '../../rules/text.ts';

/** A file in which everything is wrong is not described line by line. */
const MOST_PROBLEMS = 500;

export class Problems {
  readonly #file: string;
  readonly #locate: (offset: number) => Position;
  readonly #list: Problem[] = [];
  #omitted = 0;
  #errors = 0;

  /** `locate` turns an offset in UTF-16 units into a position. */
  constructor(file: string, locate: (offset: number) => Position) {
    this.#file = file;
    this.#locate = locate;
  }

  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  /** How many there are so far. */
  get errors(): number {
    return this.#errors;
  }

  error(code: string, offset: number, message: string): void {
    this.add('error', code, offset, message);
  }

  warn(code: string, offset: number, message: string): void {
    this.add('warning', code, offset, message);
  }

  add(severity: Problem['severity'], code: string, offset: number, message: string): void {
    if (severity === 'error') this.#errors++;
    if (this.#list.length >= MOST_PROBLEMS) {
      this.#omitted++;
      return;
    }
    this.#list.push({ file: this.#file, ...this.position(offset), severity, code, message });
  }

  position(offset: number): Position {
    return this.#locate(offset);
  }

  /** In the order of the file. */
  list(): Problem[] {
    const sorted = this.#list.toSorted((a, b) => a.line - b.line || a.column - b.column);
    if (this.#omitted > 0) {
      const severity = this.#errors > 0 ? 'error' : 'warning';
      const message = `${formatCount(this.#omitted, 'more problem is', 'more problems are')} not shown`;
      const { line, column } = sorted.at(-1) ?? { line: 1, column: 1 };
      sorted.push({ file: this.#file, line, column, severity, code: 'problems-omitted', message });
    }
    return sorted;
  }
}

/** One line, as compilers print it: `file:line:column severity code message`. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, severity, code, message } = problem;
  return `${file}:${line}:${column} ${severity} ${code} ${message}`;
}
