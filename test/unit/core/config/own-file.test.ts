import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DEFAULT_CONFIG_TEXT } from '../../../../core/config/default-config.ts';
import { ownConfigFile } from '../../../../core/config/own-file.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-own-'));
after(() => rmSync(dir, { recursive: true }));

test('a Sluice without a file makes one of its own, for nobody else to read', () => {
  const path = ownConfigFile(join(dir, 'state'));
  assert.equal(path, join(dir, 'state/config.yaml'));
  assert.equal(readFileSync(path, 'utf8'), DEFAULT_CONFIG_TEXT);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(join(dir, 'state')).mode & 0o777, 0o700);
});

test('what was changed in it stays', () => {
  writeFileSync(join(dir, 'state/config.yaml'), 'mode: direct');
  assert.equal(readFileSync(ownConfigFile(join(dir, 'state')) ?? '', 'utf8'), 'mode: direct');
});

test('where it cannot be made there is none', () => {
  writeFileSync(join(dir, 'file'), '');
  assert.equal(ownConfigFile(join(dir, 'file')), null);
});
