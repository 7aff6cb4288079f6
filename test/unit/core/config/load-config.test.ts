import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LARGEST_CONFIG, loadConfig } from '../../../../core/config/load-config.ts';
import { formatProblem } from '../../../../core/config/problems.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-load-'));
});
after(() => rm(folder, { recursive: true }));

/** The one problem of a file with these bytes, without its name. */
async function problemOf(bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, 'c.yaml');
  await writeFile(path, bytes);
  const { config, problems, text } = await loadConfig(path);
  assert.equal(config, null);
  assert.equal(text, null);
  assert.equal(problems.length, 1);
  return problems
    .map(formatProblem)
    .join('')
    .slice(path.length + 1);
}

test('a file is read, and its problems carry the name it was asked for by', async () => {
  const path = join(folder, 'good.yaml');
  await writeFile(path, '\ufeffmode: direct\nxyzzy: 1\n');
  const { config, problems, text } = await loadConfig(path);
  assert.equal(config?.mode, 'direct');
  assert.equal(text, 'mode: direct\nxyzzy: 1\n');
  assert.ok(problems.every(({ file }) => file === path));
  assert.equal(problems.find(({ code }) => code === 'key-unknown')?.line, 2);
});

test('bytes that are not UTF-8 are one error with their place', async () => {
  const bytes = Buffer.concat([Buffer.from('# grüße\n# ä'), Buffer.of(0xfc), Buffer.from('\n')]);
  assert.equal(
    await problemOf(bytes),
    '2:4 error file-encoding this is not UTF-8 text: save the file as UTF-8',
  );
});

test('UTF-16 is called by its name', async () => {
  const bytes = Buffer.from('\ufeffmode: rulé', 'utf16le');
  assert.match(await problemOf(bytes), /^1:1 error file-encoding the file is UTF-16/);
});

test('a file that is too large is not read', async () => {
  const path = join(folder, 'large.yaml');
  await writeFile(path, 'mode: rule\n');
  await truncate(path, LARGEST_CONFIG + 1);
  const { config, problems } = await loadConfig(path);
  assert.equal(config, null);
  assert.deepEqual(
    problems.map(({ code, message }) => [code, message]),
    [['file-too-large', 'the file is larger than 16 MiB']],
  );
});

for (const [why, path, message] of [
  ['is not there', 'absent.yaml', 'the file cannot be read: there is no such file'],
  ['is a folder', '.', 'the file cannot be read: it is not a regular file'],
  ['is a device', '/dev/zero', 'the file cannot be read: it is not a regular file'],
] as const) {
  test(`a file that ${why} is one error`, async () => {
    const { config, problems } = await loadConfig(path.startsWith('/') ? path : join(folder, path));
    assert.equal(config, null);
    assert.deepEqual(
      problems.map((problem) => [problem.code, problem.message]),
      [['file-unreadable', message]],
    );
  });
}
