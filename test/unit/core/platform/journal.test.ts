import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openJournal } from '../../../../core/platform/journal.ts';
import type { ChangeKind, Journal } from '../../../../core/platform/journal.ts';

let folder: string;
let path: string;
/** What was undone, in order. */
let undone: string[];
let fails: boolean;

const note: ChangeKind<string> = {
  parse: (data) => (typeof data === 'string' && data.startsWith('n') ? data : null),
  undo(data) {
    if (fails) return Promise.reject(new Error('not now'));
    undone.push(data);
    return Promise.resolve([`undid ${data}`]);
  },
};

function open(): Journal {
  return openJournal(folder, new Map([['note', note as ChangeKind<unknown>]]));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-journal-'));
  path = join(folder, 'journal');
  undone = [];
  fails = false;
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a change is on the disk when record returns', () => {
  open().record(note, 'n1');
  assert.equal(readFileSync(path, 'utf8'), '{"kind":"note","data":"n1"}\n');
});

test('the file is for its owner alone, whatever the umask', () => {
  const before = process.umask(0);
  try {
    open().record(note, 'n1');
  } finally {
    process.umask(before);
  }
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('another process undoes the changes, the latest first', async () => {
  const journal = open();
  for (const data of ['n1', 'n2', 'n3']) journal.record(note, data);
  assert.deepEqual(await open().undo(), {
    undone: ['undid n3', 'undid n2', 'undid n1'],
    notices: [],
    warnings: [],
  });
});

test('nothing is left in the folder when everything is undone', async () => {
  const journal = open();
  journal.record(note, 'n1');
  await journal.undo();
  assert.deepEqual(readdirSync(folder), []);
});

test('a change that is written already is not written twice', async () => {
  const journal = open();
  journal.record(note, 'n1');
  journal.record(note, 'n1');
  await journal.undo();
  assert.deepEqual(undone, ['n1']);
});

test('the changes of some kinds are undone, and the others stay', async () => {
  const other: ChangeKind<string> = { ...note };
  const kinds = new Map<string, ChangeKind<unknown>>([
    ['note', note],
    ['other', other],
  ]);
  const journal = openJournal(folder, kinds);
  journal.record(note, 'n1');
  journal.record(other, 'n2');
  journal.record(note, 'n3');
  await journal.undo([other]);
  assert.deepEqual(undone, ['n2']);
  await openJournal(folder, kinds).undo();
  assert.deepEqual(undone, ['n2', 'n3', 'n1']);
});

test('what is not ours any more is said once', async () => {
  const lost: ChangeKind<string> = {
    ...note,
    undo(_, notice) {
      notice('It is somebody else’s.');
      return Promise.resolve([]);
    },
  };
  const journal = openJournal(folder, new Map<string, ChangeKind<unknown>>([['note', lost]]));
  journal.record(lost, 'n1');
  journal.record(lost, 'n2');
  assert.deepEqual(await journal.undo(), {
    undone: [],
    notices: ['It is somebody else’s.'],
    warnings: [],
  });
});

test('a change that could not be undone stays for the next time', async () => {
  const journal = open();
  journal.record(note, 'n1');
  fails = true;
  const { warnings } = await journal.undo();
  assert.match(warnings.join(), /not now/);
  fails = false;
  await open().undo();
  assert.deepEqual(undone, ['n1']);
});

test('a kind that was not registered cannot be recorded', () => {
  assert.throws(() => open().record({ ...note }, 'n1'), TypeError);
  assert.equal(existsSync(path), false);
});

for (const [what, line] of [
  ['an unknown kind', '{"kind":"shell","data":"n1"}'],
  ['data that its kind does not take', '{"kind":"note","data":"x"}'],
  ['no data', '{"kind":"note"}'],
  ['no object', '[]'],
  ['null', 'null'],
  ['no JSON', '}{'],
  ['an inherited name', '{"kind":"constructor","data":"n1"}'],
  ['nothing', ''],
] as const) {
  test(`a line with ${what} is ignored with a warning, and the others count`, async () => {
    writeFileSync(path, `{"kind":"note","data":"n1"}\n${line}\n{"kind":"note","data":"n2"}\n`);
    const { warnings } = await open().undo();
    assert.deepEqual(undone, ['n2', 'n1']);
    assert.equal(warnings.length, 1);
    assert.match(warnings.join(), /ignored 1 of 3 lines, beginning with line 2/);
  });
}

test('a last line without its end is ignored: its change was never made', async () => {
  writeFileSync(path, '{"kind":"note","data":"n1"}\n{"kind":"note","data":"n2"}');
  const { warnings } = await open().undo();
  assert.deepEqual(undone, ['n1']);
  assert.equal(warnings.length, 1);
});

test('binary garbage is one warning', async () => {
  writeFileSync(path, Buffer.from(Array.from({ length: 4096 }, (_, n) => (n * 37) % 256)));
  const { warnings } = await open().undo();
  assert.equal(warnings.length, 1);
  assert.deepEqual(undone, []);
});

test('warnings are told once', async () => {
  writeFileSync(path, 'x\n');
  const journal = open();
  await journal.undo();
  assert.deepEqual((await journal.undo()).warnings, []);
});

for (const [what, make] of [
  [
    'larger than any journal',
    () => writeFileSync(path, '{"kind":"note","data":"n1"}\n'.repeat(20_000)),
  ],
  ['a link', () => symlinkSync('/dev/zero', path)],
  ['a fifo', () => execFileSync('mkfifo', [path])],
] as const) {
  test(`a journal that is ${what} is one warning, and gone afterwards`, async () => {
    make();
    const journal = open();
    const { warnings } = await journal.undo();
    assert.equal(warnings.length, 1);
    assert.deepEqual(undone, []);
    journal.record(note, 'n1');
    assert.ok(statSync(path).isFile());
  });
}

test('lines beyond the limit are ignored with a warning', async () => {
  const lines = Array.from({ length: 1002 }, (_, n) => `{"kind":"note","data":"n${n}"}\n`);
  writeFileSync(path, lines.join(''));
  const { warnings } = await open().undo();
  assert.equal(undone.length, 1000);
  assert.match(warnings.join(), /ignored 2 of 1002 lines/);
});

test('a journal that cannot be written stops the change', () => {
  mkdirSync(join(path, 'in-the-way'), { recursive: true });
  chmodSync(folder, 0o700);
  assert.throws(() => open().record(note, 'n1'), { code: 'ERR_JOURNAL' });
});
