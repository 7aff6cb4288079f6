/** Changes of single values in files of many layouts: only the wanted value changes, and no comment is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { setValue as setInFile } from '../../../../../core/config/edit/set-value.ts';
import { openYaml } from '../../../../../core/config/edit/yaml-file.ts';

type Value = Parameters<typeof setInFile>[2];

function setValue(text: string, path: readonly string[], value: Value): string {
  return setInFile(openYaml(text), path, value).text;
}

type Plain = boolean | number | string | string[];
type Tree = { [key: string]: Tree | Plain | null };

const name = fc.constantFrom('a', 'b', 'c', '+.d', '*.e', 'g h', 'f:g', '#i');
const word = fc.oneof(
  fc.stringMatching(/^[a-z0-9]{1,5}$/),
  fc.constantFrom(
    'yes',
    '~',
    '',
    '- x',
    'a: b',
    'a #b',
    "it's",
    '"q"',
    '*x',
    '[z',
    '💡',
    '0x1f',
    '1:20',
  ),
);
const plain: fc.Arbitrary<Plain> = fc.oneof(
  fc.boolean(),
  fc.nat(99_999),
  word,
  fc.array(word, { maxLength: 4 }),
);
const path = fc.array(name, { minLength: 1, maxLength: 3 });

const { tree } = fc.letrec<{ tree: Tree; node: Tree | Plain | null }>((tie) => ({
  tree: fc.dictionary(name, tie('node'), { maxKeys: 4, noNullPrototype: true }),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    plain,
    fc.constant(null),
    tie('tree'),
  ),
}));

/** How a file is written, one choice after the other. */
interface Hand {
  readonly next: (choices: number) => number;
  /** Each comment once, so that it can be found again. */
  readonly comments: string[];
}

function shownScalar(value: boolean | number | string, hand: Hand): string {
  if (typeof value !== 'string') return String(value);
  const isSafe = /^[a-z][a-z0-9]{2,}$/.test(value) && !['yes', 'true', 'null'].includes(value);
  if (isSafe && hand.next(2) === 0) return value;
  return hand.next(2) === 0 ? JSON.stringify(value) : `'${value.replaceAll("'", "''")}'`;
}

function shownKey(key: string, hand: Hand): string {
  return /^[a-z]$/.test(key) && hand.next(3) > 0 ? key : JSON.stringify(key);
}

function comment(hand: Hand): string {
  const text = `# note ${hand.comments.length} of: {mine}`;
  hand.comments.push(text);
  return text;
}

function flow(node: Tree | Plain | null, hand: Hand): string {
  if (node === null) return '~';
  if (typeof node !== 'object') return shownScalar(node, hand);
  const space = [' ', ''][hand.next(2)] ?? '';
  if (Array.isArray(node))
    return `[${node.map((item) => shownScalar(item, hand)).join(`,${space}`)}]`;
  const pairs = Object.entries(node).map(
    ([key, value]) => `${shownKey(key, hand)}: ${flow(value, hand)}`,
  );
  return `{${space}${pairs.join(', ')}${pairs.length > 0 && hand.next(4) === 0 ? ',' : ''}${space}}`;
}

function block(node: Tree, indent: number, step: number, hand: Hand): string[] {
  const pad = ' '.repeat(indent);
  return Object.entries(node).flatMap(([key, value]) => {
    const above = [0, 0, 1, 2][hand.next(4)] ?? 0;
    const lines = [...(above === 2 ? [''] : []), ...(above > 0 ? [`${pad}${comment(hand)}`] : [])];
    const behind = hand.next(3) === 0 ? ` ${comment(hand)}` : '';
    const head = `${pad}${shownKey(key, hand)}:`;
    if (value === null) return [...lines, `${head}${hand.next(2) === 0 ? '' : ' null'}${behind}`];
    const isEmpty = typeof value === 'object' && Object.keys(value).length === 0;
    if (typeof value !== 'object' || isEmpty || hand.next(3) === 0) {
      return [...lines, `${head} ${flow(value, hand)}${behind}`];
    }
    if (!Array.isArray(value)) {
      return [...lines, `${head}${behind}`, ...block(value, indent + step, step, hand)];
    }
    const inner = ' '.repeat(indent + step * hand.next(2));
    const items = value.map((item) => `${inner}- ${shownScalar(item, hand)}`);
    return [...lines, `${head}${behind}`, ...items];
  });
}

interface File {
  readonly text: string;
  readonly tree: Tree;
  readonly comments: readonly string[];
}

const file: fc.Arbitrary<File> = fc
  .record({
    tree,
    seed: fc.array(fc.nat(11), { minLength: 60, maxLength: 60 }),
    step: fc.constantFrom(2, 4),
    isFlow: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    isCrlf: fc.boolean(),
    isOpen: fc.boolean(),
    head: fc.constantFrom('', '# head\n', '---\n', '# head\n\n'),
    tail: fc.constantFrom('', '# tail\n', '\n\n'),
  })
  .map(({ tree: model, seed, step, isFlow, isCrlf, isOpen, head, tail }) => {
    const comments: string[] = [];
    let at = 0;
    const next = (choices: number): number => (seed[at++ % seed.length] ?? 0) % choices;
    const hand: Hand = { next, comments };
    const lines = isFlow ? [flow(model, hand)] : block(model, 0, step, hand);
    const body = `${head}${lines.map((line) => `${line}\n`).join('')}${tail}`;
    const cut = isOpen ? body.replace(/\n+$/, '') : body;
    const text = isCrlf ? cut.replaceAll('\n', '\r\n') : cut;
    const around = ['# head', '# tail'].filter((note) => text.includes(note));
    return { text, tree: model, comments: [...comments, ...around] };
  });

/** What the file should say; empty maps and missing ones are the same. */
function wanted(node: Tree, [key = '', ...rest]: readonly string[], value: Plain | null): Tree {
  const { [key]: old = null, ...others } = node;
  if (rest.length === 0) return value === null ? others : { ...others, [key]: value };
  const inner = typeof old === 'object' && old !== null && !Array.isArray(old) ? old : {};
  return { ...others, [key]: wanted(inner, rest, value) };
}

function said(node: unknown): unknown {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return node ?? null;
  const entries = Object.entries(node)
    .map(([key, value]) => [key, said(value)] as const)
    .filter(([, value]) => value !== null);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** A value that stands where the path would need a map. */
function isBlocked(node: Tree, keys: readonly string[]): boolean {
  let here: Tree | Plain | null = node;
  for (const key of keys) {
    if (here === null || here === undefined) return false;
    if (typeof here !== 'object' || Array.isArray(here)) return true;
    here = here[key] ?? null;
  }
  return false;
}

function valueAt(node: Tree, keys: readonly string[]): Tree | Plain | null {
  return keys.reduce<Tree | Plain | null>(
    (here, key) =>
      here !== null && typeof here === 'object' ? ((here as Tree)[key] ?? null) : null,
    node,
  );
}

/** Refusals are for what would be lost; everything else must work. */
function mayRefuse(text: string, keys: readonly string[], model: Tree): boolean {
  const old = valueAt(model, keys);
  // Comments within a map that a single value takes the place of.
  return typeof old === 'object' && old !== null && text.includes('#');
}

test('a file of the test says what its tree does', () => {
  fc.assert(
    fc.property(file, ({ text, tree: model }) => {
      assert.deepEqual(said(parse(text)), said(model));
    }),
    { numRuns: 300 },
  );
});

test('only the wanted value changes, and every comment beside it stays', () => {
  let made = 0;
  fc.assert(
    fc.property(file, path, fc.option(plain), (start, keys, value) => {
      const { text, tree: model, comments } = start;
      let after: string;
      try {
        after = setValue(text, keys, value);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'ERR_EDIT_LAYOUT', String(error));
        assert.ok(
          isBlocked(model, keys) || mayRefuse(text, keys, model),
          `${String(error)}\n${text}`,
        );
        return;
      }
      made += 1;
      assert.deepEqual(said(parse(after)), said(wanted(model, keys, value)), after);
      if (text.includes('\r\n')) assert.doesNotMatch(after, /(?<!\r)\n/);
      const old = valueAt(model, keys);
      const isOneLine = typeof old !== 'object' || old === null;
      const lost = comments.filter((note) => !after.includes(note));
      // The comment behind a key that goes away goes with it.
      if (value === null) assert.ok(isOneLine ? lost.length <= keys.length : true, after);
      else assert.deepEqual(lost, [], after);
    }),
    { numRuns: 1500 },
  );
  assert.ok(made > 700, `${made}`);
});

test('what was set and is reset leaves no trace where its map was there', () => {
  fc.assert(
    fc.property(file, path, plain, ({ text, tree: model }, keys, value) => {
      fc.pre(!isBlocked(model, keys) && valueAt(model, keys) === null);
      const parent = keys.length === 1 ? model : valueAt(model, keys.slice(0, -1));
      const isFull =
        typeof parent === 'object' && parent !== null && Object.keys(parent).length > 0;
      fc.pre(isFull && !Object.hasOwn(parent, keys.at(-1) ?? ''));
      fc.pre(text.endsWith('\n'));
      assert.equal(setValue(setValue(text, keys, value), keys, null), text);
    }),
    { numRuns: 500 },
  );
});

test('the same change twice is one change', () => {
  fc.assert(
    fc.property(file, path, fc.option(plain), ({ text, tree: model }, keys, value) => {
      fc.pre(!isBlocked(model, keys) && !mayRefuse(text, keys, model));
      const once = setValue(text, keys, value);
      assert.equal(setValue(once, keys, value), once);
    }),
    { numRuns: 500 },
  );
});
