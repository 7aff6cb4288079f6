import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { LineReader } from '../../../../core/providers/lines.ts';
import { formatReader } from '../../../../core/providers/list-format.ts';
import { ListError } from '../../../../core/providers/list-error.ts';

function read(format: 'yaml' | 'text', file: string): { entries: string[]; broken: string[] } {
  const entries: string[] = [];
  const broken: string[] = [];
  const reader = formatReader(format, {
    entry: (text, line, column) => entries.push(`${line}:${column} ${text}`),
    broken: (line, why) => broken.push(`${line} ${why}`),
  });
  const lines = new LineReader(reader);
  lines.push(Buffer.from(file));
  lines.end();
  reader.end();
  return { entries, broken };
}

const textsOf = (entries: readonly string[]): string[] =>
  entries.map((entry) => entry.slice(entry.indexOf(' ') + 1));

test('text: one entry a line, comments and empty lines between', () => {
  assert.deepEqual(read('text', '# c\n a.test \r\n\n// c\n+.b.test\n').entries, [
    '2:2 a.test',
    '5:1 +.b.test',
  ]);
  assert.deepEqual(read('text', '\n\n').entries, []);
});

test('yaml: the list under payload, in every way that lists are written', () => {
  const file = `# a comment
---
name: x
payload:   # the list
  - a.test
  # between
  - 'it''s'
  - "tab\\tquote\\""   # behind
  - +.b.test # behind

  - *.wild.test
  -   spaced
  -
other:
  - no
`;
  const { entries, broken } = read('yaml', file);
  assert.deepEqual(entries, [
    '5:5 a.test',
    `7:5 it's`,
    '8:5 tab\tquote"',
    '9:5 +.b.test',
    '11:5 *.wild.test',
    '12:7 spaced',
  ]);
  assert.deepEqual(broken, []);
});

test('yaml: items at the margin, the older key, quotes around the key', () => {
  assert.deepEqual(read('yaml', 'rules:\n- a\n- b\n').entries, ['2:3 a', '3:3 b']);
  assert.deepEqual(read('yaml', '"payload":\n- a\n').entries, ['2:3 a']);
});

test('yaml: a list in brackets, on one line or several', () => {
  assert.deepEqual(textsOf(read('yaml', "payload: ['a', b,\n  c]\n").entries), ['a', 'b', 'c']);
  assert.deepEqual(read('yaml', 'payload: []\n').entries, []);
  assert.deepEqual(read('yaml', 'payload: [a, [b]]\n').broken, [
    '1 an item of the list is no text',
  ]);
});

test('yaml: what is no item is reported with its line, and the rest is read', () => {
  const { entries, broken } = read('yaml', 'payload:\n- a\n- &x b\n  oops\n- "open\n- c\n');
  assert.deepEqual(textsOf(entries), ['a', 'c']);
  assert.deepEqual(broken, [
    '3 "&x b" is no plain text',
    '4 "oops" is no item of the list',
    '5 "\\"open" is no plain text',
  ]);
});

test('yaml: a file without a list is refused', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['', /no key "payload"/],
    ['<html>\n<body>payload</body>\n', /no key "payload"/],
    ['payload: text\n', /is no list/],
    ['payload: [a, b\n', /YAML is broken/],
    [`payload: [\n${'aaaaaaaa,\n'.repeat(500_000)}]\n`, /too long: write one item a line/],
    [`payload: [a,\n${'a'.repeat(20_000)}]\n`, /longer than 16384 bytes/],
  ];
  for (const [file, message] of refused) {
    assert.throws(
      () => read('yaml', file),
      (error) => error instanceof ListError && message.test(error.message),
      file.slice(0, 40),
    );
  }
});

test('yaml: what the YAML library writes is read as it was', () => {
  const entry = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1 }), (payload) => {
      const file = stringify({ payload }, { lineWidth: 0 });
      // Text over several lines is nothing that a list has.
      fc.pre(!/^ {2}- [|>]/m.test(file));
      const { entries, broken } = read('yaml', file);
      assert.deepEqual(broken, []);
      assert.deepEqual(
        textsOf(entries),
        payload.filter((text) => text !== ''),
      );
    }),
  );
});
