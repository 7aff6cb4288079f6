import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { FakePoolFile } from '../../../../../core/dns/fake-ip/fake-pool-file.ts';
import { FakePool } from '../../../../../core/dns/fake-ip/fake-pool.ts';
import { fakeRange } from '../../../../../core/dns/fake-ip/fake-range.ts';
import { createLogger } from '../../../../../core/log/logger.ts';

const layout = '198.18.0.0/16';

interface Opened {
  readonly pool: FakePool;
  readonly file: FakePoolFile;
  readonly lines: string[];
}

async function openPool(path: string, ownLayout = layout): Promise<Opened> {
  const range4 = fakeRange('198.18.0.0/16', []);
  const pool = new FakePool({ range4, range6: null, maxNames: 50_000 });
  const lines: string[] = [];
  const log = createLogger({ level: 'info', write: (line) => lines.push(line) });
  return { pool, lines, file: await FakePoolFile.open({ path, pool, layout: ownLayout, log }) };
}

function temporaryFolder(t: test.TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-pool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('what was given out before a restart is so afterwards', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'fake-ip');
  const first = await openPool(path);
  for (let n = 0; n < 5000; n += 1) first.pool.take(`n${n}.test`);
  first.pool.take('n17.test');
  first.file.changed();
  await first.file.close();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ['fake-ip']);
  const second = await openPool(path);
  assert.equal(second.pool.size, 5000);
  assert.equal(second.pool.take('n4999.test'), 4999);
  assert.equal(second.pool.snapshot().order.at(-2), 17, 'the order of use is kept');
  assert.deepEqual(second.lines, []);
});

test('a place that was freed is free after a restart', async (t) => {
  const path = join(temporaryFolder(t), 'fake-ip');
  const first = await openPool(path);
  for (const name of ['a.test', 'b.test', 'c.test']) first.pool.take(name);
  first.pool.forget('b.test');
  await first.file.close();
  const second = await openPool(path);
  assert.equal(second.pool.size, 2);
  assert.equal(second.pool.take('new.test'), 1);
  assert.deepEqual(second.lines, []);
});

test('a pool of other ranges begins anew, without a word', async (t) => {
  const path = join(temporaryFolder(t), 'fake-ip');
  const first = await openPool(path);
  first.pool.take('a.test');
  await first.file.close();
  const second = await openPool(path, '10.0.0.0/8');
  assert.equal(second.pool.size, 0);
  assert.deepEqual(second.lines, []);
});

test('a file that is no such file is one warning and an empty pool, and is replaced', async (t) => {
  const header = JSON.stringify({ format: 1, ranges: layout });
  const bad: Readonly<Record<string, string>> = {
    empty: '',
    garbage: '\0\xff\xfe{',
    'of another format': '{"format":2,"ranges":"x"}\n',
    'cut off': `${header}\n0 a.test`,
    'with a place too high': `${header}\n7 a.test\n`,
    'with a name that is none': `${header}\n0 a..test\n`,
    'with an escape sequence': `${header}\n0 \x1b[2J.test\n`,
    'with a line too many fields': `${header}\n0 a.test x\n`,
    'with a name twice': `${header}\n0 a.test\n1 a.test\n`,
    'with a place twice': `${header}\n0 a.test\n0 b.test\n`,
    'with an absurd number': `${header}\n99999999 a.test\n`,
  };
  for (const [what, text] of Object.entries(bad)) {
    const path = join(temporaryFolder(t), 'fake-ip');
    writeFileSync(path, text, 'latin1');
    const { pool, file, lines } = await openPool(path);
    assert.equal(pool.size, 0, what);
    assert.equal(lines.length, 1, `${what}: ${lines.join('')}`);
    assert.match(lines[0]!, /warning FAKE_IP_FILE/);
    pool.take('b.test');
    await file.close();
    assert.match(readFileSync(path, 'latin1'), /\n0 b\.test\n$/, what);
  }
});

test('a link or a folder in its place is not followed', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(
    join(folder, 'target'),
    `${JSON.stringify({ format: 1, ranges: layout })}\n0 a.test\n`,
  );
  const path = join(folder, 'fake-ip');
  symlinkSync(join(folder, 'target'), path);
  const { pool, lines } = await openPool(path);
  assert.deepEqual([pool.size, lines.length], [0, 1]);
  assert.equal((await openPool(folder)).lines.length, 1);
});

test('a folder that cannot be written to is a warning, not an end', async (t) => {
  const { pool, file, lines } = await openPool(join(temporaryFolder(t), 'gone', 'fake-ip'));
  pool.take('a.test');
  await file.close();
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /Cannot store/);
});
