/** What holds on every page: both languages, and no page wider than a telephone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { LOG_LEVELS } from '../../core/api/logs.ts';
import { en } from '../../renderer/i18n/en.ts';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { openBrowser, openInterface } from './browser.ts';
import { everyPage, openPath } from './every-page.ts';
import { startWorld } from './world.ts';
import type { InterfaceWorld } from './world.ts';

let world: InterfaceWorld;
let browser: Browser;

before(async () => {
  world = await startWorld();
  browser = await openBrowser(world.lab.place('home'), world.lab.folder);
  await world.browse();
});

after(async () => {
  await browser?.close();
  world?.lab.stop();
});

/** Texts of the English catalogue that are others in Chinese, and long enough to be told from names. */
const ENGLISH: ReadonlySet<string> = new Set(
  Object.entries(en).flatMap(([key, text]) => {
    const isOwn = text !== Reflect.get(zhCn, key) && text.length > 3;
    return isOwn && !text.includes('{') ? [text] : [];
  }),
);

/** Names, and values as the file has them. */
const NAMES: ReadonlySet<string> = new Set(['Sluice', 'Direct', ...LOG_LEVELS]);

/** What a page shows and says to those who do not see it, a text each. */
async function textsOf(page: Page): Promise<string[]> {
  return (await page.evaluate(`(() => {
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    // What files, keys and programs say is the same in every language.
    const isQuoted = (node) => node.parentElement.closest('.cm-editor, .mono, code, kbd, pre');
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (isQuoted(node) === null) texts.push(node.textContent.trim());
    }
    for (const one of document.querySelectorAll('[aria-label], [placeholder], [title]')) {
      texts.push(...['aria-label', 'placeholder', 'title'].map((name) => one.getAttribute(name) ?? ''));
    }
    return texts.filter((text) => text !== '');
  })()`)) as string[];
}

test('in Chinese no page has a text of the English catalogue, or a key in place of a text', async () => {
  const page = await openInterface(browser, await world.link(), { locale: 'zh-CN' });
  const found: string[] = [];
  for (const path of await everyPage(page)) {
    await openPath(page, path);
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
    const texts = await textsOf(page);
    assert.ok(
      texts.some((text) => /\p{Script=Han}/u.test(text)),
      path,
    );
    for (const text of new Set(texts)) {
      const isKey = Object.hasOwn(en, text) || /\{\w+\}/.test(text);
      if ((ENGLISH.has(text) && !NAMES.has(text)) || isKey) found.push(`${path}: ${text}`);
    }
  }
  assert.deepEqual(found, []);
  await page.context().close();
});

test('in English no page has a Chinese text, but for the name of the language', async () => {
  const page = await openInterface(browser, await world.link());
  const found: string[] = [];
  for (const path of await everyPage(page)) {
    await openPath(page, path);
    const own = (await textsOf(page)).filter((text) => /\p{Script=Han}/u.test(text));
    found.push(...own.filter((text) => text !== '简体中文').map((text) => `${path}: ${text}`));
  }
  assert.deepEqual(found, []);
  await page.context().close();
});

for (const locale of ['en-GB', 'zh-CN'] as const) {
  test(`no page is wider than a screen of 380 pixels: ${locale}`, async () => {
    const look = { width: 380, height: 700, locale };
    const page = await openInterface(browser, await world.link(), look);
    const found: string[] = [];
    for (const path of await everyPage(page)) {
      await openPath(page, path);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      if (Number(width) > 380) found.push(`${path}: ${String(width)} pixels`);
    }
    assert.deepEqual(found, []);
    await page.context().close();
  });
}
