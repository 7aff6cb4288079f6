/** Every page of the interface and its views, for tests that hold on all of them. */
import type { Page } from 'playwright-core';

/** Views of a page that have an address. A page that is new is found by itself; its views are added here. */
const VIEWS: Readonly<Record<string, readonly string[]>> = {
  '/ui/rules': ['list', 'tests', 'lists', 'history'],
  '/ui/upstreams': ['new', 'edit?name=dante', 'import'],
  '/ui/dns': ['cache', 'fake-ip', 'tool'],
};

/** Pages that the menu leads to only where nothing is set up yet. */
const HIDDEN = ['/ui/first-run'];

/** Addresses from `/ui/` on: what the menu leads to, and the views. */
export async function everyPage(page: Page): Promise<string[]> {
  const links = page.getByRole('navigation').locator('a[href]');
  const paths: string[] = [];
  for (const link of await links.all()) paths.push((await link.getAttribute('href')) ?? '');
  return [...new Set([...paths, ...HIDDEN])].flatMap((path) => [
    path,
    ...(VIEWS[path] ?? []).map((view) => `${path}/${view}`),
  ]);
}

/** Opens a page by its address, and waits until it is drawn and told what it shows. */
export async function openPath(page: Page, path: string): Promise<void> {
  await page.goto(new URL(path, page.url()).href);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await settled(page);
}

/**
 * Waits until nothing says that it is loading, and nothing has come into the page for a moment. Numbers
 * that change, and an animation, may go on.
 */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    let timer;
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (document.querySelector('.mantine-Loader-root') !== null) return wait();
        observer.disconnect();
        resolve();
      }, 250);
    };
    const observer = new MutationObserver(wait);
    observer.observe(document.body, { childList: true, subtree: true });
    wait();
  })`);
}

/** By how many pixels the page is wider than the screen. */
export async function overflowOf(page: Page): Promise<number> {
  const wide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
  return Number(await page.evaluate(wide));
}
