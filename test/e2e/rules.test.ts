/** The Rules page in a real browser, against a Sluice that is at work in the lab. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import { browserFor, openInterface } from './browser.ts';
import { startWorld } from './world.ts';

const RULES = ['DOMAIN-SUFFIX,site.test,dante', 'DOMAIN,other.test,REJECT', 'MATCH,DIRECT'];

const world = await startWorld(RULES);
const browser = await browserFor(world);
const page = await openInterface(browser, await world.link());

function fileText(): string {
  return readFileSync(world.sluice.configPath, 'utf8');
}

/** Whether a request that is made now gets an answer. */
async function isAnswered(url: string): Promise<boolean> {
  const args = ['-sS', '--max-time', '10', '-o', '/dev/null', url];
  return (await world.lab.exec('home', 'curl', args)).status === 0;
}

/** The page in a state of its own: nothing typed, nothing open. */
async function openRules(): Promise<void> {
  await page.goto(new URL('/ui/rules', page.url()).href);
  await line('rules:').waitFor();
}

function line(text: string): Locator {
  return page.locator('.cm-line').filter({ hasText: text }).first();
}

async function type(where: string, keys: readonly string[], text: string): Promise<void> {
  await line(where).click();
  await page.keyboard.press('End');
  for (const key of keys) await page.keyboard.press(key);
  await page.keyboard.insertText(text);
}

async function save(): Promise<Locator> {
  await page.keyboard.press('Control+s');
  const alert = page.getByRole('main').getByRole('alert').first();
  await alert.waitFor();
  return alert;
}

const undoButton = (): Locator => page.getByRole('button', { name: 'Undo the latest change' });

test('a rule that is edited and saved changes the way of the next request; undo changes it back', async () => {
  await openRules();
  const before = fileText();
  assert.equal(await isAnswered('http://other.test/'), false);

  await type('DOMAIN,other.test,REJECT', Array<string>(6).fill('Backspace'), 'DIRECT');
  const said = await (await save()).innerText();
  assert.match(said, /In force/);
  assert.match(said, /- {2}- DOMAIN,other\.test,REJECT\s+\+ {2}- DOMAIN,other\.test,DIRECT/);
  assert.equal(fileText(), before.replace('other.test,REJECT', 'other.test,DIRECT'));
  assert.equal(await isAnswered('http://other.test/'), true);

  await undoButton().click();
  await line('DOMAIN,other.test,REJECT').waitFor();
  assert.equal(fileText(), before);
  assert.equal(await isAnswered('http://other.test/'), false);
});

test('broken YAML says what is wrong with it, changes nothing, and is not lost', async () => {
  await openRules();
  const before = fileText();
  await type('rules:', [], ' {broken');
  const problems = page.getByRole('region', { name: 'Problems' });
  await problems.getByText('error').first().waitFor();

  assert.match(await (await save()).innerText(), /Nothing was changed/);
  assert.equal(fileText(), before);
  assert.equal(await isAnswered('http://www.site.test/'), true);

  await page.getByRole('link', { name: 'DNS' }).click();
  await page.getByRole('link', { name: 'Rules' }).click();
  await line('rules: {broken').waitFor();
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.locator('.cm-line', { hasText: /^rules:$/ }).waitFor();
});

test('what lint finds while one types is put right by its fix', async () => {
  await openRules();
  const before = fileText();
  const rule = 'DOMAIN,other.test,REJECT';
  await type(rule, ['Enter'], `- ${rule}`);
  const lines = page.locator('.cm-line').filter({ hasText: rule });
  assert.equal(await lines.count(), 2);
  await page.getByRole('region', { name: 'Problems' }).getByText('hint').first().waitFor();
  const fix = page.locator('.cm-tooltip').getByRole('button', { name: 'Fix' });
  const isFixed = async (): Promise<boolean> => {
    await page.locator('.cm-lintRange').last().hover();
    await fix.click({ timeout: 2_000 });
    await lines.nth(1).waitFor({ state: 'detached', timeout: 2_000 });
    return true;
  };
  // What lint finds later moves the text, and the tooltip is taken from under the mouse.
  for (let n = 0; n < 5 && !(await isFixed().catch(() => false)); n += 1) {
    await page.mouse.move(0, 0);
  }
  assert.equal(await lines.count(), 1);
  // And from the list of problems, where keys get to.
  await page.keyboard.press('Control+z');
  await page.getByRole('button', { name: /^Fix, line/ }).press('Enter');
  await lines.nth(1).waitFor({ state: 'detached' });
  assert.equal(fileText(), before);
});

test('who edits a file that another has changed is told, and loses nothing', async () => {
  await openRules();
  await type('DOMAIN,other.test,REJECT', [], ' # mine');
  const theirs = `${fileText()}# theirs\n`;
  world.sluice.writeConfig(theirs);
  await page.getByText('The file was changed meanwhile').waitFor();
  await page.keyboard.press('Control+s');
  assert.equal(fileText(), theirs);

  await page.getByRole('button', { name: 'Load the newer text' }).click();
  await line('# theirs').waitFor();
  await page.getByRole('button', { name: 'Bring back the text' }).click();
  await line('# mine').waitFor();
  await page.getByRole('button', { name: 'Discard' }).click();
});

test('a rule is switched off and moved in the list, by the mouse and by keys', async () => {
  await page.goto(new URL('/ui/rules/list', page.url()).href);
  const rule = 'DOMAIN,other.test,REJECT';
  await page.getByRole('switch', { name: `Enabled: ${rule}` }).click({ force: true });
  await page.getByText(`Switched off, and no longer in force: ${rule}`).waitFor();
  assert.match(fileText(), /# sluice:disabled - DOMAIN,other\.test,REJECT/);
  assert.equal(await isAnswered('http://other.test/'), true);

  await page.getByRole('grid').focus();
  for (const key of ['Home', 'ArrowDown', ' ']) await page.keyboard.press(key);
  const isOn = page.getByRole('switch', { name: `Enabled: ${rule}`, checked: true });
  await isOn.waitFor({ state: 'attached' });
  assert.equal(await isAnswered('http://other.test/'), false);
  await page.keyboard.press('Alt+ArrowUp');
  await page.getByRole('row').nth(1).filter({ hasText: rule }).waitFor();
  assert.match(fileText(), /rules:\n {2}- DOMAIN,other\.test,REJECT/);
});

test('the explain bar says which rule decides, and the history what was changed', async () => {
  await page.goto(new URL('/ui/rules/history', page.url()).href);
  const bar = page.getByRole('textbox', { name: 'Where does this go?' });
  await bar.fill('other.test:443');
  await bar.press('Enter');
  const way = (rule: string): Locator =>
    page.getByRole('main').getByRole('alert').filter({ hasText: rule });
  await way('DOMAIN,other.test,REJECT').waitFor();

  await page.getByRole('row').filter({ hasText: 'moved' }).first().click();
  const added = page.getByRole('dialog').locator('[data-kind="added"]');
  // Which of the two rules that changed places is the added one is the diff's to say.
  assert.match(await added.innerText(), /^\+ {2}- DOMAIN/);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

  // Another file leads another way, without asking again; any state of it can be brought back.
  const before = fileText();
  world.sluice.writeConfig(before.replace('other.test,REJECT', 'other.test,DIRECT'));
  await way('DOMAIN,other.test,DIRECT').waitFor();
  await page.getByRole('row').filter({ hasText: 'moved' }).first().click();
  await page.getByRole('button', { name: 'Bring this state back' }).click();
  await page.getByText('The file is as it was on').waitFor();
  await way('DOMAIN,other.test,REJECT').waitFor();
  assert.equal(fileText(), before);
});

test('a file keeps its line breaks', async () => {
  const windows = fileText().replaceAll('\n', '\r\n');
  world.sluice.writeConfig(windows);
  await openRules();
  await type('MATCH,DIRECT', [], ' # last');
  assert.match(await (await save()).innerText(), /added 1, removed 1/);
  assert.equal(fileText(), windows.replace('MATCH,DIRECT', 'MATCH,DIRECT # last'));
});
