/** Shorthands for tests of the configuration. */
import assert from 'node:assert/strict';
import type { Config } from '../../../../core/config/config.ts';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import { formatProblem } from '../../../../core/config/problems.ts';

/** The problems of a file called `c.yaml`, each as it is printed, without the name. */
export function problemsOf(text: string): string[] {
  return parseConfig(text, 'c.yaml').problems.map((problem) => formatProblem(problem).slice(7));
}

/** As `problemsOf`, without what a file lacks that has nothing but the section under test. */
export function problemsIn(section: string): string[] {
  return problemsOf(section).filter((line) => !line.includes(' rules-no-match '));
}

/** Fails the test where the text has an error. */
export function configOf(text: string): Config {
  const { config, problems } = parseConfig(text, '/etc/sluice/c.yaml');
  assert.ok(config, problems.map(formatProblem).join('\n'));
  return config;
}

/**
 * For texts that show with a `§` where a problem is expected: the one problem of the text, with
 * `§` for its place if that is where it was found.
 */
export function markedProblem(marked: string): string {
  const before = marked.slice(0, marked.indexOf('§'));
  const place = `${before.split('\n').length}:${before.length - before.lastIndexOf('\n')}`;
  const problems = problemsIn(marked.replace('§', ''));
  assert.equal(problems.length, 1, problems.join('\n'));
  const [problem = ''] = problems;
  return problem.startsWith(`${place} `) ? problem.replace(place, '§') : problem;
}
