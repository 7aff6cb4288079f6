/** Changes of a real file: written in one step, kept as revisions, undone, and never on top of somebody else's. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { RuleChange } from '../../../../../core/api/edit.ts';
import type { ReloadResult } from '../../../../../core/api/reload.ts';
import { ConfigEditor } from '../../../../../core/config/edit/config-editor.ts';
import { RevisionStore } from '../../../../../core/config/edit/history.ts';

const TEXT = 'mode: rule # mine\nrules:\n  - DOMAIN,a.test,DIRECT\n  - MATCH,DIRECT\n';
const APPLIED: ReloadResult = { applied: true, problems: [], restartNeeded: [] };

let folder: string;
let path: string;
let store: RevisionStore;
let editor: ConfigEditor;
let applied: string[];
/** What happens when a change is applied. */
let onApply: () => void;

function open(file = path): void {
  store = new RevisionStore(join(folder, 'history.sqlite'), file);
  editor = new ConfigEditor(file, store, async () => {
    onApply();
    applied.push(readFileSync(file, 'utf8'));
    return APPLIED;
  });
}

function text(): string {
  return readFileSync(path, 'utf8');
}

function add(rule: string, more: Partial<RuleChange> = {}): ReturnType<ConfigEditor['editRules']> {
  return editor.editRules({ edits: [{ op: 'insert', rule, at: 0 }], author: 'ui', ...more });
}

const undo = (hash?: string): ReturnType<ConfigEditor['undo']> =>
  editor.undo({ author: 'ui', ...(hash === undefined ? {} : { hash }) });
const redo = (): ReturnType<ConfigEditor['redo']> => editor.redo({ author: 'ui' });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-edit-'));
  path = join(folder, 'config.yaml');
  writeFileSync(path, TEXT);
  applied = [];
  onApply = () => undefined;
  open();
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

test('a change is in the file, in force and in the history', async () => {
  const before = editor.text();
  const done = await add('DOMAIN,b.test,REJECT', { hash: before.hash });
  const expected = TEXT.replace('rules:\n', 'rules:\n  - DOMAIN,b.test,REJECT\n');
  assert.equal(text(), expected);
  assert.deepEqual(applied, [expected]);
  assert.deepEqual(done.result, APPLIED);
  assert.equal(done.hash, editor.text().hash);
  const { revisions, current } = editor.history();
  assert.equal(current, done.revision);
  assert.deepEqual(
    revisions.map(({ author, summary, parent }) => [author, summary, parent]),
    [
      ['ui', 'added "DOMAIN,b.test,REJECT"', revisions[1]?.id],
      ['file', 'the first state that is known', null],
    ],
  );
});

test('the rules are told with their lines, the disabled ones among them', async () => {
  await editor.editRules({ edits: [{ op: 'disable', at: 0 }], author: 'cli' });
  assert.deepEqual(editor.text().rules, [
    { enabled: false, text: 'DOMAIN,a.test,DIRECT', line: 3 },
    { enabled: true, text: 'MATCH,DIRECT', line: 4 },
  ]);
});

test('a file whose rules cannot be edited is still shown, and says why', () => {
  writeFileSync(path, 'rules: [\n');
  const shown = editor.text();
  assert.equal(shown.text, 'rules: [\n');
  assert.deepEqual(shown.rules, []);
  assert.match(shown.notEditable ?? '', /no valid YAML/);
});

test('a change for another state of the file is refused: nothing is lost', async () => {
  const { hash } = editor.text();
  writeFileSync(path, `${TEXT}# somebody was here\n`);
  await assert.rejects(add('MATCH,REJECT', { hash }), { code: 'ERR_CONFIG_CHANGED' });
  await assert.rejects(editor.putText({ text: 'mode: rule\n', hash, author: 'editor' }), {
    code: 'ERR_CONFIG_CHANGED',
  });
  await assert.rejects(undo(hash), { code: 'ERR_CONFIG_CHANGED' });
  assert.equal(text(), `${TEXT}# somebody was here\n`);
  assert.deepEqual(applied, []);
});

test('two changes for the same state: the second is refused', async () => {
  const { hash } = editor.text();
  const results = await Promise.allSettled([
    add('DOMAIN,b.test,REJECT', { hash }),
    add('DOMAIN,c.test,REJECT', { hash }),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  assert.match(text(), /b\.test/);
  assert.doesNotMatch(text(), /c\.test/);
});

test('changes without a hash that come together are all made', async () => {
  await Promise.all(
    ['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => add(`DOMAIN,${name}.test,REJECT`)),
  );
  for (const name of ['b', 'c', 'd', 'e', 'f', 'g', 'h'])
    assert.match(text(), new RegExp(`DOMAIN,${name}\\.test`));
});

test('a change that would break the file is refused, and the error says where', async () => {
  await assert.rejects(add('DOMAIN,b.test,NOWHERE'), {
    code: 'ERR_EDIT_INVALID',
    message: /config\.yaml:3:\d+.*NOWHERE/,
  });
  const { hash } = editor.text();
  await assert.rejects(editor.putText({ text: 'rules: [', hash, author: 'editor' }), {
    code: 'ERR_EDIT_INVALID',
  });
  assert.equal(text(), TEXT);
  assert.deepEqual(editor.history().revisions.length, 1);
});

test('a file that is broken already can be made better', async () => {
  writeFileSync(
    path,
    'rules:\n  - DOMAIN,a.test,NOWHERE\n  - DOMAIN,b.test,NOBODY\n  - MATCH,DIRECT\n',
  );
  await editor.editRules({ edits: [{ op: 'remove', at: 0 }], author: 'ui' });
  assert.equal(text(), 'rules:\n  - DOMAIN,b.test,NOBODY\n  - MATCH,DIRECT\n');
});

test('undo and redo walk along the changes', async () => {
  const states = [text()];
  for (const name of 'bcd') {
    await add(`DOMAIN,${name}.test,REJECT`);
    states.push(text());
  }
  for (const state of states.slice(0, -1).toReversed()) {
    await undo();
    assert.equal(text(), state);
  }
  await assert.rejects(undo(), { code: 'ERR_NOTHING_TO_UNDO' });
  for (const state of states.slice(1)) {
    await redo();
    assert.equal(text(), state);
  }
  await assert.rejects(redo(), { code: 'ERR_NOTHING_TO_REDO' });
  assert.equal(applied.length, 9);
});

test('a change after an undo begins a branch of its own, and nothing that was is forgotten', async () => {
  await add('DOMAIN,b.test,REJECT');
  await undo();
  await add('DOMAIN,c.test,REJECT');
  await assert.rejects(redo(), { code: 'ERR_NOTHING_TO_REDO' });
  await undo();
  assert.equal(text(), TEXT);
  await redo();
  assert.match(text(), /c\.test/);
  assert.deepEqual(
    editor.history().revisions.map(({ summary }) => summary),
    [
      'added "DOMAIN,c.test,REJECT"',
      'added "DOMAIN,b.test,REJECT"',
      'the first state that is known',
    ],
  );
});

test('what somebody writes into the file is a revision, and can be undone', async () => {
  await editor.notice();
  writeFileSync(path, TEXT.replace('a.test', 'b.test'));
  await editor.notice();
  await editor.notice();
  const { revisions } = editor.history();
  assert.deepEqual(
    revisions.map(({ author, summary }) => [author, summary]),
    [
      ['file', 'changed outside Sluice'],
      ['file', 'the first state that is known'],
    ],
  );
  await undo();
  assert.equal(text(), TEXT);
});

test('what was written while nobody watched is kept before it is changed', async () => {
  await editor.notice();
  writeFileSync(path, TEXT.replace('a.test', 'b.test'));
  await add('DOMAIN,c.test,REJECT');
  await undo();
  assert.equal(text(), TEXT.replace('a.test', 'b.test'));
});

test('the history outlives the process', async () => {
  await add('DOMAIN,b.test,REJECT');
  store.close();
  open();
  await editor.notice();
  assert.equal(editor.history().revisions.length, 2);
  await undo();
  assert.equal(text(), TEXT);
});

test('a diff shows what a revision changed, and between any two', async () => {
  await add('DOMAIN,b.test,REJECT');
  await add('DOMAIN,c.test,REJECT');
  const [last, middle, first] = editor.history().revisions;
  assert.ok(last && middle && first);
  const { from, diff } = await editor.diff(last.id);
  assert.equal(from, middle.id);
  assert.match(
    diff,
    /^@@ -1,5 \+1,6 @@\n mode: rule # mine\n rules:\n\+ {2}- DOMAIN,c\.test,REJECT\n/m,
  );
  const both = await editor.diff(last.id, first.id);
  assert.match(both.diff, /^\+ {2}- DOMAIN,c\.test,REJECT\n\+ {2}- DOMAIN,b\.test,REJECT$/m);
  assert.match((await editor.diff(first.id)).diff, /^--- \/dev\/null$/m);
  assert.equal((await editor.diff(last.id, last.id)).diff, '');
  await assert.rejects(editor.diff(99), { code: 'ERR_REVISION_UNKNOWN' });
});

test('a link is followed, and stays one; mode and byte order mark stay', async () => {
  const link = join(folder, 'link.yaml');
  symlinkSync('config.yaml', link);
  writeFileSync(path, `\ufeff${TEXT}`);
  chmodSync(path, 0o640);
  store.close();
  open(link);
  await add('DOMAIN,b.test,REJECT');
  assert.equal(readlinkSync(link), 'config.yaml');
  assert.equal(statSync(path).mode & 0o777, 0o640);
  assert.match(text(), /^\ufeffmode: rule # mine\nrules:\n {2}- DOMAIN,b\.test/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.sluice')),
    [],
  );
});

test('a text that is already there changes nothing', async () => {
  const { hash } = editor.text();
  await editor.putText({ text: TEXT, hash, author: 'editor' });
  assert.equal(editor.history().revisions.length, 1);
});

test('a file that cannot be read or written is an error that says so', async () => {
  rmSync(path);
  assert.throws(() => editor.text(), { code: 'ERR_CONFIG_FILE' });
  await assert.rejects(add('MATCH,REJECT'), { code: 'ERR_CONFIG_FILE' });
  await editor.notice();
  writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00]));
  assert.throws(() => editor.text(), { code: 'ERR_CONFIG_FILE', message: /UTF-8/ });
});
