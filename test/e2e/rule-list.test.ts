/** The table of the Rules page in a real browser: dragged, selected, changed in a form. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import { browserFor, openInterface } from './browser.ts';
import { startWorld } from './world.ts';

const RULES = [
  'DOMAIN,one.test,REJECT',
  'DOMAIN,two.test,REJECT',
  'DOMAIN,other.test,REJECT',
  'DOMAIN-SUFFIX,site.test,dante',
  'MATCH,DIRECT',
];

const world = await startWorld(RULES, ['find-process-mode: always']);
const browser = await browserFor(world);
const page = await openInterface(browser, await world.link());
await page.goto(new URL('/ui/rules/list', page.url()).href);
await row('one.test').waitFor();

const text = (): string => readFileSync(world.sluice.configPath, 'utf8');

/** The rules of the file, the disabled ones with a mark. */
function rules(): string[] {
  const lines =
    text()
      .split(/^rules:\n/m)[1]
      ?.split('\n') ?? [];
  return lines
    .filter((line) => /^\s*(?:# sluice:disabled )?- /.test(line))
    .map((line) => line.trim().replace('# sluice:disabled - ', 'off ').replace(/^- /, ''));
}

function row(name: string): Locator {
  return page.getByRole('grid').getByRole('row').filter({ hasText: name });
}

/** Resolves when the list of the file is so. */
async function until(wanted: readonly string[]): Promise<void> {
  for (let n = 0; n < 100 && rules().join() !== wanted.join(); n += 1) {
    await page.waitForTimeout(100);
  }
  assert.deepEqual(rules(), wanted);
}

/** The middle of the handle of a row. */
async function handle(name: string): Promise<{ x: number; y: number }> {
  const box = await row(name).locator('[aria-hidden=true]').first().boundingBox();
  assert.ok(box !== null);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

test('a rule is dragged to another place; Escape lets it be where it was', async () => {
  const from = await handle('other.test');
  const to = await handle('one.test');
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x, to.y, { steps: 5 });
  await page.keyboard.press('Escape');
  await page.mouse.up();
  assert.deepEqual(rules(), RULES);

  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x, to.y - 12, { steps: 5 });
  await page.mouse.up();
  await until([RULES[2]!, RULES[0]!, RULES[1]!, RULES[3]!, RULES[4]!]);
  await page.getByText('DOMAIN,other.test,REJECT is now at place 1 of 5.').waitFor();
});

test('a finger drags a rule, too', async () => {
  const from = await handle('other.test');
  const to = await handle('two.test');
  const client = await page.context().newCDPSession(page);
  const touch = async (type: string, y: number): Promise<void> => {
    const points = type === 'touchEnd' ? [] : [{ x: from.x, y }];
    await client.send('Input.dispatchTouchEvent', { type, touchPoints: points } as never);
  };
  await touch('touchStart', from.y);
  for (const part of [0.3, 0.6, 1]) await touch('touchMove', from.y + part * (to.y + 10 - from.y));
  await page.waitForTimeout(100);
  await touch('touchEnd', 0);
  await until(RULES);
});

test('several rules are selected by keyboard and switched off and on in one change', async () => {
  await page.getByRole('grid').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowDown');
  await page.getByText('2 selected').waitFor();
  await page.getByRole('button', { name: 'Switch off' }).click();
  await until([`off ${RULES[0]}`, `off ${RULES[1]}`, ...RULES.slice(2)]);
  await page.getByRole('button', { name: 'Switch on' }).click();
  await until(RULES);
  await page.getByRole('button', { name: 'Clear the selection' }).click();
});

test('a rule that is changed in the form leads the next request another way, and undo leads it back', async () => {
  const isAnswered = async (): Promise<boolean> => {
    const args = ['-sS', '--max-time', '10', '-o', '/dev/null', 'http://other.test/'];
    return (await world.lab.exec('home', 'curl', args)).status === 0;
  };
  assert.equal(await isAnswered(), false);
  await row('other.test').getByText('DOMAIN,other.test,REJECT').click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Goes to').fill('DIRECT');
  await form.getByRole('button', { name: 'Save and apply' }).click();
  await form.waitFor({ state: 'detached' });
  await until([...RULES.slice(0, 2), 'DOMAIN,other.test,DIRECT', ...RULES.slice(3)]);
  assert.equal(await isAnswered(), true);
  await page.getByRole('button', { name: 'Undo the latest change' }).click();
  await until(RULES);
  assert.equal(await isAnswered(), false);
});

test('Escape closes the form at once', async () => {
  await page.getByRole('button', { name: 'With a form' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('With what').and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });
});

test('a new rule is made in the form, where the programs that were seen are offered', async () => {
  await world.lab.exec('home', 'curl', ['-sS', '-o', '/dev/null', 'http://www.site.test/']);
  await page.getByRole('button', { name: 'With a form' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('What is compared').fill('PROCESS-NAME');
  await page.getByRole('option', { name: 'PROCESS-NAME', exact: true }).click();
  await form.getByLabel('With what').focus();
  await page.getByRole('option', { name: 'curl' }).click();
  await form.getByLabel('Goes to').fill('dante');
  await form.getByText('PROCESS-NAME,curl,dante').waitFor();
  await form.getByRole('button', { name: 'Save and apply' }).click();
  await form.waitFor({ state: 'detached' });
  await until([...RULES.slice(0, 4), 'PROCESS-NAME,curl,dante', RULES[4]!]);
});

test('many rules are deleted after asking', async () => {
  await row('one.test').getByRole('checkbox').click();
  await row('two.test').getByRole('checkbox').click();
  await page.getByRole('button', { name: 'Delete 2' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete 2' }).click();
  await until([RULES[2]!, RULES[3]!, 'PROCESS-NAME,curl,dante', RULES[4]!]);
});
