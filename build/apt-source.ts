/**
 * Downloads a Debian source package through apt without changing the system: the archive is
 * the one that the machine itself is configured to use (so mirrors, keys and proxies are
 * right), the rest of apt's state is in a temporary folder.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BuildError, findCommand, run } from './process.ts';

/** A package archive as apt's configuration has it. */
export interface Archive {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Fields that say how far to trust it, by lower-case name, with their values as written. */
  readonly trust: ReadonlyMap<string, string>;
}

const trustFields = new Set([
  'signed-by',
  'trusted',
  'check-date',
  'check-valid-until',
  'allow-insecure',
  'allow-weak',
]);

/** Reads deb822 text, as in `*.sources` (sources.list(5)). Entries that are off are left out. */
export function parseSources(text: string): Archive[] {
  const archives: Archive[] = [];
  for (const stanza of text.replaceAll(/^#.*\n?/gm, '').split(/\n[ \t]*\n/)) {
    const fields = new Map<string, string>();
    for (const match of stanza.matchAll(/^([\w-]+):(.*(?:\n[ \t].*)*)/gm)) {
      fields.set((match[1] ?? '').toLowerCase(), (match[2] ?? '').trim());
    }
    if (/^(no|false|off|0)$/i.test(fields.get('enabled') ?? '')) continue;
    for (const uri of words(fields.get('uris'))) {
      archives.push({
        uri,
        suites: words(fields.get('suites')),
        components: words(fields.get('components')),
        trust: new Map([...fields].filter(([name]) => trustFields.has(name))),
      });
    }
  }
  return archives;
}

/** Reads one-line text, as in `sources.list` (sources.list(5)). */
export function parseList(text: string): Archive[] {
  const archives: Archive[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb(?:-src)?\s+(?:\[([^\]]*)\]\s*)?([^\s#]+)([^#]*)/.exec(line);
    if (!match) continue;
    const [suite, ...components] = words(match[3]);
    const options = words(match[1]).map((option): [string, string] => {
      const [name = '', value = ''] = option.split(/=(.*)/s);
      return [name.toLowerCase(), value.replaceAll(',', ' ')];
    });
    archives.push({
      uri: match[2] ?? '',
      suites: suite === undefined ? [] : [suite],
      components,
      trust: new Map(options.filter(([name]) => trustFields.has(name))),
    });
  }
  return archives;
}

/**
 * Those that may be Debian's main archive, the likeliest first, one for each address. Third
 * parties name their suites after Debian's too, but have neither its key nor its updates.
 */
export function mainArchives(archives: readonly Archive[]): Archive[] {
  const ranked = new Map<string, { archive: Archive; rank: number }>();
  for (const archive of archives) {
    const uri = archive.uri.replace(/\/+$/, '');
    const updates = archives.some(
      (other) =>
        other.uri.replace(/\/+$/, '') === uri &&
        other.suites.some((suite) => suite.endsWith('-updates')),
    );
    const key = (archive.trust.get('signed-by') ?? '').includes('debian-archive');
    const named = uri.endsWith('/debian');
    const rank = Number(updates) * 4 + Number(key) * 2 + Number(named);
    const main =
      archive.components.includes('main') &&
      archive.suites.some((suite) => !/[/]|-security$/.test(suite));
    if (main && rank > (ranked.get(uri)?.rank ?? 0)) ranked.set(uri, { archive, rank });
  }
  return [...ranked.values()].sort((a, b) => b.rank - a.rank).map((entry) => entry.archive);
}

/** The deb822 entry for the sources of one suite of that archive. */
export function sourceEntry(archive: Archive, suite: string): string {
  const lines = [
    'Types: deb-src',
    `URIs: ${archive.uri}`,
    `Suites: ${suite}`,
    'Components: main',
    ...[...archive.trust].map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** The archives in apt's configuration folder. */
function configuredArchives(): Archive[] {
  const aptDir = '/etc/apt';
  const files = [path.join(aptDir, 'sources.list')];
  const parts = path.join(aptDir, 'sources.list.d');
  if (existsSync(parts)) {
    files.push(...readdirSync(parts).map((name) => path.join(parts, name)));
  }
  return files.filter(existsSync).flatMap((file) => {
    if (file.endsWith('.sources')) return parseSources(readFileSync(file, 'utf8'));
    return file.endsWith('.list') ? parseList(readFileSync(file, 'utf8')) : [];
  });
}

/**
 * Downloads the source package and gives the path of its upstream tarball, inside `into`,
 * an empty folder that the caller removes. apt checks it against the archive's signature.
 */
export async function downloadSource(name: string, suite: string, into: string): Promise<string> {
  if (findCommand('apt-get') === null) throw new BuildError('apt-get is not here');
  const archives = mainArchives(configuredArchives()).slice(0, 3);
  if (archives.length === 0) throw new BuildError("apt's configuration names no Debian archive");
  const failures: string[] = [];
  for (const [index, archive] of archives.entries()) {
    const dir = path.join(into, String(index));
    try {
      return await downloadFrom(archive, name, suite, dir);
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      failures.push(error.message);
    }
  }
  throw new BuildError(failures.join('\n'));
}

async function downloadFrom(
  archive: Archive,
  name: string,
  suite: string,
  dir: string,
): Promise<string> {
  for (const part of ['lists/partial', 'cache/archives/partial', 'package']) {
    mkdirSync(path.join(dir, part), { recursive: true });
  }
  const entry = path.join(dir, 'suite.sources');
  writeFileSync(entry, sourceEntry(archive, suite));
  const settings = [
    `Dir::Etc::SourceList=${entry}`,
    'Dir::Etc::SourceParts=-',
    `Dir::State::Lists=${path.join(dir, 'lists')}`,
    `Dir::Cache=${path.join(dir, 'cache')}`,
    // The temporary folder need not be open to apt's own user.
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
    'Acquire::Retries=2',
  ].flatMap((setting) => ['-o', setting]);
  await run('apt-get', ['-qq', ...settings, 'update'], { quiet: true });
  const cwd = path.join(dir, 'package');
  await run('apt-get', ['-qq', ...settings, 'source', '--download-only', name], {
    cwd,
    quiet: true,
  });
  const tarball = readdirSync(cwd).find((file) => /\.orig\.tar\.\w+$/.test(file));
  if (tarball === undefined) throw new BuildError(`the source package ${name} has no tarball`);
  return path.join(cwd, tarball);
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}
