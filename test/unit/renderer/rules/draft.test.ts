import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigText } from '../../../../core/api/edit.ts';
import {
  bringBack,
  dropDraft,
  isConflict,
  keepDraft,
  withFile,
  withSaved,
  withText,
} from '../../../../renderer/pages/rules/draft.ts';

function fileOf(text: string): ConfigText {
  return { path: '/c.yaml', text, hash: `hash of ${text}`, rules: [], notEditable: null };
}

const begun = withFile(null, fileOf('one'));

test('what is typed is a draft, until it is the text of the file again', () => {
  const typed = withText(begun, 'one two');
  assert.equal(typed.draft, 'one two');
  assert.equal(isConflict(typed), false);
  assert.equal(withText(typed, 'one').draft, null);
});

test('a file that changes under nobody is shown as it is', () => {
  const next = withFile(begun, fileOf('two'));
  assert.deepEqual([next.draft, next.base, isConflict(next)], [null, 'hash of two', false]);
});

test('a file that changes under a draft is a conflict, and the draft stays', () => {
  const next = withFile(withText(begun, 'mine'), fileOf('theirs'));
  assert.deepEqual([next.draft, next.base, isConflict(next)], ['mine', 'hash of one', true]);
  const typedOn = withText(next, 'mine, more');
  assert.equal(isConflict(typedOn), true);
});

test('who keeps the draft of a conflict replaces the newer text', () => {
  const kept = keepDraft(withFile(withText(begun, 'mine'), fileOf('theirs')));
  assert.deepEqual([kept.draft, kept.base, isConflict(kept)], ['mine', 'hash of theirs', false]);
});

test('who loads the newer text can have the draft back', () => {
  const newer = dropDraft(withFile(withText(begun, 'mine'), fileOf('theirs')));
  assert.deepEqual([newer.draft, newer.setAside], [null, 'mine']);
  const back = bringBack(newer);
  assert.deepEqual([back.draft, back.base, back.setAside], ['mine', 'hash of theirs', null]);
});

test('what is typed while it is being saved is not lost, and is no conflict', () => {
  const typed = withText(withText(begun, 'saved'), 'saved, and more');
  const after = withSaved(typed, 'saved', 'hash of saved');
  assert.equal(after.draft, 'saved, and more');
  assert.equal(isConflict(withFile(after, fileOf('saved'))), false);
  assert.equal(withSaved(withText(begun, 'saved'), 'saved', 'hash of saved').draft, null);
});

test('a file that somebody else has made what was typed leaves no draft', () => {
  const next = withFile(withText(begun, 'same'), fileOf('same'));
  assert.deepEqual([next.draft, next.base], [null, 'hash of same']);
});
