/**
 * What strangers may call things, and what clients get wrong, in a real browser: hostile names are text
 * wherever they are shown, a wrong secret and an old page are told what to do, and two editors of one file
 * lose nothing.
 */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { ports, site4 } from '../lab/addresses.ts';
import { browserFor, openInterface } from './browser.ts';
import { everyPage, openPath, overflowOf, settled } from './every-page.ts';
import { RULES, startWorld } from './world.ts';

/** Each would change the page's title if it ever became more than text. */
const MARKUP = `<img src=x onerror="document.title='pwned'"><script>document.title='pwned'</script>`;
/** Turns what follows around, ends lines, rings the bell, moves the cursor. */
const HIDDEN = 'a\u202Egnp.exe\u2066\u200Fb';
const CONTROLS = 'bell\u0007esc\u001b[2Jend';
const LONG = 'x'.repeat(4000);
/** A name may have as many characters. */
const LONGEST_NAME = 128;

const world = await startWorld(RULES, ['find-process-mode: always']);
const browser = await browserFor(world);

const fileText = (): string => readFileSync(world.sluice.configPath, 'utf8');

/** The lab's configuration with names that nobody should have chosen. */
function hostileConfig(): string {
  const names = [MARKUP, HIDDEN, CONTROLS, LONG.slice(0, LONGEST_NAME)];
  const proxies = names.map(
    (name) => `  - {name: ${JSON.stringify(name)}, type: socks5, server: 192.0.2.254, port: 9}`,
  );
  const members = names.map((name) => JSON.stringify(name)).join(', ');
  const group = JSON.stringify(`group ${HIDDEN} ${MARKUP}`);
  const rules = [
    `DST-PORT,9,group ${HIDDEN} ${MARKUP}`,
    `PROCESS-PATH,/${LONG.slice(0, 3900)},DIRECT`,
    `DOMAIN,evil.test,${MARKUP}`,
  ];
  return fileText()
    .replace('proxies:\n', `proxies:\n${proxies.join('\n')}\n`)
    .replace(
      'rules:\n',
      `proxy-groups:\n  - {name: ${group}, type: select, proxies: [${members}]}\n` +
        `rule-providers:\n  ${JSON.stringify(`list ${MARKUP}`)}: {type: inline, behavior: domain, payload: [a.test]}\n` +
        `rules:\n${rules.map((rule) => `  - ${JSON.stringify(rule)}\n`).join('')}`,
    );
}

/** Everything that is in the page as text must be harmless, and nothing wider than the screen. */
async function assertHarmless(page: Page, where: string): Promise<void> {
  assert.notEqual(await page.title(), 'pwned', where);
  assert.equal(await page.locator('img[src=x]').count(), 0, where);
  const text = await page.locator('body').innerText();
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  const found = /[\u0000-\u0008\u000e-\u001f\u200e\u200f\u202a-\u202e\u2066-\u2069]/.exec(text);
  assert.equal(found, null, `${where}: ${JSON.stringify(text.slice(found?.index, 40))}`);
  assert.equal(await overflowOf(page), 0, where);
}

test('hostile names are shown as text on every page, wide and narrow', async () => {
  const before = fileText();
  await world.sluice.apply(hostileConfig());
  const { lab } = world;
  const program = path.join(lab.folder, `<img src=x onerror=alert(1)>${HIDDEN}`);
  copyFileSync('/bin/nc', program);
  const flows = [
    lab.spawn('home', program, [site4, String(ports.echo)], { keepInput: true }),
    lab.spawn('home', program, [site4, '9'], { keepInput: true }),
  ];
  const odd = '<img\\032src=x\\032onerror=alert\\0401\\041>\\226\\128\\174.site.test';
  await lab.exec('home', 'dig', ['+short', '+tries=1', '+time=2', odd]);
  const named = ['-servername', '<img src=x onerror=alert(1)>'];
  const sni = ['s_client', '-connect', `${site4}:443`, ...named];
  await lab.exec('home', 'openssl', sni, { timeout: 10_000 });

  const page = await openInterface(browser, await world.link());
  let dialogs = 0;
  page.on('dialog', (dialog) => {
    dialogs += 1;
    void dialog.dismiss();
  });
  const isHarmlessWideAndNarrow = async (where: string): Promise<void> => {
    await assertHarmless(page, `${where}, wide`);
    await page.setViewportSize({ width: 380, height: 760 });
    await settled(page);
    await assertHarmless(page, `${where}, narrow`);
    await page.setViewportSize({ width: 1280, height: 760 });
  };
  for (const path of await everyPage(page)) {
    await openPath(page, path);
    await isHarmlessWideAndNarrow(path);
  }
  await openPath(page, '/ui/connections');
  const row = page.getByRole('row').filter({ hasText: `${site4}:${ports.echo}` });
  await row.first().click();
  await page.getByText('onerror=alert(1)>a\\u{202e}gnp.exe').last().waitFor();
  await isHarmlessWideAndNarrow('the drawer');
  await page.getByRole('button', { name: 'Make a rule from this' }).click();
  await page.getByRole('region', { name: 'What it would change' }).getByRole('status').waitFor();
  await isHarmlessWideAndNarrow('making a rule');
  assert.equal(dialogs, 0);
  await page.context().close();
  for (const flow of flows) await flow.stop();
  await world.sluice.apply(before);
});

test('a wrong secret is said to be wrong, and guessing is slowed down', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(new URL('/ui/', await world.link()).href);
  const guess = async (text: string): Promise<void> => {
    await page.getByLabel('Secret', { exact: true }).fill(text);
    await page.getByRole('button', { name: 'Enter' }).click();
  };
  await guess('hunter2');
  await page.getByText('That is not the secret').waitFor();
  // How many are allowed depends on how slow the guesses are.
  const tooOften = page.getByText('The secret was wrong too often. Wait a few seconds');
  for (let n = 0; !(await tooOften.isVisible()); n += 1) await guess(`guess ${n}`);
  // Who has a link is not locked out by who guesses.
  const other = await openInterface(browser, await world.link());
  await other.getByRole('navigation').first().waitFor();
  await other.context().close();
  await context.close();
});

test('a page that is older than core says so, and is loaded again', async () => {
  const page = await openInterface(browser, await world.link());
  const status = { ...(await world.sluice.status()), version: '99.0.0' };
  await page.route('**/api/v1/status/watch*', (route) =>
    route.fulfill({ contentType: 'application/x-ndjson', body: `${JSON.stringify(status)}\n` }),
  );
  await page.goto(new URL('/ui/', page.url()).href);
  await page.getByText('This page belongs to another version of Sluice').waitFor();
  await page.unroute('**/api/v1/status/watch*');
  await page.getByRole('button', { name: 'Load the page again' }).click();
  await page.getByRole('switch', { name: 'Capture' }).waitFor();
  assert.equal(await page.getByText('This page belongs to another version').count(), 0);
  await page.context().close();
});

test('of two browsers that edit the same file, neither loses what it wrote', async () => {
  const pages: Page[] = [];
  for (let n = 0; n < 2; n += 1) pages.push(await openInterface(browser, await world.link()));
  const [one, other] = pages as [Page, Page];
  for (const page of pages) {
    await page.goto(new URL('/ui/rules', page.url()).href);
    await page.locator('.cm-line').filter({ hasText: 'MATCH,DIRECT' }).first().waitFor();
  }
  const type = async (page: Page, text: string): Promise<void> => {
    await page.locator('.cm-line').filter({ hasText: 'MATCH,DIRECT' }).first().click();
    await page.keyboard.press('End');
    await page.keyboard.insertText(text);
  };
  await type(one, ' # one');
  await type(other, ' # other');
  await one.keyboard.press('Control+s');
  await one.getByRole('main').getByRole('alert').filter({ hasText: 'In force' }).waitFor();
  const saved = fileText();
  assert.match(saved, /MATCH,DIRECT # one/);

  // Whether or not it has seen the change by now, saving is refused.
  await other.keyboard.press('Control+s');
  await other.getByText('The file was changed meanwhile').waitFor();
  assert.equal(fileText(), saved);
  await other.getByRole('button', { name: 'Load the newer text' }).click();
  await other.locator('.cm-line').filter({ hasText: '# one' }).first().waitFor();
  await other.getByRole('button', { name: 'Bring back the text' }).click();
  await other.locator('.cm-line').filter({ hasText: '# other' }).first().waitFor();
  for (const page of pages) await page.context().close();
});
