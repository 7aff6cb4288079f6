/** The Logs page in a real browser, against a Sluice that is at work in the lab. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { browserFor, openInterface } from './browser.ts';
import { startWorld } from './world.ts';

const world = await startWorld();
const browser = await browserFor(world);
const page = await openInterface(browser, await world.link());
await page.goto(new URL('/ui/logs', page.url()).href);

test('the log is live: what Sluice says now shows at once', async () => {
  await page.getByRole('row').nth(1).waitFor();
  const errors = page.getByRole('row').filter({ hasText: /error/ });
  assert.equal(await errors.count(), 0);
  const before = readFileSync(world.sluice.configPath, 'utf8');
  world.sluice.writeConfig('rules: [');
  await world.sluice.cli('reload');
  await errors.first().waitFor();
  world.sluice.writeConfig(before);
  await world.sluice.cli('reload');
});

test('an entry tells its fields, leads to those of its code, and is exported with all of them', async () => {
  await page.getByRole('row').filter({ hasText: 'Own traffic leaves through' }).first().click();
  const drawer = page.getByRole('dialog');
  await drawer.getByText('Own traffic leaves through eth0.').waitFor();
  await drawer.getByRole('button', { name: 'Show only this code' }).click();
  await drawer.waitFor({ state: 'detached' });
  const filter = page.getByRole('textbox', { name: 'Filter' });
  const code = (await filter.inputValue()).replace('code:', '');
  assert.match(code, /^[A-Z_]+$/);
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'As JSON lines' }).click(),
  ]);
  assert.match(download.suggestedFilename(), /^sluice-log-.*\.ndjson$/);
  const lines = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\n');
  for (const line of lines) {
    const entry = JSON.parse(line) as Record<string, unknown>;
    assert.equal(entry['code'], code);
    assert.deepEqual(Object.keys(entry).toSorted(), [
      ...['code', 'id', 'level', 'message', 'suppressed', 'time'],
    ]);
  }
});
