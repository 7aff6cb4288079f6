/** Home and the network page in a real browser, against a Sluice with guests, a bridge and proxies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guestLink, ports, uplink } from '../lab/addresses.ts';
import { browserFor, openInterface } from './browser.ts';
import { RULES, startWorld } from './world.ts';

const world = await startWorld(RULES, ['find-process-mode: always']);
// The browser has traffic of its own, now and then.
await world.sluice.cli('tun', 'off');
const browser = await browserFor(world);
const page = await openInterface(browser, await world.link());

async function open(name: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
}

async function fetchBytes(from: 'home' | 'guest', host: string, bytes: number): Promise<void> {
  const url = `http://${host}:${ports.bytes}/1/${bytes}`;
  // A program that is gone at once may be missed.
  const slowly = ['--limit-rate', '4M', '--max-time', '30'];
  await world.lab.output(from, 'curl', ['-sS', ...slowly, '-o', '/dev/null', url]);
}

const isCaptured = async (): Promise<boolean> =>
  (await world.lab.output('home', 'ip', ['rule'])).includes('lookup 2022');

test('before anything is captured, the totals say so', async () => {
  await page.getByText('No traffic yet. Open a web page').waitFor();
});

test('a key switches capture on and off, and the switch says what that means', async () => {
  const main = page.getByRole('main');
  const power = main.getByRole('switch', { name: 'Capture' });
  await main.getByText('Nothing is captured.').waitFor();
  await page.keyboard.press('Control+.');
  await main.getByText('This machine goes through Sluice.').waitFor();
  assert.equal(await isCaptured(), true);
  await page.keyboard.press('Control+.');
  await main.getByText('Nothing is captured.').waitFor();
  await main.getByText('Traffic passes by as if Sluice did not run.').waitFor();
  assert.equal(await power.getAttribute('aria-checked'), 'false');
  assert.equal(await isCaptured(), false);
  await page.keyboard.press('Control+.');
  await main.getByText('This machine goes through Sluice.').waitFor();
  assert.equal(await power.getAttribute('aria-checked'), 'true');
  assert.equal(await isCaptured(), true);
});

test('without an uplink the switch says that there is no way out, until there is one', async () => {
  const way = ['default', 'via'];
  await world.lab.output('home', 'ip', ['route', 'del', 'default']);
  await world.lab.output('home', 'ip', ['-6', 'route', 'del', 'default']);
  const main = page.getByRole('main');
  await main.getByRole('heading', { name: 'No way out' }).waitFor();
  await main.getByText('check the cable').waitFor();
  await world.lab.output('home', 'ip', ['route', 'add', ...way, uplink.net4]);
  await world.lab.output('home', 'ip', ['-6', 'route', 'add', ...way, uplink.net6]);
  await main.getByText('This machine goes through Sluice.').waitFor();
});

test('the upstream in use follows the mode and a choice, and is tested', async () => {
  const card = page.locator('[data-card="way-out"]');
  await card.getByText('DIRECT', { exact: true }).waitFor();
  await page.getByRole('radiogroup', { name: 'Mode' }).getByText('Global').click();
  await world.sluice.cli('select', 'GLOBAL', 'dante');
  const way = card.getByRole('group', { name: 'The way of such traffic' });
  await way.getByText('dante').waitFor();
  assert.match(await way.innerText(), /GLOBAL\s+dante/);
  // Nobody answers for the URL of tests in the lab, and that is said.
  await card.getByRole('button', { name: 'Test' }).click();
  await card.getByText('does not answer').waitFor({ timeout: 30_000 });
  await card.getByRole('alert').waitFor();
  await page.getByRole('radiogroup', { name: 'Mode' }).getByText('Rule').click();
  await card.getByText('DIRECT', { exact: true }).waitFor();
});

test('totals by upstream, zone and program tell what really moved, and lead to the connections', async () => {
  await fetchBytes('home', 'www.site.test', 3 * 1024 * 1024);
  await fetchBytes('guest', 'shop.site.test', 2 * 1024 * 1024);
  const row = (table: string, name: string) =>
    page.getByRole('table', { name: table }).getByRole('row', { name });
  await row('Upstream', 'squid').getByText('2.00 MiB').waitFor();
  await row('Upstream', 'dante').getByText('3.00 MiB').waitFor();
  await page.getByRole('tab', { name: 'Zone' }).click();
  await row('Zone', 'container').getByText('2.00 MiB').waitFor();
  await page.getByRole('tab', { name: 'Program' }).click();
  await row('Program', 'curl').getByText('3.00 MiB').waitFor();
  await row('Program', 'Guests').getByText('2.00 MiB').waitFor();
  await page.getByRole('tab', { name: 'Upstream' }).click();
  await row('Upstream', 'squid').getByRole('link').click();
  await page.getByRole('row', { name: `shop.site.test:${ports.bytes}` }).waitFor();
  assert.equal(await page.getByRole('row', { name: 'www.site.test' }).count(), 0);
  await open('Home');
});

test('the chart begins before the page was opened', async () => {
  const fresh = await openInterface(browser, await world.link());
  // Another page first: the answer to what the first look at Home has asked is not the one.
  await fresh.goto(new URL('/ui/logs', fresh.url()).href);
  const answer = fresh.waitForResponse((response) => response.url().includes('span=minutes'));
  await fresh.goto(new URL('/ui/', fresh.url()).href);
  const { down } = (await (await answer).json()) as { down: number[] };
  assert.ok(down.some((rate) => rate > 100_000));
  for (const span of ['since start', '1 h']) {
    await fresh.getByText(span, { exact: true }).click();
    await fresh.getByRole('radio', { name: span, checked: true }).waitFor({ state: 'attached' });
  }
  await fresh.locator('canvas').waitFor();
  await fresh.context().close();
});

test('the picture has who sends, Sluice, and the ways out, and leads to their connections', async () => {
  const held = world.lab.spawn('guest', 'nc', ['www.site.test', String(ports.echo)], {
    keepInput: true,
  });
  await open('Network');
  const sources = page.getByRole('list', { name: 'Where traffic comes from' });
  const ways = page.getByRole('list', { name: 'Where it leaves' });
  await sources.getByRole('link', { name: /This machine/ }).waitFor();
  const guest = sources.getByRole('link', { name: new RegExp(guestLink.device) });
  await guest.getByText('1 open').waitFor();
  await ways.getByRole('link', { name: /dante/ }).getByText('1 open').waitFor();
  await ways.getByRole('link', { name: /squid/ }).waitFor();
  const exits = page.getByRole('list', { name: 'Uplink' });
  assert.match(await exits.innerText(), new RegExp(`${uplink.device}[^]*${uplink.home4}`));
  const middle = page.getByRole('region', { name: 'Sluice in the middle' });
  assert.match(await middle.innerText(), /sluice0 · MTU 1500[^]*198\.18\.0\.1\s/);
  // One line for each source and way out, and from each proxy to the uplink.
  const lines = page.locator('main svg path[stroke]');
  assert.ok((await lines.count()) >= 6, `${await lines.count()} lines`);
  await guest.click();
  await page.getByRole('row', { name: `www.site.test:${ports.echo}` }).waitFor();
  await held.stop('SIGTERM', 5_000);
  await open('Network');
});

test('guests, interfaces and changes are those of the machine', async () => {
  await page.getByRole('row', { name: /docker0 .*container/ }).waitFor({ state: 'detached' });
  await world.lab.output('home', 'ip', ['link', 'add', 'docker0', 'type', 'bridge']);
  await world.lab.output('home', 'ip', ['addr', 'add', '172.17.0.1/16', 'dev', 'docker0']);
  await page.getByRole('row', { name: /docker0 .*172\.17\.0\.1\/16/ }).waitFor();
  await page
    .getByRole('list', { name: 'Where traffic comes from' })
    .getByRole('link', { name: /docker0/ })
    .waitFor();
  await page.getByRole('row', { name: new RegExp(`${guestLink.guest6}.*guest0.*yes`) }).waitFor();
  await page.getByText('Routing table 2022 leads everything').waitFor();
  await page.getByText('Everything without a more specific route goes into sluice0.').waitFor();
});

test('where no upstream is set up, a hint leads to setting one up', async () => {
  await world.sluice.apply('tun: {enable: true}\nrules: ["MATCH,DIRECT"]\n');
  await open('Home');
  // The first steps come by themselves, until somebody does not want them.
  await page.getByText('Not now').click();
  await page.getByRole('main').getByText('No upstream is set up yet').waitFor();
  await page.getByRole('link', { name: 'Set one up' }).click();
  await page.waitForURL('**/ui/first-run');
});

test('a device that is lost is told, with what to do, and both pages go on', async () => {
  await open('Home');
  await world.lab.output('home', 'ip', ['link', 'del', 'sluice0']);
  const main = page.getByRole('main');
  await main.getByRole('heading', { name: 'Sluice had to stop.' }).waitFor();
  await main.getByText('Everything that it had changed was put back').waitFor();
  assert.equal(await main.getByRole('switch', { name: 'Capture' }).isDisabled(), true);
  assert.equal(await isCaptured(), false);
  await open('Network');
  await page.getByText('Sluice leads nothing into its tunnel at the moment.').waitFor();
  await page.getByRole('region', { name: 'Sluice in the middle' }).getByText('no tunnel').waitFor();
  await page
    .getByRole('row', { name: /guest0.*not at the moment/ })
    .first()
    .waitFor();
});
