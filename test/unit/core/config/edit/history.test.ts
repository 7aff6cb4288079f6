import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { RevisionStore } from '../../../../../core/config/edit/history.ts';
import type { HistoryLimits } from '../../../../../core/config/edit/history.ts';

let folder: string;
let path: string;
let store: RevisionStore;

function open(limits?: HistoryLimits, file = '/etc/sluice.yaml'): RevisionStore {
  return new RevisionStore(path, file, ...(limits === undefined ? [] : [limits]));
}

function add(text: string): Promise<{ id: number }> {
  return store.add({ text, author: 'ui', summary: text.slice(0, 20) });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-history-'));
  path = join(folder, 'history.sqlite');
  store = open();
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

test('texts come back as they were', async () => {
  const texts = ['', 'a\r\nb\n', 'é💡\u0000', 'x'.repeat(1_000_000)];
  for (const text of texts) {
    const { id } = await add(text);
    assert.equal(await store.textOf(id), text);
  }
});

test('it is for its owner alone: a configuration has passwords in it', () => {
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('only the newest revisions are kept', async () => {
  store.close();
  store = open({ maxRevisions: 3, maxBytes: 1e9 });
  for (const text of ['a', 'b', 'c', 'd', 'e']) await add(text);
  assert.deepEqual(
    store.list().map(({ summary }) => summary),
    ['e', 'd', 'c'],
  );
});

test('only so many bytes are kept, and always the current revision', async () => {
  store.close();
  store = open({ maxRevisions: 100, maxBytes: 10_000 });
  for (let n = 0; n < 5; n++) await add(randomBytes(2000).toString('hex'));
  assert.equal(store.list().length, 4);
  const { id } = await add(randomBytes(20_000).toString('hex'));
  assert.deepEqual(
    store.list().map((revision) => revision.id),
    [id],
  );
  assert.equal(store.current?.id, id);
});

test('files have histories of their own', async () => {
  const other = open(undefined, '/etc/other.yaml');
  const { id } = await add('mine');
  assert.deepEqual(other.list(), []);
  assert.equal(other.current, null);
  assert.throws(() => other.get(id), { code: 'ERR_REVISION_UNKNOWN' });
  await assert.rejects(other.textOf(id), { code: 'ERR_REVISION_UNKNOWN' });
  other.close();
});

test('a database that is damaged is begun anew', async () => {
  await add('a');
  store.close();
  writeFileSync(path, 'this is no database at all, and never was one'.repeat(100));
  store = open();
  assert.deepEqual(store.list(), []);
  await add('b');
  assert.equal(store.list().length, 1);
});

test('a revision that was tampered with is not used', async () => {
  const { id } = await add('a');
  const { id: other } = await add('b');
  const database = new DatabaseSync(path);
  database
    .prepare(
      'UPDATE revisions SET packed = (SELECT packed FROM revisions WHERE id = ?) WHERE id = ?',
    )
    .run(other, id);
  database.close();
  await assert.rejects(store.textOf(id), { code: 'ERR_REVISION_DAMAGED' });
});
