/**
 * `npm run check`: everything that can be said about the code without running it. All
 * steps run, so that one run shows all there is to do. `npm run format` (`--fix`) rewrites
 * what a formatter can put right. Holds no state.
 *
 * `node build/check.ts [--fix] [STEP...]`
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ensureTools } from './debian.ts';
import { attempt, BuildError, root, script } from './process.ts';

interface Step {
  readonly name: string;
  /** Commands that fail if something is wrong. */
  readonly check: () => Promise<Command[]>;
  /** Commands that put it right; only formatters have them. */
  readonly fix?: () => Promise<Command[]>;
}

type Command = readonly [command: string, ...args: string[]];

/** Formatters of different versions disagree, so this one is pinned. */
const clangFormat = { command: 'clang-format-14', package: 'clang-format-14' };

const steps: readonly Step[] = [
  {
    name: 'types',
    check: async () => [tool('tsc', '--build')],
  },
  {
    name: 'lint',
    check: async () => [tool('oxlint', '--deny-warnings')],
  },
  {
    name: 'format',
    check: async () => [tool('prettier', '--check', '--log-level=warn', '.')],
    fix: async () => [tool('prettier', '--write', '--log-level=warn', '.')],
  },
  {
    name: 'native-format',
    check: async () => [await formatNative('--dry-run', '-Werror')],
    fix: async () => [await formatNative('-i')],
  },
  {
    name: 'unused',
    // The second run leaves tests out: what only a test uses is not used.
    check: async () => [tool('knip'), tool('knip', '--production', '--include=files,dependencies')],
  },
];

/** A tool from npm, run on this Node. */
function tool(name: string, ...args: string[]): Command {
  return [process.execPath, path.join(root, 'node_modules/.bin', name), ...args];
}

async function formatNative(...args: string[]): Promise<Command> {
  await ensureTools([clangFormat], 'formatting the native code');
  const files = readdirSync(path.join(root, 'core/native'), { recursive: true, encoding: 'utf8' })
    .filter((file) => !file.startsWith('build') && /\.(cc|c|h)$/.test(file))
    .map((file) => path.join('core/native', file));
  if (files.length === 0) throw new BuildError('core/native has no source files');
  return [clangFormat.command, ...args, ...files];
}

/** Runs all commands of a step; false if any found something. */
async function passes(commands: () => Promise<Command[]>): Promise<boolean> {
  let ok = true;
  try {
    for (const [command, ...args] of await commands()) {
      const { code } = await attempt(command, args);
      if (code !== 0) ok = false;
    }
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(`error: ${error.message}`);
    ok = false;
  }
  return ok;
}

await script(async () => {
  const args = process.argv.slice(2);
  const fix = args.includes('--fix');
  const wanted = args.filter((arg) => arg !== '--fix');
  const unknown = wanted.find((name) => !steps.some((step) => step.name === name));
  if (unknown !== undefined) {
    const names = steps.map((step) => step.name).join(', ');
    throw new BuildError(`there is no check named ${unknown}; there are ${names}`);
  }
  const failed: string[] = [];
  for (const step of steps) {
    const commands = fix ? step.fix : step.check;
    if (commands === undefined || (wanted.length > 0 && !wanted.includes(step.name))) continue;
    const started = performance.now();
    const ok = await passes(commands);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${step.name} (${seconds} s)`);
    if (!ok) failed.push(step.name);
  }
  if (failed.length > 0) throw new BuildError(`failed: ${failed.join(', ')}`);
});
