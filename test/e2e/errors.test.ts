/** In Chinese an error says first what it means, and then what core says of it. */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { ports, proxies } from '../lab/addresses.ts';
import { curl } from '../lab/clients.ts';
import { browserFor, openInterface } from './browser.ts';
import { startWorld } from './world.ts';

const world = await startWorld(['MATCH,DIRECT']);
const browser = await browserFor(world);
const page = await openInterface(browser, await world.link(), { locale: 'zh-CN' });

test('a wrong password in the connection test', async () => {
  await page.goto(new URL('/ui/upstreams/new', page.url()).href);
  const form = page.getByRole('dialog');
  const field = form.getByRole('textbox', { name: '服务器', exact: true });
  await field.fill(`http://alice:wrong@${proxies.tinyproxy}:8888`);
  await form.getByRole('textbox', { name: '名称', exact: true }).fill('代理');
  await form.getByRole('textbox', { name: '测试时访问的网址' }).fill('http://www.site.test/');
  await form.getByRole('button', { name: '测试连接' }).click();
  const step = form.getByRole('listitem').filter({ hasText: '代理没有接受登录' });
  const said = step.locator('[lang=en]').first();
  assert.equal(await said.textContent(), 'The proxy does not accept this user name and password.');
});

test('a setting that core refuses, in the row; in English core speaks for itself', async () => {
  const alert = (of: Page): Locator => of.locator('[data-path="tun.mtu"]').getByRole('alert');
  const refuse = async (of: Page): Promise<void> => {
    await of.goto(new URL('/ui/settings', of.url()).href);
    const field = of.locator('[data-path="tun.mtu"]').getByRole('textbox');
    await field.fill('99');
    await field.press('Enter');
    await alert(of).waitFor();
  };
  await refuse(page);
  const said = (await alert(page).locator('[lang=en]').textContent()) ?? '';
  assert.match(said, /from 1280 to 65535/);
  assert.match((await alert(page).textContent()) ?? '', /^设置的值无效。.*65535/);

  const english = await openInterface(browser, await world.link());
  await refuse(english);
  assert.equal(await alert(english).textContent(), said);
  await english.context().close();
});

test('a change of rules on top of a text that somebody else has changed', async () => {
  await page.goto(new URL('/ui/rules/list', page.url()).href);
  await page.getByRole('grid').getByRole('checkbox').last().click();
  await page.route('**/rules/edit', async (route) => {
    appendFileSync(world.sluice.configPath, '# of somebody else\n');
    await route.continue();
  });
  await page.getByRole('button', { name: '停用', exact: true }).click();
  const told = page.getByRole('alert').filter({ hasText: '配置文件在此期间已被他人修改' });
  assert.match((await told.locator('[lang=en]').textContent()) ?? '', /was changed/);
  await page.unroute('**/rules/edit');
});

test('a connection that failed', async () => {
  await assert.rejects(curl(world.lab, 'home', `http://v4.site.test:${ports.closed}/`));
  await page.goto(new URL('/ui/connections', page.url()).href);
  await page.getByText(/^已结束 \(\d+\)$/).click();
  await page.getByRole('row', { name: 'v4.site.test' }).first().click();
  const alert = page.getByRole('dialog').getByRole('alert');
  await alert.filter({ hasText: '拒绝了连接' }).waitFor();
  assert.match((await alert.locator('[lang=en]').textContent()) ?? '', /refused/);
});
