/** The Connections page in a real browser: filters, links to them, and closing many. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import { ports } from '../lab/addresses.ts';
import type { Daemon } from '../lab/processes.ts';
import { browserFor, openInterface } from './browser.ts';
import { RULES, startWorld } from './world.ts';

const world = await startWorld(RULES, ['find-process-mode: always']);
const browser = await browserFor(world);
const page = await openInterface(browser, await world.link());

function talk(from: 'home' | 'guest', host: string): Daemon {
  return world.lab.spawn(from, 'nc', [host, String(ports.echo)], { keepInput: true });
}

const row = (name: string): Locator => page.getByRole('row', { name });

async function openPage(filter: string): Promise<void> {
  const url = new URL('/ui/connections', page.url());
  if (filter !== '') url.searchParams.set('filter', filter);
  await page.goto(url.href);
  await page.getByRole('grid', { name: 'Connections' }).waitFor();
}

test('a link has the filter in it, and chips take it away again', async () => {
  const flows = [talk('guest', 'www.site.test'), talk('home', 'shop.site.test')];
  await openPage('upstream:"dante"');
  await row('www.site.test').waitFor();
  assert.equal(await row('shop.site.test').count(), 0);
  await page.getByRole('button', { name: 'Remove the filter Upstream: dante' }).click();
  await row('shop.site.test').waitFor();
  assert.equal(new URL(page.url()).search, '');
  for (const flow of flows) await flow.stop();
});

test('what there is can be chosen by field, with how many there are of it; filters combine', async () => {
  const flows = [
    talk('guest', 'www.site.test'),
    talk('home', 'www.site.test'),
    talk('home', 'shop.site.test'),
  ];
  await openPage('');
  await row('shop.site.test').waitFor();
  const filters = page.getByRole('group', { name: 'Filter' });
  await filters.getByRole('button', { name: 'Zone' }).click();
  const zone = page.getByRole('group', { name: 'Zone' });
  await zone.getByRole('checkbox', { name: 'host' }).check();
  await page.keyboard.press('Escape');
  await filters.getByRole('button', { name: 'Rule' }).click();
  const rules = page.getByRole('group', { name: 'Rule' });
  await rules.getByRole('checkbox', { name: 'DOMAIN,shop.site.test,squid' }).waitFor();
  await rules.getByRole('checkbox', { name: 'DOMAIN-SUFFIX,site.test,dante' }).check();
  await page.keyboard.press('Escape');
  await row('shop.site.test').waitFor({ state: 'detached' });
  assert.equal(await row('www.site.test').count(), 1);
  // The address has it: the same list after a reload, and words beside it.
  await page.reload();
  await row('www.site.test').waitFor();
  assert.equal(await row('shop.site.test').count(), 0);
  await page.getByRole('textbox', { name: 'Filter' }).fill('nowhere');
  await page.getByText('Nothing matches the filter.').waitFor();
  for (const flow of flows) await flow.stop();
});

test('several are selected by keys and by the mouse, and closed at once', async () => {
  const hosts = ['www.site.test', 'shop.site.test', 'v4.site.test'];
  const flows = hosts.map((host) => talk('home', host));
  const grid = page.getByRole('grid', { name: 'Connections' });
  await openPage('process:nc');
  for (const host of hosts) await row(host).waitFor();
  await page.getByRole('columnheader').getByRole('button', { name: 'Destination' }).click();
  await grid.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Space');
  await page.getByText('1 selected').waitFor();
  await page.keyboard.press('Shift+ArrowDown');
  await page.getByText('2 selected').waitFor();
  await page.keyboard.press('Control+a');
  await page.getByText('3 selected').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('3 selected').waitFor({ state: 'detached' });

  await row('shop.site.test').click({ modifiers: ['Control'] });
  await row('www.site.test').click({ modifiers: ['Shift'] });
  await page.getByText('3 selected').waitFor();
  await page.getByRole('checkbox', { name: /^Select v4\.site\.test/ }).click();
  await page.getByText('2 selected').waitFor();
  await page.getByRole('button', { name: 'Close those selected' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('This ends 2 connections').waitFor();
  await dialog.getByRole('button', { name: 'Close those selected' }).click();
  await page.getByText('2 closed.').waitFor();
  await row('www.site.test').waitFor({ state: 'detached' });
  await row('v4.site.test').waitFor();
  assert.equal(flows[2]?.running, true);
  // The address has which list it is, too.
  await page.getByText(/^Closed \(\d+\)$/).click();
  await row('www.site.test').first().waitFor();
  await page.reload();
  await row('www.site.test').first().waitFor();
  assert.equal(await row('v4.site.test').count(), 0);
  for (const flow of flows) await flow.stop();
});

test('Delete closes the connection that the keys are at, once that was confirmed', async () => {
  const flow = talk('home', 'v4.site.test');
  await openPage('process:nc');
  await row('v4.site.test').waitFor();
  const grid = page.getByRole('grid', { name: 'Connections' });
  await grid.focus();
  await page.keyboard.press('Home');
  const current = await grid.getAttribute('aria-activedescendant');
  assert.match(await page.locator(`[id="${current}"]`).innerText(), /v4\.site\.test/);
  await page.keyboard.press('Delete');
  await page.getByText('This ends the connection to v4.site.test').waitFor();
  await page.getByRole('button', { name: 'Close this connection' }).click();
  await page.getByText('1 closed.').waitFor();
  await row('v4.site.test').waitFor({ state: 'detached' });
  await flow.stop();
});

test('the details say how fast bytes move, and how and when it ended', async () => {
  const url = `http://www.site.test:${ports.bytes}/1/900000000`;
  const flow = world.lab.spawn('home', 'curl', [
    '-sS',
    '--limit-rate',
    '300k',
    '-o',
    '/dev/null',
    url,
  ]);
  await openPage('process:curl');
  await row('www.site.test').click();
  const drawer = page.getByRole('dialog');
  await drawer.getByText(/^[0-9.]+ [KM]iB · [0-9.]+ [KM]iB\/s$/).waitFor();
  await drawer.getByRole('button', { name: 'Close this connection' }).click();
  await drawer
    .getByRole('listitem')
    .filter({ hasText: /closed\s*after [0-9.]+ m?s/ })
    .waitFor();
  await flow.stop();
  await page.goto(new URL('/ui/connections/999999999', page.url()).href);
  await drawer.getByText('Nothing is known of this connection').waitFor();
});

test('a narrow screen has columns of its own choice, and never none', async () => {
  const flow = talk('guest', 'www.site.test');
  await page.setViewportSize({ width: 380, height: 760 });
  await openPage('');
  await row('www.site.test').waitFor();
  const heads = page.getByRole('columnheader').getByRole('button');
  const menu = page.getByRole('button', { name: 'More' });
  const toggle = (name: string): Promise<void> =>
    page.getByRole('menuitemcheckbox', { name, exact: true }).click();
  assert.deepEqual(await heads.allInnerTexts(), ['Destination', 'Chain', 'Down']);
  await menu.click();
  for (const name of ['Zone', 'Destination', 'Chain', 'Down']) await toggle(name);
  const last = page.getByRole('menuitemcheckbox', { name: 'Zone', exact: true });
  assert.equal(await last.isDisabled(), true);
  await page.keyboard.press('Escape');
  assert.deepEqual(await heads.allInnerTexts(), ['Zone']);
  await row('container').waitFor();
  await page.setViewportSize({ width: 1280, height: 760 });
  await page.getByRole('columnheader', { name: 'Destination' }).waitFor();
  await flow.stop();
});

test('every column sorts, both ways', async () => {
  const flows = [talk('home', 'www.site.test'), talk('home', 'shop.site.test')];
  await openPage('process:nc');
  await row('shop.site.test').waitFor();
  await page.getByRole('button', { name: 'More' }).click();
  for (const name of ['Network', 'Up/s', 'Source', 'Address']) {
    await page.getByRole('menuitemcheckbox', { name, exact: true }).click();
  }
  await page.keyboard.press('Escape');
  const heads = page.getByRole('columnheader').getByRole('button');
  await page.getByRole('columnheader', { name: 'Up/s' }).waitFor();
  assert.equal(await heads.count(), 14);
  for (let n = 0; n < 14; n++) {
    const head = page
      .getByRole('columnheader')
      .filter({ has: page.getByRole('button') })
      .nth(n);
    await head.getByRole('button').click();
    const first = await head.getAttribute('aria-sort');
    await head.getByRole('button').click();
    const second = await head.getAttribute('aria-sort');
    assert.deepEqual(new Set([first, second]), new Set(['ascending', 'descending']));
  }
  await page.getByRole('columnheader').getByRole('button', { name: 'Destination' }).click();
  const order = await page.getByRole('row').allInnerTexts();
  const shop = order.findIndex((text) => text.includes('shop.site.test'));
  const www = order.findIndex((text) => text.includes('www.site.test'));
  assert.ok(shop > 0 && shop < www);
  for (const flow of flows) await flow.stop();
});
