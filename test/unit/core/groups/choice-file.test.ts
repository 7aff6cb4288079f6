import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ChoiceFile } from '../../../../core/groups/choice-file.ts';
import { createLogger } from '../../../../core/log/logger.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-choices-'));
});
after(() => rm(folder, { recursive: true }));

function open(name: string): { file: ChoiceFile; path: string; lines: string[] } {
  const lines: string[] = [];
  const path = join(folder, name);
  const log = createLogger({ level: 'debug', write: (line) => lines.push(line) });
  return { file: new ChoiceFile(path, log), path, lines };
}

test('what was written is read, by the owner alone, and nothing else is left', async () => {
  const { file, path, lines } = open('kept');
  assert.deepEqual(await file.read(), new Map());
  file.write(new Map([['g', 'a']]));
  file.write(
    new Map([
      ['g', 'b'],
      ['__proto__', '香港 🇭🇰'],
    ]),
  );
  await file.flush();
  assert.deepEqual(
    await open('kept').file.read(),
    new Map([
      ['g', 'b'],
      ['__proto__', '香港 🇭🇰'],
    ]),
  );
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(folder), ['kept']);
  assert.deepEqual(lines, []);
});

for (const [name, text] of [
  ['garbage', 'not json'],
  ['another shape', '[1, 2]'],
  ['choices that are no names', '{"chosen": {"g": 1}}'],
  ['a name without end', `{"chosen": {"g": "${'x'.repeat(5000)}"}}`],
  ['too much', ' '.repeat(5 << 20)],
] as const) {
  test(`${name} is one warning, and the next choice replaces it`, async () => {
    const { file, path, lines } = open('hostile');
    await writeFile(path, text);
    assert.deepEqual(await file.read(), new Map());
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /CHOICES_LOST/);
    file.write(new Map([['g', 'a']]));
    await file.flush();
    assert.deepEqual(await file.read(), new Map([['g', 'a']]));
    await rm(path);
  });
}

test('a link is not followed, neither to read nor to write', async () => {
  const { file, path, lines } = open('link');
  const target = join(folder, 'target');
  await writeFile(target, '{"chosen": {"g": "x"}}');
  await symlink(target, path);
  assert.deepEqual(await file.read(), new Map());
  assert.equal(lines.length, 1);
  file.write(new Map([['g', 'a']]));
  await file.flush();
  assert.equal(await readFile(target, 'utf8'), '{"chosen": {"g": "x"}}');
});
