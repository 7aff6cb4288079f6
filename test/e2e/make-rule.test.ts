/** Rules made from connections in a real browser: the next connection goes the new way. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import { ports } from '../lab/addresses.ts';
import type { Daemon } from '../lab/processes.ts';
import { browserFor, openInterface } from './browser.ts';
import { RULES, startWorld } from './world.ts';

const world = await startWorld(RULES, ['find-process-mode: always']);
const browser = await browserFor(world);
const page = await openInterface(browser, await world.link());

function talk(host: string): Daemon {
  return world.lab.spawn('home', 'nc', [host, String(ports.echo)], { keepInput: true });
}

const fileText = (): string => readFileSync(world.sluice.configPath, 'utf8');
const dialog = (): Locator => page.getByRole('dialog', { name: 'Make a rule' });
const preview = (): Locator => dialog().getByRole('region', { name: 'What it would change' });

async function openPage(...hosts: string[]): Promise<void> {
  await page.goto(new URL('/ui/connections', page.url()).href);
  for (const host of hosts) await row(host).first().waitFor();
}

const row = (host: string): Locator =>
  page.getByRole('row').filter({ hasText: `${host}:${ports.echo}` });

async function makeRuleFrom(host: string): Promise<void> {
  await row(host).first().click();
  await page.getByRole('button', { name: 'Make a rule from this' }).click();
  await preview().getByRole('status').waitFor();
}

async function choose(condition: string, target: string): Promise<void> {
  await dialog().getByRole('radio', { name: condition, exact: false }).first().check();
  await dialog().getByRole('combobox', { name: 'Where it leads' }).click();
  await page.getByRole('option', { name: target, exact: true }).click();
  await preview().and(page.locator('[aria-busy=false]')).waitFor();
}

test('a rule from a connection says what it catches, leads the next one its way, and is undone', async () => {
  const flows = [talk('v4.site.test'), talk('www.site.test'), talk('shop.site.test')];
  await openPage('v4.site.test', 'www.site.test', 'shop.site.test');
  const before = fileText();
  await makeRuleFrom('v4.site.test');
  await choose('DOMAIN-SUFFIX,site.test', 'squid');
  // The shop goes to squid anyway, by an earlier rule.
  await preview().getByText('it would decide 2; 2 of them would go another way').waitFor();
  await preview().getByText('dante', { exact: true }).first().waitFor();
  await dialog().getByRole('button', { name: 'Add the rule' }).click();
  await dialog().getByText('The rule is in the file, and in force.').waitFor();
  const added = before.replace(
    /^(.*)DOMAIN-SUFFIX,site\.test,dante/m,
    '$1DOMAIN-SUFFIX,site.test,squid\n$&',
  );
  assert.equal(fileText(), added);

  // What is open stays; a new one goes the new way.
  assert.equal(
    flows.every(({ running }) => running),
    true,
  );
  const later = talk('v4.site.test');
  await row('v4.site.test').filter({ hasText: 'squid' }).waitFor();
  await dialog().getByText('2 live connections would now go another way').waitFor();
  await dialog().getByRole('button', { name: 'Close these 2' }).click();
  await Promise.all(flows.slice(0, 2).map(({ exited }) => exited));
  assert.deepEqual([flows[2]?.running, later.running], [true, true]);

  await dialog().getByRole('button', { name: 'Undo' }).click();
  await page.getByText('The rule is gone again.').waitFor();
  assert.equal(fileText(), before);
  const last = talk('v4.site.test');
  await row('v4.site.test').filter({ hasText: 'dante' }).waitFor();
  for (const flow of [...flows, later, last]) await flow.stop();
});

test('an earlier rule that would still win is named', async () => {
  const flow = talk('shop.site.test');
  await openPage('shop.site.test');
  await makeRuleFrom('shop.site.test');
  await choose('DST-PORT,7', 'REJECT');
  await dialog().getByRole('radio', { name: 'Before MATCH, after all others' }).check();
  await preview()
    .getByText('For 1 of them an earlier rule still wins: DOMAIN,shop.site.test,squid')
    .waitFor();
  await dialog().getByRole('button', { name: 'Cancel' }).click();
  await flow.stop();
});

test('a rule for several connections matches all of them', async () => {
  const flows = [talk('v4.site.test'), talk('www.site.test')];
  await openPage('v4.site.test', 'www.site.test');
  await row('v4.site.test')
    .first()
    .click({ modifiers: ['Control'] });
  await row('www.site.test')
    .first()
    .click({ modifiers: ['Control'] });
  await page.getByRole('button', { name: 'Make a rule from these' }).click();
  await dialog().getByText('For 2 connections.').waitFor();
  const first = dialog().getByRole('radio').first();
  assert.match((await first.getAttribute('value')) ?? '', /^DOMAIN-SUFFIX,site\.test,$/);
  await dialog().getByText('2 of 2').first().waitFor();
  await page.keyboard.press('Escape');
  for (const flow of flows) await flow.stop();
});

test('a file that somebody else changes meanwhile loses nothing, and the rule is put to the new one', async () => {
  const flow = talk('v4.site.test');
  await openPage('v4.site.test');
  await makeRuleFrom('v4.site.test');
  await choose('DOMAIN,v4.site.test', 'DIRECT');
  const theirs = fileText().replace('DOMAIN,other.test,REJECT', 'DOMAIN,theirs.test,REJECT');
  world.sluice.writeConfig(theirs);
  await dialog().getByRole('button', { name: 'Add the rule' }).click();
  await page.getByText('The file was changed meanwhile. Nothing was saved').waitFor();
  assert.equal(fileText(), theirs);
  await preview().getByRole('status').waitFor();
  await choose('DOMAIN,v4.site.test', 'DIRECT');
  await dialog().getByRole('button', { name: 'Add the rule' }).click();
  await dialog().getByText('The rule is in the file, and in force.').waitFor();
  assert.match(fileText(), /DOMAIN,v4\.site\.test,DIRECT/);
  assert.match(fileText(), /theirs\.test/);
  await flow.stop();
});
