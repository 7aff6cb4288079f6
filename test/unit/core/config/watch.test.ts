import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { LoadedConfig } from '../../../../core/config/load-config.ts';
import { watchConfig } from '../../../../core/config/watch.ts';

interface Watched {
  readonly folder: string;
  readonly path: string;
  readonly calls: LoadedConfig[];
  /** The next call that has not been waited for. */
  readonly next: () => Promise<LoadedConfig>;
}

const first = 'mode: rule\n';

/** A watched file with `first` in it; `prepare` may put something else in the folder. */
async function watched(
  context: TestContext,
  prepare: (folder: string) => Promise<string> = async (folder) => {
    const path = join(folder, 'c.yaml');
    await writeFile(path, first);
    return path;
  },
): Promise<Watched> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-watch-'));
  const path = await prepare(folder);
  const calls: LoadedConfig[] = [];
  let seen = 0;
  let wake = (): void => undefined;
  let last: string | null = first;
  const known = (): string | null => last;
  const watch = watchConfig(path, known, (loaded) => {
    last = loaded.text;
    calls.push(loaded);
    wake();
  });
  context.after(async () => {
    watch.close();
    await rm(folder, { recursive: true, force: true });
  });
  const next = async (): Promise<LoadedConfig> => {
    for (;;) {
      const call = calls[seen];
      if (call !== undefined) {
        seen++;
        return call;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
  };
  return { folder, path, calls, next };
}

test('a change is applied', async (context) => {
  const { path, next } = await watched(context);
  await writeFile(path, 'mode: direct\n');
  assert.equal((await next()).config?.mode, 'direct');
  await writeFile(path, 'mode: global\n');
  assert.equal((await next()).config?.mode, 'global');
});

test('a file that is replaced by renaming is followed', async (context) => {
  const { folder, path, next } = await watched(context);
  for (const mode of ['direct', 'global', 'direct']) {
    const draft = join(folder, '.c.yaml.swp');
    await writeFile(draft, `mode: ${mode}\n`);
    await rename(draft, path);
    assert.equal((await next()).config?.mode, mode);
  }
});

test('a broken file is reported, and so is its repair', async (context) => {
  const { path, next } = await watched(context);
  await writeFile(path, 'mode: fast\n');
  const broken = await next();
  assert.equal(broken.config, null);
  assert.equal(broken.problems.find(({ severity }) => severity === 'error')?.line, 1);
  await writeFile(path, first);
  assert.equal((await next()).config?.mode, 'rule');
});

test('only another text is a change', async (context) => {
  const { folder, path, calls, next } = await watched(context);
  await writeFile(path, first);
  await utimes(path, new Date(), new Date());
  await writeFile(join(folder, 'other.yaml'), 'mode: global\n');
  await writeFile(path, 'mode: direct\n');
  assert.equal((await next()).config?.mode, 'direct');
  assert.equal(calls.length, 1);
});

test('what changed before the watch began is found', async (context) => {
  const { next } = await watched(context, async (folder) => {
    const path = join(folder, 'c.yaml');
    await writeFile(path, 'mode: direct\n');
    return path;
  });
  assert.equal((await next()).config?.mode, 'direct');
});

test('a file that goes away for good is reported once, and its return is a change', async (context) => {
  const { path, calls, next } = await watched(context);
  await rm(path);
  const gone = await next();
  assert.equal(gone.text, null);
  assert.equal(gone.problems[0]?.code, 'file-unreadable');
  await writeFile(path, first);
  assert.equal((await next()).config?.mode, 'rule');
  assert.equal(calls.length, 2);
});

test('the file behind a symbolic link is followed, and so is the link', async (context) => {
  const { folder, path, next } = await watched(context, async (parent) => {
    await mkdir(join(parent, 'a'));
    await mkdir(join(parent, 'b'));
    await writeFile(join(parent, 'a', 'real.yaml'), first);
    await writeFile(join(parent, 'b', 'real.yaml'), 'mode: global\n');
    await symlink(join(parent, 'a', 'real.yaml'), join(parent, 'c.yaml'));
    return join(parent, 'c.yaml');
  });
  await writeFile(join(folder, 'a', 'real.yaml'), 'mode: direct\n');
  assert.equal((await next()).config?.mode, 'direct');
  await symlink(join(folder, 'b', 'real.yaml'), join(folder, 'new'));
  await rename(join(folder, 'new'), path);
  assert.equal((await next()).config?.mode, 'global');
  await writeFile(join(folder, 'b', 'real.yaml'), first);
  assert.equal((await next()).config?.mode, 'rule');
});

test('a folder that is replaced is followed', async (context) => {
  const { folder, path, next } = await watched(context, async (parent) => {
    await mkdir(join(parent, 'etc'));
    await writeFile(join(parent, 'etc', 'c.yaml'), first);
    return join(parent, 'etc', 'c.yaml');
  });
  await mkdir(join(folder, 'new'));
  await writeFile(join(folder, 'new', 'c.yaml'), 'mode: direct\n');
  await rename(join(folder, 'etc'), join(folder, 'old'));
  await rename(join(folder, 'new'), join(folder, 'etc'));
  assert.equal((await next()).config?.mode, 'direct');
  await writeFile(path, 'mode: global\n');
  assert.equal((await next()).config?.mode, 'global');
});

test('nothing is reported after close', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-watch-'));
  context.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'c.yaml');
  await writeFile(path, 'mode: direct\n');
  let calls = 0;
  const known = (): string => first;
  const watch = watchConfig(path, known, () => calls++);
  watch.close();
  const other = await watched(context);
  await writeFile(path, 'mode: global\n');
  await writeFile(other.path, 'mode: global\n');
  await other.next();
  assert.equal(calls, 0);
});
