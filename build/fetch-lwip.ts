/**
 * Obtains the source of lwIP, which is on no package registry. Wherever it comes from, its
 * files must be exactly those of the release: a hash over all of them is pinned here.
 * Owns `.cache/lwip-2.2.1`. Run it by itself to see where the source is.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { downloadSource } from './apt-source.ts';
import { BuildError, cacheDir, run, script } from './process.ts';

const lwipVersion = '2.2.1';

/** What `treeHash` gives for `src` of the release (tag STABLE-2_2_1_RELEASE). */
export const lwipHash = 'bb3686ec3153de48c7290a9f49029121b34087311ba590749a800e8315233886';

const releaseUrl = `https://download.savannah.nongnu.org/releases/lwip/lwip-${lwipVersion}.zip`;
const debianSuite = 'trixie';
const responseTimeoutMs = 8_000;
const downloadTimeoutMs = 120_000;
const downloadLimit = 32 * 1024 * 1024;

/**
 * One hash over the names and contents of all files below a folder: in it,
 * `LC_ALL=C find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum`.
 */
export function treeHash(dir: string): string {
  const total = createHash('sha256');
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `./${path.relative(dir, path.join(entry.parentPath, entry.name))}`)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const file of files) {
    const hash = createHash('sha256').update(readFileSync(path.join(dir, file)));
    total.update(`${hash.digest('hex')}  ${file}\n`);
  }
  return total.digest('hex');
}

/** A place that may have the source. Gives the path of its `src`, unverified. */
interface Origin {
  readonly name: string;
  obtain(into: string): Promise<string>;
}

const origins: readonly Origin[] = [
  {
    name: 'the release archive',
    async obtain(into) {
      const archive = path.join(into, 'lwip.zip');
      writeFileSync(archive, await download(releaseUrl));
      await run('python3', ['-m', 'zipfile', '-e', archive, into], { quiet: true });
      return path.join(into, `lwip-${lwipVersion}`, 'src');
    },
  },
  {
    name: `the Debian source package (${debianSuite}, through apt)`,
    async obtain(into) {
      const tarball = await downloadSource('lwip', debianSuite, into);
      await run('tar', ['-xf', tarball, '-C', into], { quiet: true });
      return path.join(into, `lwip-${lwipVersion}`, 'src');
    },
  },
];

/**
 * Gives the path of lwIP's `src`, fetched if need be. If the environment variable LWIP_DIR
 * is set, it names an unpacked release (or its `src`) and nothing is downloaded.
 */
export async function fetchLwip(
  env: NodeJS.ProcessEnv = process.env,
  cache: string = cacheDir,
): Promise<string> {
  const src = path.join(cache, `lwip-${lwipVersion}`, 'src');
  const given = env['LWIP_DIR'];
  if (given !== undefined && given !== '') {
    const dir = existsSync(path.join(given, 'src')) ? path.join(given, 'src') : given;
    verify(dir, `LWIP_DIR (${given})`);
    if (!isRelease(src)) place(cache, (into) => cpSync(dir, into, { recursive: true }));
    return src;
  }
  if (isRelease(src)) return src;

  mkdirSync(cache, { recursive: true });
  const failures: string[] = [];
  for (const origin of origins) {
    const temporary = mkdtempSync(path.join(cache, 'lwip-download-'));
    try {
      console.error(`Fetching lwIP ${lwipVersion} from ${origin.name}`);
      const dir = await origin.obtain(temporary);
      verify(dir, origin.name);
      place(cache, (into) => renameSync(dir, into));
      return src;
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      failures.push(`- ${origin.name}: ${error.message}`);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }
  throw new BuildError(
    `cannot fetch lwIP ${lwipVersion}:\n${failures.join('\n')}\n` +
      'Unpack the release yourself and set LWIP_DIR to its folder.',
  );
}

function isRelease(dir: string): boolean {
  return existsSync(dir) && treeHash(dir) === lwipHash;
}

function verify(dir: string, from: string): void {
  if (!existsSync(dir)) throw new BuildError(`${from} has no lwIP source (looked for ${dir})`);
  const hash = treeHash(dir);
  if (hash === lwipHash) return;
  throw new BuildError(
    `${from} is not the unmodified source of lwIP ${lwipVersion}: ` +
      `its hash is ${hash}, expected ${lwipHash}`,
  );
}

/** Puts a verified `src` where the build looks for it, in one step. */
function place(cache: string, fill: (src: string) => void): void {
  mkdirSync(cache, { recursive: true });
  const target = path.join(cache, `lwip-${lwipVersion}`);
  const staging = mkdtempSync(path.join(cache, 'lwip-staging-'));
  try {
    fill(path.join(staging, 'src'));
    rmSync(target, { recursive: true, force: true });
    renameSync(staging, target);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function download(url: string): Promise<Buffer> {
  const abort = new AbortController();
  const slowAnswer = setTimeout(() => abort.abort(), responseTimeoutMs);
  const slowBody = setTimeout(() => abort.abort(), downloadTimeoutMs);
  try {
    const response = await fetch(url, { signal: abort.signal });
    clearTimeout(slowAnswer);
    if (!response.ok || response.body === null) {
      throw new BuildError(`${url} answered ${response.status}`);
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body) {
      size += chunk.length;
      if (size > downloadLimit) throw new BuildError(`${url} is larger than expected`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof BuildError) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = abort.signal.aborted ? 'no answer in time' : String(cause);
    throw new BuildError(`cannot download ${url}: ${reason}`, { cause: error });
  } finally {
    clearTimeout(slowAnswer);
    clearTimeout(slowBody);
  }
}

if (import.meta.main) await script(async () => console.log(await fetchLwip()));
