import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { unifiedDiff } from '../../../../../core/config/edit/text-diff.ts';

/** What GNU patch makes of a text and a diff. */
function patched(text: string, diff: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-diff-'));
  try {
    const file = join(folder, 'text');
    writeFileSync(file, text);
    execFileSync('patch', ['--silent', '--unified', file], { input: diff });
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const lines = (count: number, of: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => `${of(n)}\n`).join('');

test('a diff makes the one text of the other', () => {
  const from = lines(100, (n) => `- DOMAIN,${n}.test,DIRECT`);
  const to = from
    .replace('7.test,DIRECT\n', '7.test,REJECT\n')
    .replace('- DOMAIN,80.test,DIRECT\n', '');
  assert.equal(patched(from, unifiedDiff('a', 'b', from, to)), to);
});

test('so does one of texts that have little in common', () => {
  const from = `head\n${lines(5000, (n) => `- DOMAIN,${n}.test,DIRECT`)}tail\n`;
  const to = `head\n${lines(4000, (n) => `- DOMAIN-SUFFIX,${n}.example,REJECT`)}tail\n`;
  const diff = unifiedDiff('a', 'b', from, to);
  assert.equal(patched(from, diff), to);
  assert.match(diff, /^@@ -1,5002 \+1,4002 @@$/m);
});

test('a last line without an end stays so', () => {
  const from = lines(3000, (n) => `a${n}`);
  const to = `${lines(2500, (n) => `b${n}`)}end`;
  assert.equal(patched(from, unifiedDiff('a', 'b', from, to)), to);
});

test('equal texts have none', () => {
  assert.equal(unifiedDiff('a', 'b', 'x\n', 'x\n'), '');
});
