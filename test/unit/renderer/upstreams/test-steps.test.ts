import assert from 'node:assert/strict';
import { test } from 'node:test';
import { en } from '../../../../renderer/i18n/en.ts';
import { meaningOf } from '../../../../renderer/i18n/meaning.ts';
import { translator } from '../../../../renderer/i18n/translate.ts';
import { errors } from '../../../../renderer/i18n/zh-cn/errors.ts';
import { testSteps } from '../../../../renderer/pages/upstreams/test-steps.ts';

test('steps that went well, were left out or failed have words in Chinese, those that run have none', () => {
  const line = { milliseconds: 1, code: '', message: 'said', fix: '' };
  const steps = testSteps(
    [
      { ...line, step: 'resolve', state: 'skipped' },
      { ...line, step: 'connect', state: 'ok' },
      { ...line, step: 'tls', state: 'skipped', code: 'NOT_TRIED' },
      { ...line, step: 'auth', state: 'failed', code: 'ERR_UPSTREAM_AUTH' },
      { ...line, step: 'tcp', state: 'running' },
    ],
    translator(en),
  );
  assert.deepEqual(
    steps.map(({ code = '' }) => meaningOf(code, errors)),
    [
      errors['STEP_RESOLVE_SKIPPED'],
      errors['STEP_CONNECT_OK'],
      errors['NOT_TRIED'],
      errors['ERR_UPSTREAM_AUTH'],
      ...[null, null, null],
    ],
  );
});
