/**
 * What holds on every page, in both languages and schemes, wide and narrow: axe finds nothing, its texts are
 * of its language, and it is no wider than the screen.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { LOG_LEVELS } from '../../core/api/logs.ts';
import { en } from '../../renderer/i18n/en.ts';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { violations } from './axe.ts';
import { browserFor, openInterface } from './browser.ts';
import { everyPage, openPath, overflowOf, settled } from './every-page.ts';
import { startUpstreams } from './upstream-groups.ts';

/** Each pair of two properties is in one of them; a page is opened once for the two of a language. */
const LOOKS = {
  'en-GB': [
    { colorScheme: 'light', width: 1280 },
    { colorScheme: 'dark', width: 380 },
  ],
  'zh-CN': [
    { colorScheme: 'dark', width: 1280 },
    { colorScheme: 'light', width: 380 },
  ],
} as const;
type Locale = keyof typeof LOOKS;

const world = await startUpstreams(3, ['find-process-mode: always']);
const browser = await browserFor(world);
await world.browse();

/** Texts of the English catalogue that are others in Chinese, and long enough to be told from names. */
const ENGLISH: ReadonlySet<string> = new Set(
  Object.entries(en).flatMap(([key, text]) => {
    const isOwn = text !== Reflect.get(zhCn, key) && text.length > 3;
    return isOwn && !text.includes('{') ? [text] : [];
  }),
);

/** Names, and values as the file has them. */
const NAMES: ReadonlySet<string> = new Set(['Sluice', 'Direct', 'Spread', ...LOG_LEVELS]);

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

/** Texts of the other language, but for names, and keys in place of texts. */
function foreign(texts: readonly string[], locale: Locale): string[] {
  return [...new Set(texts)].filter((text) => {
    if (Object.hasOwn(en, text) || /\{\w+\}/.test(text)) return true;
    return locale === 'zh-CN'
      ? ENGLISH.has(text) && !NAMES.has(text)
      : /\p{Script=Han}/u.test(text) && text !== '简体中文';
  });
}

for (const locale of ['en-GB', 'zh-CN'] as const) {
  test(`every page is accessible, in its language, and fits the screen: ${locale}`, async () => {
    const page = await openInterface(browser, await world.link(), { locale });
    const found: string[] = [];
    for (const path of await everyPage(page)) {
      for (const [n, { colorScheme, width }] of LOOKS[locale].entries()) {
        // Nothing is measured half faded in.
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: 760 });
        await (n === 0 ? openPath(page, path) : settled(page));
        const where = `${path} (${colorScheme}, ${width})`;
        const headings = await page.getByRole('heading', { level: 1 }).count();
        if (headings !== 1) found.push(`${where}: ${headings} headings of the first level`);
        if ((await overflowOf(page)) > 0) found.push(`${where}: too wide`);
        found.push(...foreign(await textsOf(page), locale).map((text) => `${where}: ${text}`));
        found.push(...(await violations(page, where)));
        assert.equal(await page.locator('html').getAttribute('lang'), locale.replace(/-GB$/, ''));
        const scheme = await page.locator('html').getAttribute('data-mantine-color-scheme');
        assert.equal(scheme, colorScheme);
      }
    }
    assert.deepEqual(found, []);
    await page.context().close();
  });
}
