/**
 * Debian's Chromium inside a namespace of the lab, driven by Playwright over a pipe, so that
 * only the browser itself is in there. Whoever opens one closes it.
 */
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { ensurePackages } from '../../build/debian.ts';
import { ensureRenderer } from '../../build/renderer.ts';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Lab } from '../lab/lab.ts';
import { prefixFor } from '../lab/processes.ts';
import type { Place } from '../lab/processes.ts';

/** Background traffic of the browser's own would show among the connections. */
const ARGS = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-gpu',
];

/** Makes sure that there is a browser, and an interface for it. */
export async function ensureBrowser(): Promise<void> {
  await ensureRenderer();
  // Chromium draws Chinese with whatever font there is.
  await ensurePackages(['chromium', 'fonts-wqy-microhei'], 'the interface');
}

export async function openBrowser(place: Place, folder: string): Promise<Browser> {
  const launcher = join(mkdtempSync(join(folder, 'browser-')), 'chromium');
  const prefix = prefixFor(place)
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
    .join(' ');
  writeFileSync(launcher, `#!/bin/sh\nexec ${prefix} chromium "$@"\n`);
  chmodSync(launcher, 0o755);
  return chromium.launch({ executablePath: launcher, args: ARGS, chromiumSandbox: false });
}

/** A browser for the tests of a file. The world goes with it when they are over. */
export async function browserFor({ lab }: { readonly lab: Lab }): Promise<Browser> {
  const browser = await openBrowser(lab.place('home'), lab.folder);
  after(async () => {
    await browser.close();
    lab.stop();
  });
  return browser;
}

export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly locale?: 'en-GB' | 'zh-CN';
}

/** A page of a user who has opened the interface by `link`; the path is below `/ui`. */
export async function openInterface(
  browser: Browser,
  link: string,
  { width = 1280, height = 800, colorScheme = 'light', locale = 'en-GB' }: Look = {},
): Promise<Page> {
  const options: BrowserContextOptions = { viewport: { width, height }, colorScheme, locale };
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(link);
  await page.getByRole('navigation').or(page.getByRole('banner')).first().waitFor();
  return page;
}
