#!/usr/bin/env node
// The `sluice` command as people start it, with whatever Node their machine has (18 or newer).
// Core needs Node 24, which the project brings along; this file gets there and steps aside.
// It must stay plain JavaScript that an old Node understands. Owns no state.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const neededNode = 24;
const inProject = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const args = process.argv.slice(2);

if (Number.parseInt(process.versions.node, 10) < neededNode) {
  startOnOwnNode();
} else {
  if (args[0] === 'run' && !args.includes('--help')) buildOnFirstUse();
  await useCompileCache();
  const { main } = await import('./main.ts');
  process.exitCode = await main(args);
}

function startOnOwnNode() {
  const node = inProject('node_modules/.bin/node');
  if (!existsSync(node)) {
    fail(
      `sluice needs Node ${neededNode} or newer; this is ${process.version}. ` +
        `Run "npm ci" in ${inProject('')}, which brings the right one along.`,
    );
  }
  const self = fileURLToPath(import.meta.url);
  const child = spawn(node, [self, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C and Ctrl-\ to the child as well; it must not get them twice.
      const fromTerminal = signal === 'SIGINT' || signal === 'SIGQUIT';
      if (!(fromTerminal && process.stdin.isTTY)) child.kill(signal);
    });
  }
  child.once('error', (error) => fail(`cannot start ${node}: ${error.message}`));
  child.once('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
}

/**
 * Core is TypeScript, and what Node needs to read that costs 30 MB for as long as it runs. With the
 * compile cache it is needed once: a first process fills the cache and ends, so that ours stays small.
 */
async function useCompileCache() {
  const cache = inProject('.cache/compile');
  const { enableCompileCache } = await import('node:module');
  if (args[0] === 'run' && olderThanSources(`${cache}/filled`)) {
    spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'help', 'run'], {
      stdio: 'ignore',
    });
    try {
      mkdirSync(cache, { recursive: true });
      writeFileSync(`${cache}/filled`, '');
    } catch {
      // In a folder that is not ours to write to there is no cache, and all works without.
    }
  }
  enableCompileCache(cache);
}

function olderThanSources(file) {
  const time = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return ['core', 'rules'].some((folder) =>
    readdirSync(inProject(folder), { recursive: true, encoding: 'utf8' }).some(
      (name) => name.endsWith('.ts') && statSync(inProject(`${folder}/${name}`)).mtimeMs > time,
    ),
  );
}

/** Only `run` needs the addon, so only `run` makes people wait for a compiler. */
function buildOnFirstUse() {
  const build = inProject('build/native.ts');
  const addon = inProject('core/native/build/Release/sluice.node');
  if (existsSync(addon) || !existsSync(build)) return;
  // Standard output belongs to the command (`--json`), so the build talks on standard error.
  const result = spawnSync(process.execPath, [build], { stdio: ['ignore', 2, 2] });
  if (result.status !== 0) fail('the native part could not be built; see above for the reason.');
}

function fail(message) {
  console.error(`sluice: ${message}`);
  process.exit(1);
}
