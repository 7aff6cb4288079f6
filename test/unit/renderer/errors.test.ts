/** Errors of core in the language of the interface. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { TEST_STEPS } from '../../../core/api/upstreams.ts';
import { errorLine, meaningOf, toldBy } from '../../../renderer/i18n/meaning.ts';
import { errors } from '../../../renderer/i18n/zh-cn/errors.ts';
import { ApiFailure, OFFLINE } from '../../../renderer/api/failure.ts';

/** Codes in core's source that never come to the interface. */
const ELSEWHERE = new Set([
  // Node's, zlib's and OpenSSL's own: what is made of them has another code.
  ...['ERR_BUFFER_TOO_LARGE', 'ERR_SSL_', 'ERR_STREAM_PREMATURE_CLOSE'],
  // Error pages of the proxy Squid, which become ERR_UPSTREAM_...
  ...['ERR_ACCESS_DENIED', 'ERR_CANNOT_FORWARD', 'ERR_CONNECT_FAIL', 'ERR_DNS_FAIL'],
  // Whoever breaks a request off is told nothing.
  'ERR_REQUEST_ABORTED',
  // The beginning of a type.
  'ERR_DNS_',
]);

const root = new URL('../../../', import.meta.url);

/** In quotes; with a value behind it, the beginning of a family of codes. */
const CODE = /['"`](ERR_[A-Z0-9_]+)(?:['"`]|\$\{)/g;
/** Steps of the connection test have codes of their own, too, and OpenSSL's. */
const STEP_CODE = /(?:failed|warning)\(\s*'([A-Z_]+)'|^ {2}([A-Z_]+): \[$/gm;

function codesIn(files: string, pattern: RegExp): string[] {
  const paths = globSync(files, { cwd: root });
  // What is in `core/cli` is said on the command line alone.
  const texts = paths
    .filter((path) => !path.startsWith('core/cli/'))
    .map((path) => readFileSync(new URL(path, root), 'utf8'));
  return texts.flatMap((text) =>
    [...text.matchAll(pattern)].flatMap(([, code, other]) => code ?? other ?? []),
  );
}

const told = new Set([
  ...codesIn('core/**/*.ts', CODE),
  ...codesIn('core/upstream-test/*.ts', STEP_CODE),
  ...codesIn('core/upstream-test/*.ts', /skipped\(.*'([A-Z_]+)'\)/g),
  OFFLINE,
]);

/** What the interface makes of steps of the connection test that have no code. */
const steps = new Set(
  TEST_STEPS.flatMap((step) =>
    ['ok', 'skipped'].map((state) => `STEP_${step}_${state}`.toUpperCase()),
  ),
);

test('every code of core is explained in Chinese, or never comes to the interface', () => {
  assert.ok(told.has('ERR_UPSTREAM_AUTH') && told.has('ERR_CONNECT_') && told.has('NO_ADDRESS'));
  assert.ok(told.has('NOT_TRIED'));
  assert.deepEqual(
    [...told].filter((code) => !Object.hasOwn(errors, code) && !ELSEWHERE.has(code)),
    [],
  );
});

test('nothing is explained, or left out, that core does not say', () => {
  const isTold = (code: string): boolean =>
    told.has(code) || steps.has(code) || told.has(/^ERR_(?:CONNECT|STREAM)_/.exec(code)?.[0] ?? '');
  assert.deepEqual(
    [...Object.keys(errors), ...ELSEWHERE].filter((code) => !isTold(code)),
    [],
  );
  assert.deepEqual(
    [...ELSEWHERE].filter((code) => Object.hasOwn(errors, code)),
    [],
  );
});

test('each is a Chinese sentence', () => {
  for (const [code, text] of Object.entries(errors))
    assert.match(text, /\p{Script=Han}.*。$/u, code);
});

test('a code of a family has its own sentence, or that of all; an unknown one has none', () => {
  assert.equal(meaningOf('ERR_CONNECT_ECONNREFUSED', errors), errors['ERR_CONNECT_ECONNREFUSED']);
  assert.equal(meaningOf('ERR_CONNECT_EPERM', errors), errors['ERR_CONNECT_']);
  assert.equal(meaningOf('ERR_NEW', errors), null);
  assert.equal(meaningOf('constructor', errors), null);
});

test("core's words stay, behind the sentence or alone", () => {
  const failure = toldBy(new ApiFailure('ERR_CONFIG', 'line 3: wrong'));
  assert.equal(errorLine(failure, errors), `${errors['ERR_CONFIG']} line 3: wrong`);
  assert.equal(errorLine(failure, {}), 'line 3: wrong');
  assert.deepEqual(toldBy(new TypeError('broken')), { message: 'broken' });
  assert.deepEqual(toldBy('text'), { message: 'text' });
});
