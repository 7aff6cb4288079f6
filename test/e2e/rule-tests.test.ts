/** The table of expectations of the Rules page, in a real browser, against a Sluice that is at work in the lab. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import { browserFor, openInterface } from './browser.ts';
import { startWorld } from './world.ts';

const RULES = [
  'AND,((DOMAIN-SUFFIX,site.test),(NOT,((NETWORK,udp)))),dante',
  'DOMAIN,other.test,REJECT',
  'MATCH,DIRECT',
];

const world = await startWorld(RULES);
const browser = await browserFor(world);
const page = await openInterface(browser, await world.link());
const caseFile = world.sluice.configPath.replace(/\.yaml$/, '.cases.yaml');

async function openTests(): Promise<void> {
  await page.goto(new URL('/ui/rules/tests', page.url()).href);
  await page.getByRole('grid', { name: 'Tests' }).waitFor();
}

function row(name: string): Locator {
  return page.getByRole('row').filter({ hasText: name });
}

test('an expectation that is added in the form is kept beside the configuration, and run at once', async () => {
  await openTests();
  assert.equal(existsSync(caseFile), false);
  await page.getByRole('button', { name: 'New test' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Host or address').fill('www.site.test');
  await form.getByLabel('Should go to').fill('dante');
  await form.getByRole('button', { name: 'Add' }).click();
  await row('www.site.test').getByText('passed').waitFor({ state: 'attached' });
  await page.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });
  assert.match(readFileSync(caseFile, 'utf8'), /host: www\.site\.test, target: dante/);
});

test('many are pasted at once; a line that is none is named', async () => {
  await page.getByRole('button', { name: 'Add many' }).click();
  const dialog = page.getByRole('dialog');
  const box = dialog.getByRole('textbox', { name: 'Add many' });
  await box.fill('other.test REJECT\nno target\n\nwww.example.com:80 udp -> dante\nnowhere');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByText('These lines are no tests: 5.').waitFor();
  await box.fill('other.test REJECT\nwww.example.com:80 udp -> dante');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('1 of 3 failed').waitFor();
  const { stdout, status } = await world.sluice.cli('rules', 'test');
  assert.equal(status, 1);
  assert.match(stdout, /3 cases: 2 passed, 1 failed/);
});

test('why a test fails is one click away, down to the members of a logic rule', async () => {
  await row('www.example.com').click();
  const drawer = page.getByRole('dialog');
  await drawer.getByText('It should go to dante, and goes to DIRECT.').waitFor();
  await drawer.getByText('NOT,((NETWORK,udp))', { exact: true }).waitFor();
  await drawer.getByLabel('Should go to').fill('DIRECT');
  await drawer.getByRole('button', { name: 'Save' }).click();
  await page.keyboard.press('Escape');
  await page.getByText('3 of 3 passed').waitFor();
});

test('an edit that is not saved yet is tested, and nothing of it is in force', async () => {
  const before = readFileSync(world.sluice.configPath, 'utf8');
  await page.goto(new URL('/ui/rules', page.url()).href);
  const line = page.locator('.cm-line').filter({ hasText: 'DOMAIN,other.test,REJECT' }).first();
  await line.click();
  await page.keyboard.press('End');
  for (const _ of 'REJECT') await page.keyboard.press('Backspace');
  await page.keyboard.insertText('DIRECT');
  await page.getByRole('radiogroup').getByText('Tests').click();
  await page.getByText('1 of 3 failed').waitFor();
  await page.getByText('by the text that is typed, which is not saved yet').waitFor();
  await row('other.test').click();
  await page.getByRole('dialog').getByText('It should go to REJECT, and goes to DIRECT.').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(readFileSync(world.sluice.configPath, 'utf8'), before);

  await page.getByRole('radiogroup').getByText('Text', { exact: true }).click();
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByRole('radiogroup').getByText('Tests').click();
  await page.getByText('3 of 3 passed').waitFor();
});

test('a table that somebody else writes is taken over, and one that is broken is told and left alone', async () => {
  writeFileSync(caseFile, 'cases:\n  - { host: theirs.test, target: DIRECT }\n');
  await row('theirs.test').waitFor();
  const broken = 'cases:\n  - { host: theirs.test }\n';
  writeFileSync(caseFile, broken);
  await page.getByText('The table cannot be read').waitFor();
  assert.equal(await page.getByRole('button', { name: 'New test' }).isDisabled(), true);
  assert.equal(readFileSync(caseFile, 'utf8'), broken);
});
