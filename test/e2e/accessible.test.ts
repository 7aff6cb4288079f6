/**
 * axe on every page, in both schemes and languages, wide and narrow, and on what opens above the
 * pages: no violation of WCAG 2.1 A and AA, contrast included. And everything by keyboard.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { openBrowser, openInterface } from './browser.ts';
import type { Look } from './browser.ts';
import { everyPage, openPath } from './every-page.ts';
import { startUpstreams } from './upstream-groups.ts';
import type { InterfaceWorld } from './world.ts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

/** Each pair of two properties is in one of them. */
const LOOKS: Readonly<Record<string, Look>> = {
  'light, English, wide': {},
  'dark, Chinese, wide': { colorScheme: 'dark', locale: 'zh-CN' },
  'dark, English, narrow': { colorScheme: 'dark', width: 380, height: 760 },
  'light, Chinese, narrow': { locale: 'zh-CN', width: 380, height: 760 },
};

let world: InterfaceWorld;
let browser: Browser;

before(async () => {
  world = await startUpstreams(3, ['find-process-mode: always']);
  browser = await openBrowser(world.lab.place('home'), world.lab.folder);
  await world.browse();
});

after(async () => {
  await browser?.close();
  world?.lab.stop();
});

async function openPage(look: Look = {}): Promise<Page> {
  const page = await openInterface(browser, await world.link(), look);
  page.setDefaultTimeout(15_000);
  // Nothing is measured half faded in.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  return page;
}

/** A line for each element that violates something; none is as it should be. */
async function violations(page: Page, where: string): Promise<string[]> {
  await page.evaluate(axe.source);
  const options = JSON.stringify({ runOnly: TAGS, resultTypes: ['violations'] });
  const found = (await page.evaluate(`axe.run(document, ${options})`)) as AxeResults;
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => {
      const why = failureSummary.split('\n').slice(1).join(' ').trim();
      return `${where}: ${id}: ${html.slice(0, 160)}: ${why.slice(0, 200)}`;
    }),
  );
}

for (const [name, look] of Object.entries(LOOKS)) {
  test(`every page is accessible: ${name}`, async () => {
    const page = await openPage(look);
    const found: string[] = [];
    for (const path of await everyPage(page)) {
      await openPath(page, path);
      const headings = await page.getByRole('heading', { level: 1 }).count();
      if (headings !== 1) found.push(`${path}: ${headings} headings of the first level`);
      found.push(...(await violations(page, path)));
    }
    assert.deepEqual(found, []);
    await page.context().close();
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`what opens above a page is accessible: ${colorScheme}`, async () => {
    const page = await openPage({ colorScheme });
    const found: string[] = [];
    const open: Readonly<Record<string, () => Promise<unknown>>> = {
      palette: async () => {
        await openPath(page, '/ui/');
        await page.keyboard.press('Control+k');
      },
      appearance: async () => {
        await openPath(page, '/ui/');
        await page
          .getByRole('button', { name: /theme|appearance|colou?r/i })
          .last()
          .click();
      },
      connection: async () => {
        await openPath(page, '/ui/connections');
        await page.getByRole('row').nth(1).getByRole('gridcell').nth(1).click();
      },
      explanation: async () => {
        await openPath(page, '/ui/rules/list');
        const bar = page.getByRole('textbox', { name: 'Where does this go?' });
        await bar.fill('www.site.test');
        await bar.press('Enter');
      },
      'rule form': async () => {
        await openPath(page, '/ui/rules/list');
        await page.getByRole('button', { name: 'With a form' }).click();
      },
      'test form': async () => {
        await openPath(page, '/ui/rules/tests');
        await page.getByRole('button', { name: 'New test' }).click();
      },
      'many tests': async () => {
        await openPath(page, '/ui/rules/tests');
        await page.getByRole('button', { name: 'Add many' }).click();
      },
    };
    for (const [name, show] of Object.entries(open)) {
      await show();
      await page.waitForTimeout(500);
      found.push(...(await violations(page, name)));
      await page.keyboard.press('Escape');
    }
    assert.deepEqual(found, []);
    await page.context().close();
  });
}

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
