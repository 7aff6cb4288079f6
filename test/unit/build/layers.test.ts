/**
 * Who may import whom is enforced by the types step and by the lint step of the check.
 * Both run here as they are, with the project's own settings, over a small tree in which
 * one file breaks a rule.
 */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { attempt, root, type Outcome } from '../../../build/process.ts';

type Step = 'types' | 'lint';

/** Files of each layer that keep the rules, and that the others import. */
const lawful: Readonly<Record<string, string>> = {
  'core/api/pure.ts': 'export const pure = 1;',
  'rules/match.ts': 'export const match = 1;',
  'rules/kinds/kind.ts': "export { match as kind } from '../match.ts';",
  'core/engine/engine.ts': [
    "import { readFileSync } from 'node:fs';",
    "import { pure } from '../api/pure.ts';",
    "import { match } from '../../rules/match.ts';",
    'export const engine = [pure, match, readFileSync];',
  ].join('\n'),
  'core/platform/linux/routes.ts': [
    "import { match } from '../../../rules/match.ts';",
    "import { engine } from '../../engine/engine.ts';",
    'export const routes = [match, engine];',
  ].join('\n'),
  'core/platform/index.ts': 'export const chosen = process.platform;',
  'core/native/index.ts': [
    "import { createRequire } from 'node:module';",
    'export const load = createRequire(import.meta.url);',
  ].join('\n'),
  'renderer/page.tsx': [
    "import { pure } from '../core/api/pure.ts';",
    "import { match } from '../rules/match.ts';",
    'export const page = <p>{pure + match}</p>;',
  ].join('\n'),
  'test/uses-all.ts': [
    "import { engine } from '../core/engine/engine.ts';",
    "import { match } from '../rules/match.ts';",
    "import { root } from '../build/process.ts';",
    'export const all = [engine, match, root];',
  ].join('\n'),
};

/** Files that each break one rule, and the steps that must notice. */
const unlawful: readonly { file: string; text: string; by: readonly Step[] }[] = [
  {
    file: 'core/api/imports-core.ts',
    text: "export { engine } from '../engine/engine.ts';",
    by: ['types', 'lint'],
  },
  {
    file: 'core/api/imports-rules.ts',
    text: "export { match } from '../../rules/match.ts';",
    by: ['types', 'lint'],
  },
  {
    file: 'core/api/imports-node.ts',
    text: "export { readFileSync } from 'node:fs';",
    by: ['types', 'lint'],
  },
  {
    file: 'core/api/deep/imports-core.ts',
    text: "export { engine } from '../../engine/engine.ts';",
    by: ['types', 'lint'],
  },
  {
    file: 'rules/imports-api.ts',
    text: "export { pure } from '../core/api/pure.ts';",
    by: ['types', 'lint'],
  },
  {
    file: 'rules/kinds/imports-core.ts',
    text: "export { engine } from '../../core/engine/engine.ts';",
    by: ['types', 'lint'],
  },
  {
    file: 'rules/imports-types.ts',
    text: "export type Pure = typeof import('../core/api/pure.ts');",
    by: ['types'],
  },
  {
    file: 'rules/imports-later.ts',
    text: "export const later = import('../core/api/pure.ts');",
    by: ['types', 'lint'],
  },
  { file: 'rules/imports-package.ts', text: "export { parse } from 'yaml';", by: ['lint'] },
  { file: 'rules/imports-like.ts', text: "export { x } from 're2js-more';", by: ['lint'] },
  { file: 'rules/uses-node.ts', text: 'export const pid = process.pid;', by: ['types'] },
  {
    file: 'core/imports-build.ts',
    text: "export { root } from '../build/process.ts';",
    by: ['types', 'lint'],
  },
  {
    file: 'core/engine/imports-test.ts',
    text: "export { all } from '../../test/uses-all.ts';",
    by: ['types', 'lint'],
  },
  {
    file: 'core/platform/linux/imports-build.ts',
    text: "export { root } from '../../../build/process.ts';",
    by: ['types', 'lint'],
  },
  {
    file: 'core/engine/hides-its-way.ts',
    text: "export { root } from './../../build/process.ts';",
    by: ['types', 'lint'],
  },
  {
    file: 'renderer/imports-core.ts',
    text: "export { engine } from '../core/engine/engine.ts';",
    by: ['types', 'lint'],
  },
  {
    file: 'renderer/shell/imports-build.ts',
    text: "export { root } from '../../build/process.ts';",
    by: ['types', 'lint'],
  },
  { file: 'renderer/uses-node.ts', text: 'export const pid = process.pid;', by: ['types'] },
  {
    file: 'build/imports-core.ts',
    text: "export { engine } from '../core/engine/engine.ts';",
    by: ['types', 'lint'],
  },
  {
    file: 'core/engine/asks-for-the-system.ts',
    text: "export const windows = process.platform === 'win32';",
    by: ['lint'],
  },
  {
    file: 'core/platform/linux/asks-for-the-system.ts',
    text: "export { platform } from 'node:os';",
    by: ['lint'],
  },
  {
    file: 'core/engine/loads-native.ts',
    text: "import { createRequire } from 'node:module';\nexport const load = createRequire('/');",
    by: ['lint'],
  },
  {
    file: 'core/engine/opens-native.ts',
    text: "process.dlopen({ exports: {} }, 'sluice.node');\nexport {};",
    by: ['lint'],
  },
];

const settings = [
  ...['package.json', 'oxlint.config.ts', 'tsconfig.base.json', 'tsconfig.json'],
  ...['core/api', 'core', 'renderer', 'rules', 'build', 'test'].map(
    (folder) => `${folder}/tsconfig.json`,
  ),
];

let tree: string;

function write(file: string, text: string): void {
  const target = path.join(tree, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, `${text}\n`);
}

function check(step: Step): Promise<Outcome> {
  const script = path.join(tree, 'build/check.ts');
  return attempt(process.execPath, [script, step], { cwd: tree, quiet: true });
}

before(async () => {
  tree = mkdtempSync(path.join(tmpdir(), 'sluice-layers-'));
  for (const [file, text] of Object.entries(lawful)) write(file, text);
  const scripts = readdirSync(path.join(root, 'build')).filter((name) => name.endsWith('.ts'));
  for (const file of [...settings, ...scripts.map((name) => `build/${name}`)]) {
    mkdirSync(path.join(tree, path.dirname(file)), { recursive: true });
    copyFileSync(path.join(root, file), path.join(tree, file));
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(tree, 'node_modules'));
});

after(() => rmSync(tree, { recursive: true }));

for (const step of ['types', 'lint'] as const) {
  test(`the ${step} step passes a tree that keeps the rules`, async () => {
    const { code, output } = await check(step);
    assert.equal(code, 0, output);
  });
}

for (const { file, text, by } of unlawful) {
  for (const step of by) {
    test(`the ${step} step reports ${file}`, async (t) => {
      write(file, text);
      t.after(() => rmSync(path.join(tree, file)));
      const { code, output } = await check(step);
      assert.equal(code, 1, output);
      // tsc writes file(line,column), oxlint [file:line:column].
      // On a CI machine the linter colours the names.
      assert.match(stripVTControlCharacters(output), new RegExp(`(^|\\[)${file}[(:]`, 'm'));
    });
  }
}
