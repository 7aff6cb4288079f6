/**
 * `npm run screenshots [-- FOLDER] [PAGE...]`: a picture of every page, light and dark, wide and
 * narrow, in both languages, of a Sluice that is at work in the lab.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { cacheDir, script } from '../../build/process.ts';
import { ports } from '../lab/addresses.ts';
import { openBrowser, openInterface } from './browser.ts';
import type { Look } from './browser.ts';
import { startUpstreams } from './upstream-groups.ts';
import type { InterfaceWorld } from './world.ts';

const PAGES = [
  ...['home', 'connections', 'connections/1', 'rules', 'rules/list', 'rules/tests'],
  ...['upstreams', 'upstreams/edit?name=dante', 'upstreams/import', 'first-run'],
  ...['dns', 'dns/cache', 'dns/fake-ip', 'network', 'network#self-test', 'logs'],
  ...['settings', 'settings/dns'],
];

const LOOKS: Readonly<Record<string, Look>> = {
  light: {},
  dark: { colorScheme: 'dark' },
  narrow: { width: 380, height: 760 },
  chinese: { locale: 'zh-CN' },
};

/** Charts need a few samples to be worth looking at. */
const SETTLE_MS = 2500;

await script(async () => {
  const [folder = path.join(cacheDir, 'screenshots'), ...wanted] = process.argv.slice(2);
  mkdirSync(folder, { recursive: true });
  const world = await startUpstreams(4);
  const browser = await openBrowser(world.lab.place('home'), world.lab.folder);
  try {
    await world.browse();
    await world.sluice.cli('doctor');
    keepBusy(world);
    const pages = wanted.length === 0 ? PAGES : wanted;
    for (const [name, look] of Object.entries(LOOKS))
      await takeAll(browser, world, folder, name, look, pages);
  } finally {
    await browser.close();
    world.lab.stop();
  }
  console.log(`Wrote them to ${folder}`);
});

/** Downloads that go on while the pictures are taken, at the pace of somebody who watches a film. */
function keepBusy({ lab }: InterfaceWorld): void {
  for (const [from, host, rate] of [
    ['home', 'www.site.test', '2500k'],
    ['guest', 'v4.site.test', '900k'],
    ['guest', 'shop.site.test', '60k'],
  ] as const) {
    const url = `http://${host}:${ports.bytes}/1/900000000`;
    lab.spawn(from, 'curl', ['-sS', '--limit-rate', rate, '-o', '/dev/null', url]);
  }
}

async function takeAll(
  browser: Browser,
  world: InterfaceWorld,
  folder: string,
  name: string,
  look: Look,
  pages: readonly string[],
): Promise<void> {
  const page = await openInterface(browser, await world.link(), look);
  for (const one of pages) {
    await page.goto(new URL(one === 'home' ? './' : one, `${new URL(page.url()).origin}/ui/`).href);
    await page.waitForTimeout(SETTLE_MS);
    await page.screenshot({ path: path.join(folder, `${one.replaceAll(/\W/g, '-')}-${name}.png`) });
  }
  await page.context().close();
}
