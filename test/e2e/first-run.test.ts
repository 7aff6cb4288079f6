/** From the first start, with nothing but what Sluice brings, to the first request through a proxy. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { ports, proxies, uplink } from '../lab/addresses.ts';
import { curl } from '../lab/clients.ts';
import { browserFor, openInterface } from './browser.ts';
import type { Look } from './browser.ts';
import { overflowOf } from './every-page.ts';
import { startBareWorld } from './world.ts';

const world = await startBareWorld();
const browser = await browserFor(world);
/** What the built-in text is as a file. */
const untouched = fileText();

function fileText(): string {
  return readFileSync(world.sluice.configPath, 'utf8');
}

/** A user who has never been here. */
async function newcomer(look: Look = {}): Promise<Page> {
  return openInterface(browser, await world.link(), look);
}

/** Who asks, as the site sees it. */
async function seenFrom(): Promise<string> {
  const [address = ''] = (await curl(world.lab, 'home', 'http://v4.site.test/')).split(' ');
  return address;
}

test('whoever says not now is left alone, and finds the first steps in the menu and the palette', async () => {
  const page = await newcomer();
  await page.getByText('Welcome to Sluice').waitFor();
  await page.getByRole('button', { name: 'Not now' }).click();
  await page.getByRole('switch', { name: /Capture/ }).waitFor();
  await page.reload();
  await page.getByRole('switch', { name: /Capture/ }).waitFor();
  assert.equal(await page.getByText('Welcome to Sluice').count(), 0);
  await page.getByRole('link', { name: 'First steps' }).click();
  await page.getByText('Welcome to Sluice').waitFor();
  await page.context().close();
});

test('straight, without a proxy: nothing is written, and traffic comes to Sluice', async () => {
  const page = await newcomer({ width: 380, height: 760 });
  await page.getByRole('radio', { name: 'Straight, to try it' }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Switch on', exact: true }).click();
  await page.getByText('It is on.').waitFor();
  assert.equal(await overflowOf(page), 0);
  assert.equal(fileText(), untouched);
  assert.equal(await seenFrom(), uplink.home4);
  const flows = await world.sluice.flows();
  assert.ok(flows.some(({ destination }) => destination.port === 80));
  await page.context().close();
});

test('in Chinese and on a narrow screen the steps are all there', async () => {
  const page = await newcomer({ locale: 'zh-CN', width: 380, height: 760 });
  await page.getByText('欢迎使用 Sluice').waitFor();
  await page.getByRole('textbox', { name: '名称' }).fill('代理');
  await page.getByRole('button', { name: '下一步' }).click();
  await page.getByText('请填写服务器。').waitFor();
  assert.equal(await overflowOf(page), 0);
  await page.context().close();
});

test('a name of a hundred letters without a space is broken, not cut, on a narrow screen', async () => {
  const page = await newcomer({ width: 380, height: 760 });
  await page.goto(new URL('/ui/first-run', page.url()).href);
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('x'.repeat(100));
  await page.getByRole('textbox', { name: 'Server' }).fill(`socks5://${proxies.dante}:1080`);
  await page.getByRole('button', { name: 'Next' }).click();
  for (const [sentence, next] of [
    ['Nothing is changed yet.', 'Go on without'],
    ['is added to the configuration file.', 'Back'],
  ] as const) {
    const box = await page.getByText(sentence).boundingBox();
    assert.ok(box !== null && box.x + box.width <= 380, sentence);
    await page.getByRole('button', { name: next }).click();
  }
  await page.context().close();
});

test('by keyboard alone: an upstream is typed, tested, switched on, and a request goes through it', async () => {
  const page = await newcomer();
  await page.getByText('Welcome to Sluice').waitFor();
  const keys = page.keyboard;
  await page.getByRole('textbox', { name: 'Name', exact: true }).focus();
  await keys.type('office');
  await keys.press('Tab');
  await keys.insertText(`socks5://${proxies.dante}:1080`);
  await keys.press('Enter');
  await page.getByRole('heading', { name: 'Does it work?' }).and(page.locator(':focus')).waitFor();
  await keys.press('Tab');
  await keys.type('http://www.site.test/');
  await keys.press('Tab');
  await keys.press('Enter');
  const site = page.getByRole('listitem').filter({ hasText: 'Reach a site through it: well' });
  await site.waitFor();
  // The test changes nothing.
  assert.equal(fileText(), untouched);
  const next = page.getByRole('button', { name: 'Next' });
  await next.waitFor();
  await next.focus();
  await keys.press('Enter');
  await page.getByText('Everything that no other rule takes goes through office.').waitFor();
  await page.getByRole('button', { name: 'Switch on', exact: true }).focus();
  await keys.press('Enter');
  await page.getByText('New connections now go through office.').waitFor();
  await page.getByText('https://example.com → office').waitFor();
  const watch = page.getByRole('link', { name: /Watch each connection/ });
  await watch.focus();

  assert.notEqual(await seenFrom(), uplink.home4);
  const flow = (await world.sluice.flows()).find(({ host }) => host === 'v4.site.test');
  assert.deepEqual(flow?.chain, ['office']);
  assert.match(fileText(), /- MATCH,office/);
  // The comments of the file that explain it are still there.
  assert.match(fileText(), /# The first rule that matches decides\./);
  world.lab.spawn('guest', 'nc', ['www.site.test', String(ports.echo)], { keepInput: true });
  // What core has told meanwhile takes nobody back to the top.
  await page.waitForTimeout(1500);
  await watch.and(page.locator(':focus')).waitFor();
  await keys.press('Enter');
  await page.getByRole('row', { name: /www\.site\.test/ }).waitFor();
  // There is an upstream now.
  assert.equal(await page.getByRole('link', { name: 'First steps' }).count(), 0);
  await page.context().close();
});

test('what is imported is tested before it is in the file, and comes into a group that takes everything', async () => {
  const page = await newcomer();
  await page.goto(new URL('/ui/first-run', page.url()).href);
  await page.getByRole('radio', { name: 'Import' }).click();
  const lines = [`http://${proxies.squid}:3128#one`, `socks5://${proxies.microsocks}:1080#two`];
  await page.getByRole('textbox', { name: 'Lines, or a Clash' }).fill(lines.join('\n'));
  await page.getByRole('button', { name: 'Look at it' }).click();
  await page.getByRole('row', { name: /two/ }).waitFor();
  const next = page.getByRole('button', { name: 'Next' });
  await next.click();
  await page.getByText('so that it is clear where traffic goes').waitFor();
  await page.getByRole('textbox', { name: 'Add them to a new group' }).fill('Both');
  const before = fileText();
  await next.click();
  await page.getByRole('textbox', { name: 'Test by fetching' }).fill('http://www.site.test/');
  await page.getByRole('button', { name: 'Test connection' }).click();
  await page.getByText(/^It works/).waitFor();
  assert.equal(fileText(), before);
  await next.click();
  await page.getByRole('button', { name: 'Switch on', exact: true }).click();
  await page.getByText('New connections now go through Both.').waitFor();
  await page.getByText('https://example.com → Both → one').waitFor();
  await page.context().close();
});

test('what was typed stays while core is gone, and is carried out when it is back', async () => {
  const page = await newcomer();
  await page.goto(new URL('/ui/first-run', page.url()).href);
  const name = page.getByRole('textbox', { name: 'Name', exact: true });
  await name.fill('late');
  await page.getByRole('textbox', { name: 'Server' }).fill(`socks5://${proxies.dante}:1080`);
  const toLast = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Go on without' }).click();
  };
  await toLast();
  const old = world.sluice.daemon;
  process.kill(old.pid, 'SIGKILL');
  await old.exited;
  const go = page.getByRole('button', { name: 'Switch on', exact: true });
  await go.click();
  await page.getByText('Sluice does not answer.', { exact: true }).waitFor();
  for (let n = 0; n < 2; n += 1) await page.getByRole('button', { name: 'Back' }).click();
  assert.equal(await name.inputValue(), 'late');
  const again = world.sluice.startAnother();
  await page
    .getByText('Sluice does not answer', { exact: true })
    .waitFor({ state: 'detached', timeout: 30_000 });
  await toLast();
  await go.click();
  await page.getByText('New connections now go through late.').waitFor();
  await page.context().close();
  await again.stop('SIGINT', 10_000);
});
