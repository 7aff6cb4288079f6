/** `sluice rules` and `sluice history`, as processes of their own, with a core to change. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { endpoints } from '../../../../core/api/endpoints.ts';
import type { ConfigText, EditResult, FileRule, History } from '../../../../core/api/edit.ts';
import { CoreLab } from '../core-lab.ts';

const TEXT = 'mode: rule\nrules:\n  # ads\n  - DOMAIN,a.test,REJECT # note\n  - MATCH,DIRECT\n';

let lab: CoreLab;

beforeEach(async () => {
  lab = new CoreLab();
  await lab.start(TEXT);
});

afterEach(() => lab.close());

test('rules are listed, added before the final MATCH, and in force at once', async () => {
  const listed = await lab.sluice('rules');
  assert.match(listed.out, /^1 +4 +DOMAIN,a\.test,REJECT\n2 +5 +MATCH,DIRECT\n/m);
  const added = await lab.sluice('rules', 'add', 'DOMAIN,b.test,REJECT');
  assert.deepEqual([added.code, added.out], [0, 'Applied.\n']);
  assert.equal(lab.text(), TEXT.replace('# note\n', '# note\n  - DOMAIN,b.test,REJECT\n'));
  assert.equal(lab.core.status().config.rules, 3);
});

test('a rule is disabled, found again, enabled, moved and removed', async () => {
  assert.equal((await lab.sluice('rules', 'disable', '1')).code, 0);
  assert.match(lab.text(), /^ {2}# sluice:disabled - DOMAIN,a\.test,REJECT # note$/m);
  assert.equal(lab.core.status().config.rules, 1);
  assert.match((await lab.sluice('rules')).out, /a\.test,REJECT {2}\(disabled\)/);
  assert.equal((await lab.sluice('rules', 'enable', 'DOMAIN,a.test,REJECT')).code, 0);
  assert.equal(lab.text(), TEXT);
  assert.equal((await lab.sluice('rules', 'move', 'DOMAIN,a.test,REJECT', '2')).code, 0);
  assert.match(lab.text(), /MATCH,DIRECT\n {2}- DOMAIN,a\.test,REJECT # note\n$/);
  const removed = await lab.sluice('rules', 'remove', '2', '--json');
  assert.equal((JSON.parse(removed.out) as EditResult).result.applied, true);
  const rules = JSON.parse((await lab.sluice('rules', '--json')).out) as FileRule[];
  assert.deepEqual(rules, [{ enabled: true, text: 'MATCH,DIRECT', line: 4 }]);
});

test('what makes no sense changes nothing and says why', async () => {
  for (const [args, code, message] of [
    [['add', 'DOMAIN,b.test,NOWHERE'], 1, /NOWHERE.*ERR_EDIT_INVALID/],
    [['remove', '7'], 1, /ERR_EDIT_POSITION/],
    [['remove', 'DOMAIN,nowhere.test,REJECT'], 2, /No rule says/],
    [['move', '1'], 2, /N is missing/],
    [['remove', '0'], 2, /"0" is not the number of a rule/],
    [['swap', '1'], 2, /none of list, add/],
    [['remove', '1', '--at', '1'], 2, /--at is for add/],
  ] as const) {
    const outcome = await lab.sluice('rules', ...args);
    assert.equal(outcome.code, code, args.join(' '));
    assert.match(outcome.err, message);
  }
  assert.equal(lab.text(), TEXT);
});

test('history lists changes, shows them, undoes and redoes them', async () => {
  await lab.sluice('rules', 'add', 'DOMAIN,b.test,REJECT', '--at', '1');
  const listed = await lab.sluice('history');
  assert.match(listed.out, /^2 \* .* cli +added "DOMAIN,b\.test,REJECT"$/m);
  assert.match((await lab.sluice('history', 'diff')).out, /^\+ {2}- DOMAIN,b\.test,REJECT$/m);
  assert.match((await lab.sluice('history', 'diff', '1', '--from', '2')).out, /^- {2}- DOMAIN,b/m);
  assert.equal((await lab.sluice('history', 'show', '1')).out, TEXT);
  assert.match((await lab.sluice('history', 'show', '9')).err, /ERR_REVISION_UNKNOWN/);
  assert.equal((await lab.sluice('history', 'undo')).code, 0);
  assert.equal(lab.text(), TEXT);
  assert.equal(lab.core.status().config.rules, 2);
  assert.equal((await lab.sluice('history', 'redo')).code, 0);
  assert.equal(lab.core.status().config.rules, 3);
  const nothing = await lab.sluice('history', 'redo');
  assert.equal(nothing.code, 1);
  assert.match(nothing.err, /ERR_NOTHING_TO_REDO/);
});

test('what an editor saves becomes a revision by itself', async () => {
  writeFileSync(lab.path, TEXT.replace('REJECT', 'DIRECT'));
  let history: History;
  do {
    history = await lab.client.call(endpoints.history);
    await sleep(20);
  } while (history.revisions.length < 2);
  assert.deepEqual(
    history.revisions.map(({ author }) => author),
    ['file', 'file'],
  );
  await lab.client.call(endpoints.undo, { body: { author: 'ui' } });
  assert.equal(lab.text(), TEXT);
});

test('the whole text is saved for the state that was read, and for no other', async () => {
  const read: ConfigText = await lab.client.call(endpoints.configText);
  const state = await lab.client.call(endpoints.configState);
  assert.deepEqual(state, { path: read.path, hash: read.hash });
  assert.equal(read.text, TEXT);
  const body = { text: `# saved\n${TEXT}`, hash: read.hash, author: 'editor' as const };
  const { result } = await lab.client.call(endpoints.putConfigText, { body });
  assert.equal(result.applied, true);
  assert.equal(lab.text(), `# saved\n${TEXT}`);
  await assert.rejects(lab.client.call(endpoints.putConfigText, { body }), {
    code: 'ERR_CONFIG_CHANGED',
  });
});

test('a text of megabytes can be saved, one beyond the limit is refused', async () => {
  const { hash } = await lab.client.call(endpoints.configText);
  const big = `${TEXT}${`# ${'filler '.repeat(100)}\n`.repeat(2000)}`;
  const saved = await lab.client.call(endpoints.putConfigText, {
    body: { text: big, hash, author: 'editor' },
  });
  assert.equal(lab.text(), big);
  await assert.rejects(
    lab.client.call(endpoints.putConfigText, {
      body: { text: 'x'.repeat(17 * 1024 * 1024), hash: saved.hash, author: 'editor' },
    }),
    { code: 'ERR_REQUEST_INVALID' },
  );
});

test('requests that are malformed are refused before anything is read', async () => {
  const { hash } = await lab.client.call(endpoints.configText);
  for (const body of [
    { edits: [], author: 'ui' },
    { edits: [{ op: 'swap', at: 0 }], author: 'ui' },
    { edits: [{ op: 'remove', at: -1 }], author: 'ui' },
    { edits: [{ op: 'remove' }], author: 'ui' },
    { edits: [{ op: 'insert', at: 0 }], author: 'ui' },
    { edits: [{ op: 'remove', at: 0, path: '/etc/passwd' }], author: 'ui' },
    { edits: [{ op: 'remove', at: 0 }], author: 'file' },
    { edits: [{ op: 'remove', at: 0 }], author: 'ui', hash: `${hash}0` },
    { edits: Array.from({ length: 20_001 }, () => ({ op: 'remove', at: 0 })), author: 'ui' },
  ]) {
    await assert.rejects(lab.client.call(endpoints.editRules, { body: body as never }), {
      code: 'ERR_REQUEST_INVALID',
    });
  }
  assert.equal(lab.text(), TEXT);
});
