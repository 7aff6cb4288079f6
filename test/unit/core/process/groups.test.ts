import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isMember } from '../../../../core/process/groups.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-groups-'));
after(() => rmSync(dir, { recursive: true }));
const files = { passwd: join(dir, 'passwd'), group: join(dir, 'group') };
writeFileSync(
  files.passwd,
  'root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/:/bin/sh\nbob:x:1001:990::/:/bin/sh\nbroken\n',
);
writeFileSync(files.group, 'root:x:0:\nsluice:x:990:ann,nobody-here\nother:x:991:bob\n');

test('members are listed by name, or have it as their own group', () => {
  assert.ok(isMember(1000, 'sluice', files));
  assert.ok(isMember(1001, 'sluice', files));
  assert.ok(!isMember(0, 'sluice', files));
  assert.ok(!isMember(4242, 'sluice', files));
});

test('a group or a file that is not there has no members', () => {
  assert.ok(!isMember(1000, 'missing', files));
  assert.ok(!isMember(1000, 'sluice', { ...files, group: join(dir, 'none') }));
});
