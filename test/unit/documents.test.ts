/** What README and docs name is there: files, tests, pages they link to, commands with their options. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '../..');
const documents = [
  'README.md',
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const textOf = (document: string): string => readFileSync(path.join(root, document), 'utf8');
const all = (text: string, pattern: RegExp): string[] =>
  Array.from(text.matchAll(pattern), ([, found = '']) => found);

for (const document of documents) {
  test(`files and pages that ${document} names exist`, () => {
    const text = textOf(document);
    const files = all(text, /`((?:build|core|docs|renderer|rules|test)\/[\w./-]+)`/g);
    const pages = all(text, /\]\((?!https?:)([^)#]+)/g).map((page) =>
      path.join(path.dirname(document), page),
    );
    for (const file of [...files, ...pages]) {
      assert.ok(existsSync(path.join(root, file)), file);
    }
  });
}

test('each property of docs/security.md names what shows it', () => {
  const rows = all(textOf('docs/security.md'), /^\|.*\|(.*)\|$/gm).slice(2);
  assert.ok(rows.length > 50);
  for (const row of rows) {
    const named = all(row, /`([^`]+)`/g).filter((name) => !name.startsWith('npm '));
    assert.ok(named.length > 0, row);
    for (const name of named) assert.match(name, /^(test|core)\//, row);
  }
});

test('folders of core import what docs/architecture.md says, and nothing else', () => {
  const said = new Map<string, string>();
  for (const row of textOf('docs/architecture.md').matchAll(
    /^\| `core\/([a-z-]+)` .*\|(.*)\|$/gm,
  )) {
    const [, folder = '', imports = ''] = row;
    if (folder !== 'api') said.set(folder, imports.trim());
  }
  const done = new Map<string, string>();
  for (const entry of readdirSync(path.join(root, 'core'), { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name !== 'api') done.set(entry.name, importsOf(entry.name));
  }
  assert.deepEqual(Object.fromEntries(said), Object.fromEntries(done));
});

/** Of a folder of core: what it imports from others, as the table writes it. */
function importsOf(folder: string): string {
  const found = new Set<string>();
  for (const name of readdirSync(path.join(root, 'core', folder), {
    recursive: true,
    encoding: 'utf8',
  })) {
    if (!name.endsWith('.ts')) continue;
    const file = path.join('core', folder, name);
    for (const target of all(textOf(file), /(?:from |import\()'(\.[^']+)'/g)) {
      const [top, inner = ''] = path.join(path.dirname(file), target).split('/');
      if (top === 'core' && inner !== 'api' && inner !== folder && inner !== 'version.ts') {
        found.add(inner);
      }
    }
  }
  return [...found].sort().join(', ');
}

test('the commands of README exist, and have the options that it gives them', () => {
  const calls = new Set(all(textOf('README.md'), /npx sluice ([^`\n]+)/g));
  assert.ok(calls.size > 15);
  for (const call of calls) {
    const [command = '', ...words] = call.split(' ');
    if (!/^[a-z]/.test(command)) continue;
    const program = path.join(root, 'core/cli/sluice.mjs');
    const help = execFileSync(process.execPath, [program, command, '--help'], { encoding: 'utf8' });
    assert.match(help, new RegExp(`^Usage: sluice ${command}\\b`), call);
    // Options, and actions such as "add"; what is in capitals or has a dot is the user's.
    for (const word of words.filter((one) => /^-{0,2}[a-z-]+$/.test(one))) {
      assert.match(help, new RegExp(`(^|[\\s|[])${word}\\b`, 'm'), call);
    }
  }
});
