/**
 * What `oxlint` checks: mistakes that types do not show, and who may import whom. The
 * TypeScript projects enforce the layers too; this adds packages, the places where only one
 * file may touch the machine, and a sentence that says what is wrong.
 * `test/unit/build/layers.test.ts` proves that both hold.
 */
import { defineConfig, type OxlintConfig, type OxlintOverride } from 'oxlint';

type Rules = NonNullable<OxlintConfig['rules']>;

interface Layer {
  readonly folder: string;
  /** Other folders of the project that it may import. */
  readonly imports: readonly string[];
  /** Whether it may import packages and Node's own modules. */
  readonly packages: boolean;
  /** A package that is as pure as the layer itself. */
  readonly purePackage?: string;
}

const renderer: Layer = { folder: 'renderer', imports: ['core/api', 'rules'], packages: true };
const core: Layer = { folder: 'core', imports: ['rules'], packages: true };

/** Inner layers after the ones that surround them: for a file, the last match counts. */
const layers: readonly Layer[] = [
  { folder: 'build', imports: [], packages: true },
  renderer,
  core,
  { folder: 'core/api', imports: [], packages: false },
  // The one engine for regular expressions whose running time is bounded.
  { folder: 'rules', imports: [], packages: false, purePackage: 're2js' },
];

/** How far below a layer's folder files may be; how many `../` leave it depends on that. */
const maxDepth = 4;

const onlyPlatform = 'only core/platform/index.ts may look at the operating system to choose';
const onlyNative = 'only core/native/index.ts may load native code';

/** One way to reach something that a single file owns, as a name of a module and a property. */
const reserved = {
  platform: {
    path: [
      { name: 'node:os', importNames: ['platform', 'type'], message: onlyPlatform },
      { name: 'node:process', importNames: ['platform'], message: onlyPlatform },
    ],
    property: [{ object: 'process', property: 'platform', message: onlyPlatform }],
  },
  native: {
    path: [{ name: 'node:module', importNames: ['createRequire'], message: onlyNative }],
    property: [{ object: 'process', property: 'dlopen', message: onlyNative }],
  },
};

type Reserved = (typeof reserved)[keyof typeof reserved];

function imports(layer: Layer, depth: number, kept: readonly Reserved[]): Rules {
  const out = '../'.repeat(depth + 1);
  const allowed = layer.imports.map((name) => `!${out}${name}/**`);
  const list = [layer.folder, ...layer.imports].join(' and ');
  const patterns = [
    { group: [`${out}**`, ...allowed], message: `${layer.folder} may import from ${list} only` },
    { regex: '(^|/)\\./\\.\\./|[^./]/\\.\\./', message: 'write the path in its shortest form' },
    ...(layer.packages
      ? []
      : [
          {
            regex: anyPackageBut(layer.purePackage),
            message: `${layer.folder} is pure: ${impure}`,
          },
        ]),
  ];
  const paths = kept.flatMap((one) => one.path);
  const properties = kept.flatMap((one) => one.property);
  return {
    'no-restricted-imports': ['error', { paths, patterns }],
    'no-restricted-properties': properties.length === 0 ? 'off' : ['error', ...properties],
  };
}

const impure = 'no packages, no Node modules';

/** Of module names that are no paths, all but this one. oxlint's expressions have no lookahead. */
function anyPackageBut(name = ''): string {
  if (name === '') return '^[^.]';
  const letters = Array.from(name);
  const others = letters.map((letter, index) => {
    const before = name.slice(0, index);
    return index === 0 ? `[^.${letter}]` : `${before}(?:$|[^${letter}])`;
  });
  return `^(?:${[...others, `${name}.`].join('|')})`;
}

function overrides(layer: Layer): OxlintOverride[] {
  const kept = layer.folder === 'build' ? [] : Object.values(reserved);
  return Array.from({ length: maxDepth + 1 }, (_, depth) => ({
    files: [`${layer.folder}/${'*/'.repeat(depth)}*.{ts,tsx}`],
    rules: imports(layer, depth, kept),
  }));
}

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'node', 'promise'],
  categories: { correctness: 'error', suspicious: 'error' },
  options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
  ignorePatterns: ['node_modules', '.cache', 'dist', 'core/native/build'],
  rules: {
    // node:test waits for its tests by itself.
    'typescript/no-floating-promises': [
      'error',
      {
        allowForKnownSafeCalls: [
          { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite'] },
        ],
      },
    ],
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': [
      'error',
      { considerDefaultExhaustiveForUnions: true },
    ],
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'import/no-unassigned-import': ['error', { allow: ['**/*.css'] }],
    'unicorn/prefer-node-protocol': 'error',
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    'prefer-const': 'error',
    'no-var': 'error',
    // A check that types say cannot fail still has to say what it saw.
    'typescript/restrict-template-expressions': ['error', { allowNever: true, allowNumber: true }],
    // The compiler knows better, or it is a matter of taste.
    'import/no-named-as-default-member': 'off',
    'typescript/consistent-return': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'promise/always-return': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/no-array-reverse': 'off',
    'typescript/no-unnecessary-type-arguments': 'off',
    'no-shadow': 'off',
    // Takes a loop that waits for a callback to set its condition for an endless one.
    'no-unmodified-loop-condition': 'off',
    'unicorn/no-useless-spread': 'off',
  },
  overrides: [
    ...layers.flatMap(overrides),
    { files: ['core/platform/index.ts'], rules: imports(core, 1, [reserved.native]) },
    { files: ['core/native/index.ts'], rules: imports(core, 1, [reserved.platform]) },
    {
      // A test that is wrong about a value fails anyway.
      files: ['test/**/*.ts'],
      rules: { 'typescript/no-non-null-assertion': 'off', 'typescript/unbound-method': 'off' },
    },
    {
      // What tools load takes the form that they ask for.
      files: ['oxlint.config.ts', 'test/totals-reporter.ts'],
      rules: { 'import/no-default-export': 'off' },
    },
  ],
});
