/** Five thousand live connections on the Connections page, all of which move bytes each second. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import { ports, site4 } from '../lab/addresses.ts';
import { openFlows } from '../lab/open-flows.ts';
import { browserFor, openInterface } from './browser.ts';
import { startWorld } from './world.ts';

const COUNT = 5000;

const world = await startWorld(['MATCH,DIRECT']);
await openFlows(world.lab, COUNT, COUNT, 'guest');
const browser = await browserFor(world);
const page = await openInterface(browser, await world.link());
page.setDefaultTimeout(60_000);
await page.goto(new URL('/ui/connections', page.url()).href);

const grid = (): Locator => page.getByRole('grid', { name: 'Connections' });
const rowAt = (n: number): Locator => grid().locator(`[role=row][aria-rowindex="${n}"]`);
const shown = (count: number): Promise<void> =>
  page.getByText(`${count} shown`, { exact: true }).waitFor();

test('all of them are in the list, and few of them in the page', async () => {
  await page.getByText(`Live (${COUNT})`).waitFor();
  await shown(COUNT);
  assert.equal(await grid().getAttribute('aria-rowcount'), String(COUNT + 1));
  assert.ok((await grid().getByRole('row').count()) < 100);
});

test('the list is scrolled to its end and back, by keys and by the wheel, and goes on changing', async () => {
  await grid().focus();
  await page.keyboard.press('End');
  await rowAt(COUNT + 1).waitFor();
  const last = rowAt(COUNT + 1);
  const before = await last.innerText();
  assert.match(before, new RegExp(`${site4.replaceAll('.', '\\.')}:${ports.echo}`));
  // Each says a line a second, so that its bytes grow.
  let now = before;
  for (let n = 0; n < 300 && now === before; n += 1) {
    await page.waitForTimeout(100);
    now = await last.innerText();
  }
  assert.notEqual(now, before);
  await page.keyboard.press('Home');
  await rowAt(2).waitFor();
  await grid().hover();
  await page.mouse.wheel(0, 40_000);
  await rowAt(1260).waitFor();
});

test('the row that the keys are at is always in sight', async () => {
  await grid().focus();
  await page.keyboard.press('Home');
  const isInSight = async (n: number): Promise<void> => {
    const row = await rowAt(n).boundingBox();
    const list = await grid().locator('..').boundingBox();
    assert.ok(row !== null && list !== null);
    // Below the head of the columns, and not cut off at the end.
    assert.ok(row.y >= list.y + 36, `${row.y} in ${list.y}`);
    assert.ok(row.y + row.height <= list.y + list.height, `${row.y} of ${list.y + list.height}`);
  };
  for (let n = 0; n < 40; n += 1) await page.keyboard.press('ArrowDown');
  await rowAt(42).and(page.locator('[data-current]')).waitFor();
  await isInSight(42);
  for (let n = 0; n < 30; n += 1) await page.keyboard.press('ArrowUp');
  await isInSight(12);
  await page.keyboard.press('PageDown');
  await rowAt(12).and(page.locator('[data-current]')).waitFor({ state: 'detached' });
  const at = await grid().locator('[data-current]').getAttribute('aria-rowindex');
  await isInSight(Number(at));
  await page.keyboard.press('PageUp');
  await rowAt(12).and(page.locator('[data-current]')).waitFor();
});

test('it is sorted by any column while it changes', async () => {
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Source', exact: true }).click();
  await page.keyboard.press('Escape');
  // Of numbers, the largest come first.
  for (const [name, first, second] of [
    ['Source', 'ascending', 'descending'],
    ['Down/s', 'descending', 'ascending'],
    ['Up', 'descending', 'ascending'],
  ] as const) {
    const head = page.getByRole('columnheader', { name, exact: true });
    for (const order of [first, second]) {
      await head.getByRole('button').click();
      await head.and(page.locator(`[aria-sort=${order}]`)).waitFor();
    }
  }
  await shown(COUNT);
});

test('it is filtered by text and by field', async () => {
  const live = await world.sluice.flows('live');
  const first = live.find(({ destination }) => destination.port === ports.echo);
  const port = String(first?.source.port);
  const filter = page.getByRole('textbox', { name: 'Filter' });
  await filter.fill(`:${port}`);
  await shown(1);
  await filter.fill('nowhere');
  await page.getByText('Nothing matches the filter.').waitFor();
  await filter.fill('');
  await shown(COUNT);
  const menus = page.getByRole('group', { name: 'Filter' });
  await menus.getByRole('button', { name: 'Zone' }).click();
  const zones = page.getByRole('group', { name: 'Zone' });
  await zones.getByText(String(COUNT), { exact: true }).waitFor();
  await zones.getByRole('checkbox', { name: 'container' }).check();
  await page.keyboard.press('Escape');
  await shown(COUNT);
  await page.getByRole('button', { name: 'Remove the filter Zone: container' }).click();
});

test('all of them are closed at once', async () => {
  await grid().focus();
  await page.keyboard.press('Control+a');
  await page.getByText(`${COUNT} selected`).waitFor();
  await page.getByRole('button', { name: 'Close those selected' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Close those selected' }).click();
  await page.getByText(`Live (0)`).waitFor();
  const live = await world.sluice.flows('live');
  assert.deepEqual(
    live.filter(({ destination }) => destination.port === ports.echo),
    [],
  );
});
