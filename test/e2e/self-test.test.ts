/** The self test on the page Network, in a real browser against a real core. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import { resolver } from '../lab/addresses.ts';
import { browserFor, openInterface } from './browser.ts';
import { startWorld } from './world.ts';

const world = await startWorld(
  ['MATCH,way'],
  [
    `dns: {enable: true, enhanced-mode: fake-ip, nameserver: [${resolver.v4}]}`,
    'proxy-groups:',
    '  - {name: way, type: select, url: http://site.test/small, proxies: [dante, squid]}',
  ],
);
const browser = await browserFor(world);
const page = await openInterface(browser, await world.link());

/** The line of one check, in whatever state or in this one. */
function line(title: string, state = ''): Locator {
  return page.getByRole('listitem').filter({ hasText: `${title}: ${state}` });
}

async function isMarked(title: string, state: string): Promise<void> {
  await line(title, state).waitFor();
}

test('every check is made, and says how it went', async () => {
  await page.getByRole('navigation').getByRole('link', { name: 'Network' }).click();
  await page.getByRole('button', { name: 'Run the self test' }).click();
  await page.getByRole('status').getByText('Everything is well.').waitFor();
  for (const title of ['Way out', 'Capture', 'Names (DNS)', 'IPv6', 'Upstreams', 'Rule file']) {
    await isMarked(title, 'well');
  }
  await line('Datagrams (UDP)').getByText('dante carries datagrams').waitFor();
});

test('what was seen is shown to those who ask', async () => {
  const seen = line('Names (DNS)').getByText(`A query to ${resolver.v4} came to Sluice.`);
  assert.equal(await seen.isVisible(), false);
  await line('Names (DNS)').getByRole('button', { name: 'What was seen' }).click();
  await seen.waitFor();
});

test('a failing check says what to do, and its button does it', async () => {
  writeFileSync(world.lab.place('home').resolvConf, 'nameserver 127.0.0.1\n');
  await page.getByRole('button', { name: 'Run it again' }).click();
  await page.getByRole('status').getByText('Checks that failed: 1.').waitFor();
  await isMarked('Names (DNS)', 'failed');
  await line('Names (DNS)').getByText('Names that programs look up go past Sluice.').waitFor();
  await line('Names (DNS)').getByRole('button', { name: 'Switch capture off and on' }).click();
  await isMarked('Names (DNS)', 'well');
  await page.getByRole('status').getByText('Everything is well.').waitFor();
});

test('the report can be copied as a text', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy report' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const text = String(await page.evaluate('navigator.clipboard.readText()'));
  assert.match(text, /^Sluice \d.+\n\n\[ok\] Way out: This machine has a way out\. \(\d+ ms\)\n/);
  assert.match(text, /^\[ok\] Capture: /m);
});

test('the latest one is there for whoever opens the page by its link', async () => {
  await page.goto(new URL('/ui/network#self-test', page.url()).href);
  await isMarked('Capture', 'well');
  const box = await page.getByRole('heading', { name: 'Self test' }).boundingBox();
  assert.ok(box !== null && box.y >= 0 && box.y < 400, `the heading is at ${box?.y}`);
});

test('Home tells of a leak without a test, and puts it right', async () => {
  writeFileSync(world.lab.place('home').resolvConf, 'nameserver 127.0.0.1\n');
  await page.getByRole('navigation').getByRole('link', { name: 'Home' }).click();
  const note = page.getByRole('alert').filter({ hasText: 'Names may go past Sluice' });
  await note.waitFor();
  await note.getByRole('button', { name: 'Switch capture off and on' }).click();
  await note.waitFor({ state: 'detached' });
});

test('Home leads to a self test that failed', async () => {
  await world.lab.output('home', 'ip', ['rule', 'add', 'priority', '100', 'lookup', 'main']);
  await world.sluice.cli('doctor', 'capture');
  const note = page.getByRole('alert').filter({ hasText: 'failed in the latest self test: 1' });
  await note.getByRole('button', { name: 'See the self test' }).click();
  await isMarked('Capture', 'failed');
  await line('Capture').getByText('it leaves by eth0').waitFor();
  await world.lab.output('home', 'ip', ['rule', 'del', 'priority', '100']);
});

test('leaving the page ends it, and another may begin', async () => {
  // Long enough to be left: the first proxy is silent.
  await world.lab.output('net', 'nft', ['add', 'table', 'inet', 'silent']);
  const hook = '{ type filter hook input priority 0; }';
  await world.lab.output('net', 'nft', ['add', 'chain', 'inet', 'silent', 'in', hook]);
  const rule = ['add', 'rule', 'inet', 'silent', 'in', 'tcp', 'dport', '1080', 'drop'];
  await world.lab.output('net', 'nft', rule);
  await page.getByRole('button', { name: 'Run it again' }).click();
  await isMarked('Upstreams', 'running');
  await page.getByRole('navigation').getByRole('link', { name: 'Logs' }).click();
  await page.getByRole('heading', { name: 'Self test' }).waitFor({ state: 'detached' });
  // The browser takes a moment to close the connection.
  for (let tries = 0; (await world.sluice.cli('doctor', 'uplink')).status !== 0; tries += 1) {
    assert.ok(tries < 10, 'the earlier run goes on');
  }
  await world.lab.output('net', 'nft', ['delete', 'table', 'inet', 'silent']);
});
