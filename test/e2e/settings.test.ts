/** The Settings page in a real browser, against a Sluice that is at work in the lab. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { browserFor, openInterface } from './browser.ts';
import { overflowOf } from './every-page.ts';
import { startWorld } from './world.ts';

const EXTRA = ['log-level: debug # for the test', 'dns:', '  # by name', '  fake-ip-ttl: 3'];

const world = await startWorld(['MATCH,DIRECT'], EXTRA);
const browser = await browserFor(world);
const page = await openInterface(browser, await world.link());

beforeEach(() => openSettings(page));

function fileText(): string {
  return readFileSync(world.sluice.configPath, 'utf8');
}

async function openSettings(of: Page, anchor = ''): Promise<void> {
  await of.goto(new URL(`/ui/settings${anchor}`, of.url()).href);
  await row('mode', of).waitFor();
}

function row(path: string, of = page): Locator {
  return of.locator(`[data-path="${path}"]`);
}

/** Types into the field of a setting and saves with the Enter key. */
async function set(path: string, text: string, of = page): Promise<void> {
  const field = row(path, of).getByRole('textbox');
  await field.fill(text);
  await field.press('Enter');
}

const notice = (of: Page, text: RegExp): Locator =>
  of.getByRole('alert').filter({ hasText: text }).last();

async function addressesOf(name: string): Promise<string> {
  const { stdout } = await world.lab.exec('home', 'dig', ['+short', '+tries=1', 'AAAA', name]);
  return stdout.trim();
}

test('a setting is found by its YAML name, by a word, and in the other language', async () => {
  const search = page.getByRole('searchbox');
  for (const [typed, path] of [
    ['fake-ip-ttl', 'dns.fake-ip-ttl'],
    ['full cone', 'tun.endpoint-independent-nat'],
    ['全锥形', 'tun.endpoint-independent-nat'],
  ] as const) {
    await search.fill(typed);
    await row('mode').waitFor({ state: 'hidden' });
    await row(path).waitFor();
    assert.equal(await page.locator('[data-path]:visible').count(), 1, typed);
  }
  await search.fill('no such thing');
  await page.getByText('No setting matches.').waitFor();
  await search.fill('');
  await row('mode').waitFor();
});

test('what is not in the file is there, too: colours, language and what Sluice this is', async () => {
  const own = page.getByRole('region', { name: 'This browser' });
  const scheme = page.locator('html[data-mantine-color-scheme=dark]');
  await own.getByRole('radiogroup', { name: 'Colours' }).getByText('Dark').click();
  await scheme.waitFor();
  await own.getByRole('radiogroup', { name: 'Colours' }).getByText('As the system').click();
  await scheme.waitFor({ state: 'detached' });
  const { version } = await world.sluice.status();
  const about = page.getByRole('region', { name: 'About' });
  await about.getByText(`Sluice ${version}`).waitFor();
  await page.getByRole('searchbox').fill('version');
  await own.waitFor({ state: 'hidden' });
  await about.waitFor();
});

test('what is switched is different at once; the notice says what, and undoes it', async () => {
  const before = fileText();
  assert.notEqual(await addressesOf('www.site.test'), '');
  await row('dns.ipv6').getByRole('switch').click({ force: true });
  const told = notice(page, /IPv6 addresses of names: on → off/);
  await told.waitFor();
  assert.equal(fileText(), before.replace('fake-ip-ttl: 3\n', 'fake-ip-ttl: 3\n  ipv6: false\n'));
  assert.equal(await addressesOf('www.site.test'), '');
  assert.match(await row('dns.ipv6').innerText(), /Line \d+/);

  await told.getByRole('button', { name: 'Undo' }).click();
  await notice(page, /Undone/).waitFor();
  assert.equal(fileText(), before);
  assert.notEqual(await addressesOf('www.site.test'), '');
  assert.equal(await row('dns.ipv6').getByRole('switch').isChecked(), true);
});

test('a bad value is refused where it was typed, and not lost', async () => {
  const before = fileText();
  await set('tun.mtu', '99');
  const field = row('tun.mtu').getByRole('textbox');
  await row('tun.mtu').getByRole('alert').filter({ hasText: 'from 1280 to 65535' }).waitFor();
  assert.equal(await field.inputValue(), '99');
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  assert.equal(fileText(), before);

  await field.fill('1400');
  await field.press('Enter');
  await notice(page, /1500 bytes → 1400 bytes.*started again: tun\.mtu/).waitFor();
  await row('tun.mtu').getByText('counts after a restart').waitFor();
  await row('tun.mtu')
    .getByRole('button', { name: /^Reset/ })
    .click();
  await notice(page, /1400 bytes → 1500 bytes/).waitFor();
  assert.equal(fileText(), before);
});

test('what is typed outlives a search and the page', async () => {
  const field = row('tun.udp-timeout').getByRole('textbox');
  await field.fill('77');
  await page.getByRole('searchbox').fill('fake');
  await row('tun.udp-timeout').waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'Logs', exact: true }).click();
  await row('mode').waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  assert.equal(await field.inputValue(), '77');
  await row('tun.udp-timeout').getByRole('button', { name: 'Discard' }).click();
  assert.equal(await field.inputValue(), '');
});

test('what needs another setting is refused with the reason', async () => {
  const before = fileText();
  await row('dns.respect-rules').getByRole('switch').click({ force: true });
  await row('dns.respect-rules').getByRole('alert').filter({ hasText: 'proxy-server' }).waitFor();
  assert.equal(await row('dns.respect-rules').getByRole('switch').isChecked(), false);
  assert.equal(await row('sniffer.parse-pure-ip').getByRole('switch').isDisabled(), true);
  assert.equal(fileText(), before);
});

test('another address of the interface is asked about first', async () => {
  const before = fileText();
  await set('external-controller', '127.0.0.1:9191');
  const dialog = page.getByRole('dialog').filter({ hasText: '127.0.0.1:9191' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(fileText(), before);
  await row('external-controller').getByRole('button', { name: 'Discard' }).click();
});

test('a reset takes the key out of the file, and leaves everything else', async () => {
  const before = fileText();
  await row('log-level')
    .getByRole('button', { name: /^Reset/ })
    .click();
  await notice(page, /Log level: debug → info/).waitFor();
  assert.equal(fileText(), before.replace('log-level: debug # for the test\n', ''));
  await notice(page, /Log level: debug → info/)
    .getByRole('button', { name: 'Undo' })
    .click();
  await row('log-level')
    .getByRole('button', { name: /^Reset/ })
    .waitFor();
  assert.equal(fileText(), before);
});

test('lists and tables are changed in the file', async () => {
  const before = fileText();
  const list = row('tun.route-exclude-address').getByRole('textbox');
  await list.fill('192.0.2.0/24\n2001:db8::/32\n');
  await list.press('Control+Enter');
  await notice(page, /Do not capture: none → 192\.0\.2\.0\/24, 2001:db8::\/32/).waitFor();

  const hosts = row('hosts');
  await hosts.getByRole('button', { name: 'Add' }).click();
  await hosts.getByRole('textbox', { name: /line 1, Name/ }).fill('nas.test');
  await hosts.getByRole('textbox', { name: /line 1, Value/ }).fill('192.0.2.7');
  await hosts.getByRole('button', { name: 'Save' }).click();
  await notice(page, /Table of hosts: none → nas\.test: 192\.0\.2\.7/).waitFor();
  assert.match(fileText(), /^hosts:\n +nas\.test: 192\.0\.2\.7$/m);
  const { stdout } = await world.lab.exec('home', 'dig', ['+short', 'nas.test']);
  assert.equal(stdout.trim(), '192.0.2.7');

  for (const path of ['hosts', 'tun.route-exclude-address']) {
    await row(path)
      .getByRole('button', { name: /^Reset/ })
      .click();
    await row(path)
      .getByRole('button', { name: /^Reset/ })
      .waitFor({ state: 'detached' });
  }
  assert.equal(fileText(), before);
});

test('of two browsers neither loses what the other has set, nor what is typed', async () => {
  const other = await openInterface(browser, await world.link());
  await openSettings(other);
  const mine = row('dns.fake-ip-ttl').getByRole('textbox');
  await mine.fill('7');

  // Something else in the file is no conflict.
  await set('sluice.sniff-timeout', '400', other);
  await notice(other, /300 ms → 400 ms/).waitFor();
  await mine.press('Enter');
  await notice(page, /3 s → 7 s/).waitFor();
  assert.match(fileText(), /sniff-timeout: 400/);
  assert.match(fileText(), /fake-ip-ttl: 7/);

  // The same setting is.
  const shows = async (text: string): Promise<void> => {
    const theirs = row('dns.fake-ip-ttl', other).getByRole('textbox');
    while ((await theirs.inputValue()) !== text) await sleep(50);
  };
  await shows('7');
  await mine.fill('8');
  await set('dns.fake-ip-ttl', '9', other);
  await notice(other, /7 s → 9 s/).waitFor();
  await mine.press('Enter');
  await row('dns.fake-ip-ttl').getByText('Somebody else has set it to “9 s” meanwhile').waitFor();
  assert.equal(await mine.inputValue(), '8');
  assert.match(fileText(), /fake-ip-ttl: 9/);
  await mine.press('Enter');
  await notice(page, /9 s → 8 s/).waitFor();
  assert.match(fileText(), /fake-ip-ttl: 8/);

  // What the other one sees follows.
  await shows('8');
  await other.context().close();
});

test('an address leads to a group or a setting, and a setting to its line', async () => {
  await openSettings(page, '/dns/cache-max-size');
  const box = await row('dns.cache-max-size').boundingBox();
  assert.ok(box !== null && box.y >= 0 && box.y < 700, JSON.stringify(box));
  await page.getByRole('navigation', { name: 'Groups of settings' }).getByText('Limits').click();
  await page.waitForURL(/\/settings\/limits$/);
  const limits = await row('sluice.limits.max-flows').boundingBox();
  assert.ok(limits !== null && limits.y >= 0 && limits.y < 700, JSON.stringify(limits));

  await row('dns.fake-ip-ttl').getByRole('link').click();
  await page.waitForURL(/\/rules\?line=\d+$/);
  await page.locator('.cm-activeLine').filter({ hasText: 'fake-ip-ttl' }).waitFor();
});

test('on a phone nothing is wider than the screen', async () => {
  const look = { width: 380, height: 760, locale: 'zh-CN' } as const;
  const narrow = await openInterface(browser, await world.link(), look);
  await openSettings(narrow);
  await row('hosts', narrow).getByRole('button', { name: '添加' }).click();
  assert.equal(await overflowOf(narrow), 0);
  await narrow.getByRole('searchbox').fill('全锥形');
  await row('tun.endpoint-independent-nat', narrow).waitFor();
  await narrow.context().close();
});
