/**
 * `npm test`: unit tests, the lab, the interface in a browser, the native code under the sanitizers, and the fuzz target.
 * Builds and installs what they need first. Ends with the totals of all.
 *
 * `npm test -- [unit] [lab] [e2e] [sanitize] [fuzz]` runs only these parts.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { ensureNative } from '../build/native.ts';
import { attempt, BuildError, cacheDir, root, run, script } from '../build/process.ts';
import { ensureBrowser } from './e2e/browser.ts';
import { ensureLabPackages } from './lab/packages.ts';
import type { Totals } from './totals-reporter.ts';

const fuzzSeconds = 30;

/** Nothing should come near these; they are for a test that hangs. */
const unitTimeoutMs = 120_000;
const labTimeoutMs = 900_000;

const parts: Readonly<Record<string, () => Promise<Totals>>> = {
  async unit() {
    await ensureNative('release');
    await ensureLabPackages('the tests');
    return runFiles(testFiles('unit'), availableParallelism(), unitTimeoutMs);
  },

  // One at a time: each has the machine to itself, since some drop and delay packets.
  lab: () => inNamespaces(testFiles('lab'), 1),

  async e2e() {
    await ensureBrowser();
    // They wait more than they compute: for a page, for core's next line.
    return inNamespaces(testFiles('e2e'), 2);
  },

  async sanitize() {
    await ensureNative('sanitize');
    const library = await run('g++', ['-print-file-name=libasan.so'], { quiet: true });
    const files = testFiles('unit/core/native', 'unit/core/stack', 'unit/core/process');
    return runFiles(files, 1, unitTimeoutMs, {
      SLUICE_SANITIZED: '1',
      LD_PRELOAD: library.trim(),
      ASAN_OPTIONS: 'detect_leaks=1',
      LSAN_OPTIONS: `suppressions=${path.join(root, 'test/node-leaks.supp')}:print_suppressions=0`,
      UBSAN_OPTIONS: 'print_stacktrace=1',
    });
  },

  async fuzz() {
    const target = await ensureNative('fuzz');
    const corpus = path.join(cacheDir, 'fuzz/corpus');
    const findings = path.join(cacheDir, 'fuzz/findings/');
    for (const dir of [corpus, findings]) mkdirSync(dir, { recursive: true });
    console.log(`Fuzzing packets for ${fuzzSeconds} s`);
    const limits = [`-max_total_time=${fuzzSeconds}`, '-timeout=10', '-rss_limit_mb=2048'];
    const { code, output } = await attempt(
      target,
      [...limits, '-print_final_stats=1', `-artifact_prefix=${findings}`, corpus],
      { quiet: true },
    );
    console.log(
      output
        .split('\n')
        .slice(code === 0 ? -9 : -100)
        .join('\n'),
    );
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  },
};

/** Each file makes namespaces of its own. */
async function inNamespaces(files: readonly string[], concurrency: number): Promise<Totals> {
  if (process.getuid?.() !== 0) {
    console.log('The lab makes network namespaces, which only root may: skipped.');
    return { passed: 0, failed: 0, skipped: files.length };
  }
  await ensureNative('release');
  await ensureLabPackages('the lab');
  return runFiles(files, concurrency, labTimeoutMs);
}

/** The test files below folders of `test`, sorted. None at all is a mistake, not a success. */
function testFiles(...folders: string[]): string[] {
  const files = folders
    .filter((folder) => existsSync(path.join(root, 'test', folder)))
    .flatMap((folder) =>
      readdirSync(path.join(root, 'test', folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.test.ts'))
        .map((file) => path.join('test', folder, file)),
    )
    .sort();
  if (files.length === 0) throw new BuildError(`there are no tests in test/${folders.join(', ')}`);
  return files;
}

async function runFiles(
  files: readonly string[],
  concurrency: number,
  timeoutMs: number,
  env: NodeJS.ProcessEnv = {},
): Promise<Totals> {
  const dir = mkdtempSync(path.join(tmpdir(), 'sluice-test-'));
  const totalsFile = path.join(dir, 'totals.json');
  try {
    const { code } = await attempt(
      process.execPath,
      [
        '--test',
        `--test-concurrency=${concurrency}`,
        `--test-timeout=${timeoutMs}`,
        ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
        `--test-reporter=${path.join(root, 'test/totals-reporter.ts')}`,
        `--test-reporter-destination=${totalsFile}`,
        ...files,
      ],
      { env: { ...process.env, ...env } },
    );
    const text = readFileSync(totalsFile, 'utf8');
    if (text === '') throw new BuildError(`the test runner ended early (${code})`);
    const totals = JSON.parse(text) as Totals;
    // A run can fail without a failing test, as when a file cannot be loaded.
    return code === 0 || totals.failed > 0 ? totals : { ...totals, failed: 1 };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function line(totals: Totals): string {
  return `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`;
}

await script(async () => {
  const wanted = process.argv.slice(2);
  const names = Object.keys(parts);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new BuildError(`there is no part named ${unknown}; there are ${names.join(', ')}`);
  }
  const all = { passed: 0, failed: 0, skipped: 0 };
  const summary: string[] = [];
  for (const [name, part] of Object.entries(parts)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(`--- ${name}`);
    const started = performance.now();
    let totals: Totals = { passed: 0, failed: 1, skipped: 0 };
    try {
      totals = await part();
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      console.error(`error: ${error.message}`);
    }
    const seconds = Math.round((performance.now() - started) / 1000);
    summary.push(`${name.padEnd(8)} ${line(totals)} (${seconds} s)`);
    all.passed += totals.passed;
    all.failed += totals.failed;
    all.skipped += totals.skipped;
  }
  console.log(`---\n${summary.join('\n')}\n${line(all)}`);
  if (all.failed > 0) process.exitCode = 1;
});
