/** What DNS remembers, in a real browser, against a Sluice that is at work in the lab. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ports } from '../lab/addresses.ts';
import { browserFor, openInterface } from './browser.ts';
import { startWorld } from './world.ts';

const world = await startWorld();
const browser = await browserFor(world);
const page = await openInterface(browser, await world.link());

const openPage = (path: string): Promise<unknown> =>
  page.goto(new URL(`/ui/${path}`, page.url()).href);

/** What a program gets for a name. */
async function lookUp(name: string): Promise<string> {
  return (await world.lab.output('home', 'dig', ['+short', name])).trim();
}

test('a query says who answered it and why, opened by keyboard', async () => {
  const address = await lookUp('why.site.test');
  await openPage('dns');
  await page.getByRole('textbox', { name: 'Filter' }).fill('why.site.test');
  await page
    .getByRole('row', { name: /why\.site\.test/ })
    .first()
    .waitFor();
  await page.getByRole('grid', { name: 'Queries' }).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'why.site.test A' });
  await drawer.getByText('an address of our own').waitFor();
  await drawer.getByText(`A ${address}`).waitFor();
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
});

test('the table of fake addresses leads from a name to its address and back, and forgets one name', async () => {
  const address = await lookUp('forgettable.site.test');
  await lookUp('kept.site.test');
  await openPage('dns/fake-ip');
  const filter = page.getByRole('textbox', { name: 'Filter' });
  await filter.fill(address);
  const row = page.getByRole('row', { name: 'forgettable.site.test' });
  await row.waitFor();
  await page.getByRole('row', { name: 'kept.site.test' }).waitFor({ state: 'detached' });
  await filter.fill('site.test');
  await page.getByRole('row', { name: 'kept.site.test' }).waitFor();

  await page.getByRole('button', { name: 'Forget forgettable.site.test' }).click();
  await row.waitFor({ state: 'detached' });
  const { stdout } = await world.sluice.cli('dns', 'query', address);
  assert.match(stdout, /NXDOMAIN/);
  await page.getByRole('row', { name: 'kept.site.test' }).waitFor();
});

test('the address of a live connection is not taken away, and the page says why', async () => {
  world.lab.spawn('home', 'nc', ['www.site.test', String(ports.echo)], { keepInput: true });
  await openPage('dns/fake-ip');
  await page.getByRole('textbox', { name: 'Filter' }).fill('www.site.test');
  const row = page.getByRole('row', { name: 'www.site.test' });
  await row.waitFor();
  await page.getByRole('button', { name: 'Forget www.site.test' }).click();
  await page.getByText('Connections use the address of www.site.test').waitFor();
  await row.waitFor();
});

test('the cache says who answered, forgets one answer by keyboard, and all after asking', async () => {
  for (const name of ['v4.site.test', 'www.site.test']) {
    await world.sluice.cli('dns', 'query', name, '--real');
  }
  await openPage('dns/cache');
  const row = page.getByRole('row', { name: 'v4.site.test' });
  await row.waitFor();
  assert.match(await row.innerText(), /A 198\.51\.100\.13/);
  await page.getByRole('textbox', { name: 'Filter' }).fill('v4.site');
  await page.getByRole('row', { name: 'www.site.test' }).waitFor({ state: 'detached' });
  await page.getByRole('grid', { name: 'Cache' }).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Delete');
  await page.getByText('Nothing matches the filter.').waitFor();

  await page.getByRole('textbox', { name: 'Filter' }).fill('');
  await page.getByRole('row', { name: 'www.site.test' }).waitFor();
  await page.getByRole('button', { name: 'Forget cached answers' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
  await page.getByText('No answers are kept yet.').waitFor();
});
