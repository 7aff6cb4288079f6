import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_CHECK_TEXT, parseCheckRequest } from '../../../../core/api/check.ts';
import { checkText } from '../../../../core/config/check-text.ts';

test('a text with an error is not usable, and says where', () => {
  const { isUsable, problems } = checkText('rules:\n  - DOMAIN,a.test,NOBODY\n', 'c.yaml');
  assert.equal(isUsable, false);
  const error = problems.find(({ severity }) => severity === 'error');
  assert.deepEqual([error?.line, error?.file], [2, 'c.yaml']);
});

test('a text that is no YAML has its place told', () => {
  const { isUsable, problems } = checkText('rules:\n  - "DOMAIN\n', 'c.yaml');
  assert.equal(isUsable, false);
  assert.ok(problems.length > 0);
});

test('what lint finds is told once, with an edit that puts it right', () => {
  const text = 'rules:\n  - DOMAIN,a.test,DIRECT\n  - DOMAIN,a.test,DIRECT\n  - MATCH,DIRECT\n';
  const { isUsable, problems } = checkText(text, 'c.yaml');
  assert.equal(isUsable, true);
  const ofLine = problems.filter(({ line }) => line === 3);
  assert.equal(ofLine.length, 1);
  const fix = ofLine[0]?.fix ?? null;
  assert.ok(fix !== null && fix.isSafe);
  const fixed = text.slice(0, fix.start) + fix.replacement + text.slice(fix.end);
  assert.equal(fixed, 'rules:\n  - DOMAIN,a.test,DIRECT\n  - MATCH,DIRECT\n');
  assert.deepEqual(checkText(fixed, 'c.yaml').problems, []);
});

test('only a text of a bounded length is taken', () => {
  assert.deepEqual(parseCheckRequest({ text: '' }), { text: '' });
  for (const wrong of [undefined, {}, { text: 1 }, { text: '', file: '/etc/passwd' }]) {
    assert.throws(() => parseCheckRequest(wrong), { code: 'ERR_REQUEST_INVALID' });
  }
  const long = 'x'.repeat(MAX_CHECK_TEXT + 1);
  assert.throws(() => parseCheckRequest({ text: long }), { code: 'ERR_REQUEST_INVALID' });
});
