/** For those who do not see, use no mouse, or want no motion: what opens above the pages, and the keyboard. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { violations } from './axe.ts';
import { browserFor, openInterface } from './browser.ts';
import { openPath, settled } from './every-page.ts';
import { startUpstreams } from './upstream-groups.ts';

const world = await startUpstreams(3, ['find-process-mode: always']);
const browser = await browserFor(world);
await world.browse();

async function openPage(): Promise<Page> {
  const page = await openInterface(browser, await world.link());
  // Nothing is measured half faded in.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  return page;
}

/** What opens above a page: how to open it, and what is there then. */
const OPEN: Readonly<Record<string, (page: Page) => Promise<Locator>>> = {
  palette: async (page) => {
    await openPath(page, '/ui/');
    await page.keyboard.press('Control+k');
    return page.getByRole('dialog');
  },
  appearance: async (page) => {
    await openPath(page, '/ui/');
    await page.getByRole('button', { name: 'Appearance' }).click();
    return page.getByRole('menu');
  },
  connection: async (page) => {
    await openPath(page, '/ui/connections');
    await page.getByRole('row').nth(1).getByRole('gridcell').nth(1).click();
    return page.getByRole('dialog');
  },
  explanation: async (page) => {
    await openPath(page, '/ui/rules/list');
    const bar = page.getByRole('textbox', { name: 'Where does this go?' });
    await bar.fill('www.site.test');
    await bar.press('Enter');
    return page.getByRole('alert');
  },
  'rule form': async (page) => {
    await openPath(page, '/ui/rules/list');
    await page.getByRole('button', { name: 'With a form' }).click();
    return page.getByRole('dialog');
  },
  'test form': async (page) => {
    await openPath(page, '/ui/rules/tests');
    await page.getByRole('button', { name: 'New test' }).click();
    return page.getByRole('dialog');
  },
  'many tests': async (page) => {
    await openPath(page, '/ui/rules/tests');
    await page.getByRole('button', { name: 'Add many' }).click();
    return page.getByRole('dialog');
  },
};

test('what opens above a page is accessible, in both schemes', async () => {
  const page = await openPage();
  const found: string[] = [];
  for (const [name, open] of Object.entries(OPEN)) {
    await page.emulateMedia({ colorScheme: 'light' });
    await (await open(page)).waitFor();
    await settled(page);
    found.push(...(await violations(page, `${name}, light`)));
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('html[data-mantine-color-scheme=dark]').waitFor({ state: 'attached' });
    found.push(...(await violations(page, `${name}, dark`)));
  }
  assert.deepEqual(found, []);
  await page.context().close();
});

test('by keyboard one skips the menu, sees where one is, and comes back from what was opened', async () => {
  const page = await openPage();
  await openPath(page, '/ui/connections');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to the content' });
  assert.equal(await isFocused(skip), true);
  // It is out of sight until then.
  const box = await skip.boundingBox();
  assert.ok(box !== null && box.y >= 0);
  await page.keyboard.press('Enter');
  assert.equal(await isFocused(page.getByRole('main')), true);
  await page.keyboard.press('Tab');
  assert.equal(await page.locator('main :focus').count(), 1);

  const grid = page.getByRole('grid', { name: 'Connections' });
  for (let n = 0; n < 40 && !(await isFocused(grid)); n += 1) await page.keyboard.press('Tab');
  assert.equal(await isFocused(grid), true);
  assert.notEqual(
    await styleOf(grid, 'outlineStyle'),
    'none',
    'the list shows that it has the focus',
  );
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await isFocused(grid), true);
  await page.context().close();
});

test('who wants no motion gets none', async () => {
  const page = await openPage();
  await openPath(page, '/ui/rules/list');
  await page.getByRole('button', { name: 'With a form' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  const running = `document.getAnimations().filter((one) => one.playState === 'running')
    .map((one) => one.animationName ?? one.transitionProperty + ' ' + one.effect.target.className)`;
  assert.deepEqual(await page.evaluate(running), []);
  await page.context().close();
});

function isFocused(one: Locator): Promise<boolean> {
  return one.evaluate((element) => element === Reflect.get(globalThis, 'document').activeElement);
}

async function styleOf(one: Locator, property: string): Promise<string> {
  return String(
    await one.evaluate(
      (element, name) => Reflect.get(Reflect.get(globalThis, 'getComputedStyle')(element), name),
      property,
    ),
  );
}
