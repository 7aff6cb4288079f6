/**
 * Builds the native code: the addon, the same under the sanitizers, and the fuzz target.
 * What is up to date is left alone, so callers need not ask first. Owns `core/native/build`
 * and the hashes in `.cache/native`.
 *
 * `node build/native.ts [--sanitize | --fuzz]`
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ensurePackages, ensureTools, type Tool } from './debian.ts';
import { fetchLwip, lwipHash } from './fetch-lwip.ts';
import { withLock } from './lock.ts';
import { BuildError, cacheDir, root, run, script } from './process.ts';

export type NativeKind = 'release' | 'sanitize' | 'fuzz';

const nativeDir = path.join(root, 'core/native');
const stateDir = path.join(cacheDir, 'native');
const fuzzDir = path.join(stateDir, 'fuzz');

/** What each kind produces. */
const products: Readonly<Record<NativeKind, string>> = {
  release: path.join(nativeDir, 'build/Release/sluice.node'),
  sanitize: path.join(nativeDir, 'build/Debug/sluice.node'),
  fuzz: path.join(fuzzDir, 'packet_fuzz'),
};

const compilers: readonly Tool[] = [
  { command: 'g++', package: 'g++' },
  { command: 'make', package: 'make' },
  { command: 'python3', package: 'python3' },
  { command: 'xz', package: 'xz-utils' },
];

/** libFuzzer comes with clang. */
const fuzzCompiler = 'clang++-14';
const fuzzPackages = ['clang-14', 'libclang-rt-14-dev'];

/** Builds it if anything it depends on has changed. Gives the path of the product. */
export async function ensureNative(kind: NativeKind): Promise<string> {
  const product = products[kind];
  const stamp = path.join(stateDir, `${kind}.sha256`);
  const current = (): boolean =>
    existsSync(product) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputHash(kind);
  if (current()) return product;

  return withLock(path.join(cacheDir, 'native.lock'), async () => {
    if (current()) return product;
    const hash = inputHash(kind);
    await ensureTools(compilers, 'the native build');
    const lwip = await fetchLwip();
    rmSync(stamp, { force: true });
    console.error(`Building the native code (${kind}); this takes a minute`);
    await (kind === 'fuzz' ? buildFuzzTarget(lwip, product) : buildAddon(kind));
    mkdirSync(stateDir, { recursive: true });
    writeFileSync(stamp, hash);
    return product;
  });
}

/** Everything that a product is made from: the sources, lwIP, the headers and the recipe. */
function inputHash(kind: NativeKind): string {
  const hash = createHash('sha256');
  const files = sourceFiles().map((file) => path.join(nativeDir, file));
  for (const name of ['node-addon-api', 'node-gyp']) {
    files.push(path.join(root, 'node_modules', name, 'package.json'));
  }
  files.push(import.meta.filename);
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  return hash.update([kind, process.version, process.arch, lwipHash].join('\0')).digest('hex');
}

/** Paths of the native sources below `core/native`, sorted; what builds produce is left out. */
function sourceFiles(): string[] {
  return readdirSync(nativeDir, { recursive: true, encoding: 'utf8' })
    .filter((file) => !file.startsWith('build') && /\.(cc|c|h|gyp|gypi)$/.test(file))
    .sort();
}

async function buildAddon(kind: 'release' | 'sanitize'): Promise<void> {
  const nodeGyp = path.join(root, 'node_modules/node-gyp/bin/node-gyp.js');
  // node-gyp lets npm's settings win over its own arguments, and people's .npmrc may name
  // the headers of another Node.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)),
  );
  const gyp = (...args: string[]): Promise<string> =>
    run(process.execPath, [nodeGyp, ...args, `--nodedir=${headersDir()}`, '--loglevel=warn'], {
      cwd: nativeDir,
      env,
      quiet: true,
    });
  await gyp('configure');
  const configuration = kind === 'release' ? '--release' : '--debug';
  const output = await gyp('build', configuration, `--jobs=${availableParallelism()}`);
  for (const line of output.split('\n')) if (/\bwarning:/.test(line)) console.error(line);
}

/** The folder of the npm package that this Node came in: it has the headers, too. */
function headersDir(): string {
  const dir = path.resolve(process.execPath, '../..');
  if (existsSync(path.join(dir, 'include/node/node_api.h'))) return dir;
  throw new BuildError(
    `the Node that runs this (${process.execPath}) came without its headers. ` +
      'Run "npm ci", and then this through "npm run build".',
  );
}

async function buildFuzzTarget(lwip: string, product: string): Promise<void> {
  await ensurePackages(fuzzPackages, 'the fuzz target');
  rmSync(fuzzDir, { recursive: true, force: true });
  mkdirSync(fuzzDir, { recursive: true });
  const ours = sourceFiles()
    .filter((file) => /^(src|fuzz)\/.*\.cc$/.test(file) && !/_(darwin|win32)\.cc$/.test(file))
    // What speaks to Node is left out.
    .filter((file) => !file.startsWith('src/addon/'));
  const sources = [
    ...lwipSources().map((file) => path.join(lwip, file)),
    ...ours.map((file) => path.join(nativeDir, file)),
  ];
  const sanitize = '-fsanitize=address,undefined';
  const flags = [
    '-g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=undefined'.split(' '),
    [sanitize, '-fsanitize=fuzzer-no-link', `-I${lwip}/include`],
    [`-I${path.join(nativeDir, 'lwip')}`, `-I${path.join(nativeDir, 'src')}`],
  ].flat();
  const objects = sources.map((_, index) => path.join(fuzzDir, `${index}.o`));
  const jobs = sources.map((source, index) => {
    const language = source.endsWith('.c') ? ['-x', 'c'] : ['-x', 'c++', '-std=c++17'];
    return ['-c', ...flags, ...language, source, '-o', objects[index] ?? ''];
  });
  const worker = async (): Promise<void> => {
    for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
      await run(fuzzCompiler, job, { quiet: true });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  await run(fuzzCompiler, [sanitize, '-fsanitize=fuzzer', ...objects, '-o', product], {
    quiet: true,
  });
}

function lwipSources(): string[] {
  const text = readFileSync(path.join(nativeDir, 'lwip.gypi'), 'utf8');
  const list = JSON.parse(text) as { variables: { lwip_sources: string[] } };
  return list.variables.lwip_sources;
}

if (import.meta.main) {
  await script(async () => {
    const flags: Record<string, NativeKind> = { '--sanitize': 'sanitize', '--fuzz': 'fuzz' };
    const flag = process.argv[2];
    const kind = flag === undefined ? 'release' : flags[flag];
    if (kind === undefined)
      throw new BuildError(`unknown option ${flag}; try --sanitize or --fuzz`);
    await ensureNative(kind);
  });
}
