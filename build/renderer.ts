/**
 * Builds the interface into `dist/renderer`, each file beside its compressed form, unless what is
 * there was made from the same sources. `node build/renderer.ts`
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync, constants } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { root, script } from './process.ts';

const source = path.join(root, 'renderer');
const target = path.join(root, 'dist/renderer');
const stampFile = path.join(target, '.sources.sha256');

/** What the interface is made from: its own sources, the API's types and the rules. */
const inputs = [
  'renderer',
  'core/api',
  'rules',
  'package.json',
  'package-lock.json',
  'build/renderer.ts',
];
/** Of what several pages use, what Home has no use for. */
const NOT_HOME = [
  /codemirror|react-virtual|renderer\/i18n\/(en|zh-cn)/,
  /renderer\/components\/(data-table|list-bar|drag-row)/,
  /core\/esm\/components\/(Autocomplete|Checkbox|Combobox|Drawer|FileInput|NumberInput|PasswordInput|Radio|Select|TagsInput|Textarea)\//,
];
/** What several pages use is one file: dozens of small ones take longer, six at a time. */
const SHARED = {
  name: 'shared',
  test: (module: string) => !NOT_HOME.some((part) => part.test(module)),
  minShareCount: 3,
};
/** Smaller files do not get smaller. */
const MIN_COMPRESSED = 1024;

export async function ensureRenderer(): Promise<void> {
  const stamp = hashOf(inputs);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.log('Building the interface; this takes a few seconds');
  await build({
    root: source,
    base: '/ui/',
    configFile: false,
    logLevel: 'warn',
    plugins: [react()],
    define: { 'import.meta.env.SLUICE_VERSION': JSON.stringify(version()) },
    build: {
      outDir: target,
      emptyOutDir: true,
      target: 'es2023',
      // What has light-dark(): rewritten for older browsers, it would not follow the scheme that Mantine sets.
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
      chunkSizeWarningLimit: 1500,
      rolldownOptions: {
        output: {
          codeSplitting: { groups: [SHARED] },
        },
      },
    },
  });
  for (const file of filesBelow(target)) compress(file);
  writeFileSync(stampFile, stamp);
}

/** The product's: a page tells core's from it. */
function version(): string {
  const text = readFileSync(path.join(root, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function compress(file: string): void {
  if (!/\.(js|css|html|svg)$/.test(file)) return;
  const bytes = readFileSync(file);
  if (bytes.length < MIN_COMPRESSED) return;
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
}

function hashOf(names: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of names) {
    const full = path.join(root, name);
    const files = path.extname(name) === '' ? filesBelow(full) : [full];
    for (const file of files)
      hash.update(`${path.relative(root, file)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

if (import.meta.main) await script(ensureRenderer);
