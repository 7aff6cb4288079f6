import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ports, site4, uplink } from '../lab/addresses.ts';
import { browserFor, openInterface } from './browser.ts';
import { overflowOf } from './every-page.ts';
import { startWorld } from './world.ts';

const world = await startWorld();
const browser = await browserFor(world);
const page = await openInterface(browser, await world.link());

async function open(name: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
}

/** What is typed before the palette has the focus is the page's. */
async function openPalette(): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').locator('input:focus').waitFor();
}

test('a link opens the interface once, and a second browser is told how to get its own', async () => {
  const link = await world.link();
  const first = await openInterface(browser, link);
  await first.getByText('This machine goes through Sluice.').waitFor();
  // Neither the address nor the history keeps the code.
  assert.doesNotMatch(first.url(), /code=/);
  await first.context().close();
  const context = await browser.newContext();
  const second = await context.newPage();
  await second.goto(link);
  await second.getByText('This link was used already or is too old').waitFor();
  assert.equal(await second.getByText('This machine goes through Sluice.').count(), 0);
  await context.close();
});

test('a page whose session is over asks once, locks nobody out, and goes on when another tab has a new one', async () => {
  const fresh = await world.link();
  const context = await browser.newContext();
  const stale = await context.newPage();
  let asked = 0;
  stale.on('request', (request) => (asked += request.url().includes('/api/v1/') ? 1 : 0));
  await stale.goto(new URL('/ui/', fresh).href);
  await stale.evaluate("localStorage.setItem('sluice.token', 'of.yesterday')");
  await stale.reload();
  await stale.getByText('This page needs a link').waitFor();
  const before = asked;
  // As long as a page that kept asking would have asked three times.
  await stale.waitForTimeout(3500);
  assert.equal(asked, before);
  const other = await context.newPage();
  await other.goto(fresh);
  await stale.getByText('This machine goes through Sluice.').waitFor();
  await context.close();
});

test('a connection shows while it lives, with its rule, and can be closed', async () => {
  const client = world.lab.spawn('guest', 'nc', ['www.site.test', String(ports.echo)], {
    keepInput: true,
  });
  await open('Connections');
  const row = page.getByRole('row', { name: `www.site.test:${ports.echo}` });
  await row.waitFor();
  assert.match(await row.innerText(), /DOMAIN-SUFFIX,site\.test,dante/);
  await page.getByRole('textbox', { name: 'Filter' }).fill('rule:squid');
  await page.getByText('Nothing matches the filter.').waitFor();
  await page.getByRole('textbox', { name: 'Filter' }).fill('www.site.test upstream:dante');
  await row.click();
  await page.getByRole('button', { name: 'Explain' }).click();
  await page.getByText('Why it goes there').waitFor();
  await page.getByRole('button', { name: 'Close this connection' }).click();
  await client.exited;
  await page.keyboard.press('Escape');
});

test('what programs ask the DNS shows, and one can ask oneself', async () => {
  await world.lab.exec('home', 'dig', ['+short', 'asked.site.test']);
  await open('DNS');
  await page
    .getByRole('row', { name: /asked\.site\.test/ })
    .first()
    .waitFor();
  await page.getByText('Ask', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('v4.site.test');
  await page.getByRole('switch', { name: 'True answer' }).check();
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.getByText('198.51.100.13').waitFor();
});

test('the log says what Sluice did', async () => {
  await open('Logs');
  await page.getByText('Own traffic leaves through eth0.').first().waitFor();
});

test('the command palette leads everywhere by keyboard, and changes the language', async () => {
  await openPalette();
  await page.keyboard.type('简体中文');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: '连接' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await openPalette();
  await page.keyboard.type('English');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Connections' }).waitFor();
});

test('the palette opens from a field, too, leads to the views of a page, and switches the mode', async () => {
  await open('Logs');
  await page.getByRole('textbox', { name: 'Filter' }).focus();
  await openPalette();
  await page.keyboard.type('fake');
  await page.keyboard.press('Enter');
  await page.getByRole('grid', { name: 'Fake addresses' }).waitFor();
  assert.equal(await page.title(), 'DNS · Sluice');
  for (const mode of ['Direct', 'Rule'] as const) {
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await openPalette();
    await page.keyboard.type(`Mode: ${mode}`);
    await page.keyboard.press('Enter');
    const isMode = async (): Promise<boolean> =>
      (await world.sluice.status()).mode === mode.toLowerCase();
    await world.sluice.daemon.until('switch', isMode);
  }
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('the switch lets the traffic go, and takes it back; the mode is switched', async () => {
  await open('Home');
  const isCaptured = async (): Promise<boolean> =>
    (await world.lab.output('home', 'ip', ['rule'])).includes('lookup 2022');
  assert.equal(await isCaptured(), true);
  await page.getByRole('switch', { name: 'Capture' }).click();
  await page.getByText('Nothing is captured.').waitFor();
  assert.equal(await isCaptured(), false);
  await page.getByRole('switch', { name: 'Capture' }).click();
  await page.getByText('This machine goes through Sluice.').waitFor();
  assert.equal(await isCaptured(), true);
  await page.getByRole('radiogroup', { name: 'Mode' }).getByText('Direct').click();
  const url = `http://${site4}/`;
  await world.sluice.daemon.until(
    'switch',
    async () => (await world.sluice.status()).mode === 'direct',
  );
  const asked = await world.lab.output('home', 'curl', ['-sS', '--max-time', '10', url]);
  assert.match(asked, new RegExp(uplink.home4.replaceAll('.', '\\.')));
  await page.getByRole('radiogroup', { name: 'Mode' }).getByText('Rule').click();
});

test('without core the page says so, and goes on when it is back', async () => {
  await open('Home');
  const old = world.sluice.daemon;
  process.kill(old.pid, 'SIGKILL');
  await page.getByText('Sluice does not answer').waitFor();
  await old.exited;
  // A page that nobody has opened yet cannot be loaded: one stays where one is, and is told.
  await open('Upstreams');
  await page.getByText('Sluice does not answer.', { exact: true }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/ui/');
  const again = world.sluice.startAnother();
  await page
    .getByText('Sluice does not answer', { exact: true })
    .waitFor({ state: 'detached', timeout: 30_000 });
  await page.getByText('This machine goes through Sluice.').waitFor();
  await open('Upstreams');
  await page.getByRole('region', { name: 'squid', exact: true }).waitFor();
  await again.stop('SIGINT', 10_000);
});

test('on a narrow screen the pages are behind a menu', async () => {
  const again = world.sluice.startAnother();
  await again.until('run', async () => (await world.sluice.cli('status')).status === 0, 20_000);
  const narrow = await openInterface(browser, await world.link(), { width: 380, height: 700 });
  await narrow.getByText('This machine goes through Sluice.').waitFor();
  const connections = narrow.getByRole('link', { name: 'Connections' });
  // What is out of sight is no stop of the Tab key either.
  assert.equal(await connections.count(), 0, 'the menu is open already');
  const menu = narrow.getByRole('button', { name: 'Menu' });
  await menu.click();
  await connections.focus();
  await narrow.keyboard.press('Escape');
  await menu.and(narrow.locator(':focus')).waitFor();
  await connections.waitFor({ state: 'hidden' });
  await menu.click();
  await connections.click();
  await narrow.getByRole('grid', { name: 'Connections' }).waitFor();
  assert.equal(await overflowOf(narrow), 0);
  await narrow.context().close();
  await again.stop('SIGINT', 10_000);
});
