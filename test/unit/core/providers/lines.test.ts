import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineReader } from '../../../../core/providers/lines.ts';
import { ListError } from '../../../../core/providers/list-error.ts';

/** What comes of a file that arrives in these pieces. */
function read(...chunks: (string | Buffer)[]): string[] {
  const seen: string[] = [];
  const reader = new LineReader({
    line: (text, number) => seen.push(`${number} ${text}`),
    broken: (number, why) => seen.push(`${number} broken: ${why}`),
  });
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  reader.end();
  return seen;
}

test('lines and their numbers, however the file is cut', () => {
  const line = fc
    .string({ unit: 'grapheme', maxLength: 20 })
    .map((text) => text.replace(/[\r\n]/g, ''));
  fc.assert(
    fc.property(fc.array(line), fc.boolean(), fc.array(fc.nat(400)), (lines, ended, cuts) => {
      const text = lines.join('\n') + (ended && lines.length > 0 ? '\n' : '');
      const bytes = Buffer.from(text.replace(/^\ufeff/, ''));
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b)];
      const chunks = places.map((at, index) =>
        bytes.subarray(at, places[index + 1] ?? bytes.length),
      );
      const expected = bytes.toString().split('\n');
      if (expected.at(-1) === '') expected.pop();
      assert.deepEqual(
        read(...chunks),
        expected.map((content, index) => `${index + 1} ${content}`),
      );
    }),
  );
});

test('the end of a line may have a CR, and a file a byte order mark', () => {
  assert.deepEqual(read('\ufeffa\r\nb\n\nc'), ['1 a', '2 b', '3 ', '4 c']);
  assert.deepEqual(read(), []);
});

test('a line without end is passed over and holds no memory', () => {
  const long = 'x'.repeat(10_000);
  assert.deepEqual(read('a\n', long, long, long, 'y\nb\n', `${long}${long}\nc`), [
    '1 a',
    '2 broken: the line is longer than 16384 bytes',
    '3 b',
    '4 broken: the line is longer than 16384 bytes',
    '5 c',
  ]);
  assert.deepEqual(read(long, long), ['1 broken: the line is longer than 16384 bytes']);
});

test('what is not UTF-8 is refused with its place', () => {
  const bad = Buffer.concat([Buffer.from('a\nbüc'), Buffer.from([0xff]), Buffer.from('\nd\n')]);
  for (const chunks of [[bad], [bad.subarray(0, 3), bad.subarray(3)]]) {
    assert.throws(
      () => read(...chunks),
      (error) => {
        assert.ok(error instanceof ListError);
        assert.equal(error.code, 'ERR_LIST_ENCODING');
        assert.match(error.message, /^line 2, column 4 /);
        return true;
      },
    );
  }
});
