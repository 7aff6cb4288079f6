import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Parser } from '../../../../core/providers/parser.ts';
import type { ListJob } from '../../../../core/providers/parser.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-parser-'));
after(() => rmSync(dir, { recursive: true }));

function job(name: string, content: string): ListJob {
  const path = join(dir, name);
  writeFileSync(path, content);
  return { kind: 'list', file: { path, behavior: 'domain', format: 'text', sizeLimit: 1 << 24 } };
}

test('jobs are done one after the other, and a failure is one job’s alone', async (t) => {
  const parser = new Parser();
  t.after(() => parser.close());
  const missing: ListJob = { ...job('x', ''), file: { ...job('x', '').file, path: `${dir}/no` } };
  const [first, failed, second] = await Promise.allSettled([
    parser.run(job('a', 'a.test\nb.test\n')),
    parser.run(missing),
    parser.run(job('c', 'c.test')),
  ]);
  assert.equal(first.status === 'fulfilled' && first.value.count, 2);
  assert.match(String(failed.status === 'rejected' && failed.reason), /it cannot be read/);
  assert.equal(second.status === 'fulfilled' && second.value.count, 1);
});

test('closing ends a job that is under way; the next job has a worker of its own', async (t) => {
  const parser = new Parser();
  t.after(() => parser.close());
  const large = job('large', 'host.example.test\n'.repeat(500_000));
  const running = parser.run(large);
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([
    assert.rejects(running, { code: 'ERR_LIST_UNREADABLE', message: /the worker ended/ }),
    parser.close(),
  ]);
  assert.equal((await parser.run(job('a', 'a.test'))).count, 1);
});

test('what is wrong with a file is told with its code', async (t) => {
  const parser = new Parser();
  t.after(() => parser.close());
  const proxies = { kind: 'proxies', path: join(dir, 'p'), sizeLimit: 100 } as const;
  writeFileSync(proxies.path, 'nothing of use');
  await assert.rejects(parser.run(proxies), { code: 'ERR_LIST_EMPTY' });
  writeFileSync(proxies.path, 'x'.repeat(101));
  await assert.rejects(parser.run(proxies), { code: 'ERR_LIST_TOO_LARGE' });
});
