/** Recording packets by the interface, and the timeline of a connection. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import { ports } from '../lab/addresses.ts';
import { readCapture } from '../packets/capture.ts';
import { browserFor, openInterface } from './browser.ts';
import { startWorld } from './world.ts';

const HOST = 'www.site.test';

const world = await startWorld();
const browser = await browserFor(world);
const page = await openInterface(browser, await world.link());
const nc = world.lab.spawn('home', 'nc', ['-N', HOST, String(ports.echo)], { keepInput: true });
await page.getByRole('link', { name: 'Connections', exact: true }).click();

async function say(words: string): Promise<void> {
  nc.child.stdin?.write(`${words}\n`);
  await nc.until('hear the echo', () => nc.log.includes(words));
}

/** Downloads the packets, and what tcpdump says of them. */
async function download(bar: Locator, name: string): Promise<{ words: string; packets: number }> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    bar.getByRole('button', { name: 'Download pcap' }).click(),
  ]);
  assert.match(file.suggestedFilename(), /^sluice-packets-.*\.pcap$/);
  const path = join(world.lab.folder, name);
  await file.saveAs(path);
  const words = await world.lab.output('home', 'tcpdump', ['-r', path, '-nn', '-A']);
  return { words, packets: readCapture(readFileSync(path)).length };
}

async function openConnection(): Promise<void> {
  await page
    .getByRole('row')
    .filter({ hasText: `${HOST}:${ports.echo}` })
    .first()
    .click();
  await page.getByRole('dialog', { name: HOST }).waitFor();
}

async function closeConnection(): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: HOST }).waitFor({ state: 'detached' });
}

test('the timeline of a connection shows each step, also to who cannot see bars', async () => {
  await openConnection();
  const timeline = page.getByRole('region', { name: 'Timeline' });
  const steps = timeline.getByRole('listitem');
  await steps.filter({ hasText: 'Open' }).waitFor();
  const texts = await steps.allTextContents();
  assert.deepEqual(
    texts.map((text) => /^[A-Za-z, ]*[a-z]/.exec(text)?.[0]),
    ['Held, rule decided', 'Upstream connected', 'Program connected', 'Open'],
  );
  for (const text of texts) assert.match(text, /\d m?s, from [0-9.]+ m?s on$/);
  await say('first words');
  await steps.filter({ hasText: 'First byte down' }).waitFor();
});

test('one connection is recorded from its drawer, with a sign on every page, and downloaded', async () => {
  await page.getByRole('button', { name: 'Record this connection' }).click();
  await page.getByRole('button', { name: 'Start recording' }).click();
  const bar = page.getByRole('dialog', { name: HOST }).getByRole('region', { name: 'Recording' });
  await bar.getByText(/^Recording connection \d+$/).waitFor();
  await page
    .getByRole('banner')
    .getByRole('link', { name: 'Packets are being recorded' })
    .waitFor();
  await say('recorded words');
  await bar.getByText(/[1-9]\d* packets/).waitFor();
  await bar.getByRole('button', { name: 'Stop' }).click();
  await bar.getByText(/^Recorded connection \d+\.$/).waitFor();
  const { words, packets } = await download(bar, 'one.pcap');
  assert(packets >= 2);
  assert.equal(words.match(/recorded words/g)?.length, 2);
  assert.doesNotMatch(words, /first words/);
  await closeConnection();
});

test('all connections are recorded from the list; what is recorded is discarded after a question', async () => {
  // The one that ended can still be had, and gives way to the next.
  await page
    .getByRole('region', { name: 'Recording' })
    .getByText(/^Recorded conn/)
    .waitFor();
  await page.getByRole('button', { name: 'Record packets' }).click();
  await page.getByRole('button', { name: 'Start recording' }).click();
  const bar = page.getByRole('region', { name: 'Recording' });
  await bar.getByText('Recording all connections').waitFor();
  await world.browse();
  await page.getByRole('link', { name: 'Home', exact: true }).click();
  // The sign leads back.
  await page.getByRole('link', { name: 'Packets are being recorded' }).click();
  await bar.getByText(/[1-9]\d+ packets/).waitFor();
  // What goes on can be had as well.
  const { words } = await download(bar, 'all.pcap');
  assert.match(words, /GET \/ HTTP\/1\.1/);
  await bar.getByRole('button', { name: 'Stop' }).click();
  await bar.getByText('Recorded all connections.').waitFor();
  await bar.getByRole('button', { name: 'Discard' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
  await bar.waitFor({ state: 'detached' });
  await page
    .getByRole('link', { name: 'Packets are being recorded' })
    .waitFor({ state: 'detached' });
});

test('while somebody else records, it is said why one cannot', async () => {
  const cli = world.sluice.startCli('record', '-o', join(world.lab.folder, 'cli.pcap'));
  const bar = page.getByRole('region', { name: 'Recording' });
  await bar.getByText('Recording all connections').waitFor();
  const button = page.getByRole('button', { name: 'Record packets' });
  assert.equal(await button.getAttribute('aria-disabled'), 'true');
  await openConnection();
  assert(await page.getByRole('button', { name: 'Record this connection' }).isDisabled());
  await page.getByText('Packets are being recorded', { exact: true }).waitFor();
  await closeConnection();
  await cli.stop('SIGINT');
  await bar.waitFor({ state: 'detached' });
});
