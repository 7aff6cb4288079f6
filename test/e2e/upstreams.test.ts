/** The Upstreams page in a real browser, with real proxies of the lab behind it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Locator } from 'playwright-core';
import { endpoints } from '../../core/api/endpoints.ts';
import type { GroupInfo } from '../../core/api/proxies.ts';
import { ports, proxies, site4 } from '../lab/addresses.ts';
import { curl } from '../lab/clients.ts';
import { listPorts } from '../lab/list-server.ts';
import type { Daemon } from '../lab/processes.ts';
import { browserFor, openInterface } from './browser.ts';
import { startUpstreams } from './upstream-groups.ts';

const world = await startUpstreams(3);
const browser = await browserFor(world);
// So high that every card of the first world is in sight, and so in the page.
const page = await openInterface(browser, await world.link(), { height: 2400 });
await page.goto(new URL('/ui/upstreams', page.url()).href);

function card(name: string): Locator {
  return page.getByRole('region', { name, exact: true });
}

/** The members of an open group stand in lines below its head. */
function memberOf(group: string, member: string): Locator {
  return page
    .getByRole('group', { name: group, exact: true })
    .getByRole('button', { name: new RegExp(`^${member}\\b(?!-)`) });
}

async function groupInfo(name: string): Promise<GroupInfo> {
  const { groups } = await world.sluice.client.call(endpoints.proxies);
  const found = groups.find((group) => group.name === name);
  assert.ok(found);
  return found;
}

/** The way of a request that is made now. */
async function wayOfNext(): Promise<string> {
  const before = new Set((await world.sluice.flows()).map(({ id }) => id));
  await curl(world.lab, 'guest', `http://${site4}/small`);
  const flow = (await world.sluice.flows()).find(
    ({ id, destination }) => !before.has(id) && destination.port === ports.http,
  );
  assert.ok(flow);
  return flow.chain.join(' > ');
}

/** A download without end through the group `Proxy`. */
async function downloadForever(): Promise<{ readonly id: number; readonly client: Daemon }> {
  const command = `exec nc ${site4} ${ports.endless} > /dev/null`;
  const before = new Set((await world.sluice.flows('live')).map(({ id }) => id));
  const client = world.lab.spawn('guest', 'sh', ['-c', command], { keepInput: true });
  for (;;) {
    const flow = (await world.sluice.flows('live')).find(
      ({ id, destination, download }) =>
        !before.has(id) && destination.port === ports.endless && download > 0,
    );
    if (flow !== undefined) return { id: flow.id, client };
    await page.waitForTimeout(50);
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    assert.ok(tries < 200, 'not in time');
    await page.waitForTimeout(50);
  }
}

async function bytesOf(id: number): Promise<number> {
  return (await world.sluice.flows('live')).find((flow) => flow.id === id)?.download ?? 0;
}

test('what is chosen in a group leads the next connection', async () => {
  await memberOf('Proxy', 'Use squid').click();
  await card('Proxy').getByText('is your choice').waitFor();
  assert.equal(await wayOfNext(), 'Proxy > squid');
  await memberOf('Proxy', 'Use dante').click();
  await memberOf('Proxy', 'Use dante').and(page.locator('[aria-pressed="true"]')).waitFor();
  assert.equal(await wayOfNext(), 'Proxy > dante');
});

test('under load: a download goes on while one switches to and fro, new ones go the new way, the old ones are closed on request', async () => {
  await memberOf('Proxy', 'Use dante').click();
  const { id, client } = await downloadForever();
  for (const name of ['squid', 'dante', 'microsocks-tls', 'squid']) {
    await memberOf('Proxy', `Use ${name}`).click();
    await memberOf('Proxy', `Use ${name}`).and(page.locator('[aria-pressed="true"]')).waitFor();
    const bytes = await bytesOf(id);
    assert.equal(await wayOfNext(), `Proxy > ${name}`);
    await until(async () => (await bytesOf(id)) > bytes);
  }
  await card('Proxy')
    .getByText(/still go another way: \d/)
    .waitFor();
  await card('Proxy').getByRole('button', { name: 'Close them' }).click();
  await page.getByText(/\d closed\./).waitFor();
  await client.exited;
});

test('a member of an automatic group is pinned, and let go again', async () => {
  await card('Fastest').getByRole('button', { name: 'Test the members' }).click();
  await card('Fastest').getByText('was the fastest in the last test').waitFor();
  await memberOf('Fastest', 'Pin chain').click();
  await card('Fastest').getByText('is pinned').waitFor();
  assert.equal((await groupInfo('Fastest')).fixed, 'chain');
  await card('Fastest').getByRole('button', { name: 'Unpin' }).click();
  await card('Fastest').getByText('was the fastest in the last test').waitFor();
  assert.equal((await groupInfo('Fastest')).fixed, '');
});

test('one proxy is tested, and says why it failed, whatever else is tested; its history grows', async () => {
  // It is given up when the others have long been told of.
  await card('silent').getByRole('button', { name: 'Test silent' }).click();
  await card('tinyproxy').getByRole('button', { name: 'Test tinyproxy' }).click();
  // It is in no group: it is tested with an address that the lab does not have.
  await card('tinyproxy').getByText('failed', { exact: true }).waitFor();
  await card('squid').getByRole('button', { name: 'Test squid' }).click();
  await card('squid')
    .getByRole('img', { name: /latest tests: .*\d ms/ })
    .waitFor();
  await card('mortal').getByRole('button', { name: 'Test mortal' }).click();
  const refused = card('mortal')
    .getByRole('status')
    .filter({ hasText: /refused/ });
  await refused.waitFor();
  await card('silent').getByRole('status').waitFor();
  await refused.waitFor();
});

test('all are tested, with progress, and one can stop it', async () => {
  await page.reload();
  await page.getByRole('button', { name: 'Test all' }).click();
  await page.getByRole('progressbar', { name: /^\d+ of \d+$/ }).waitFor();
  await page.getByRole('button', { name: 'Test all' }).waitFor({ timeout: 60_000 });
  await card('Backup').getByText('is the first one that answers').waitFor();
  await memberOf('Backup', 'Pin mortal Socks5 failed').waitFor();
  // Its group's test has found out why.
  await card('mortal').getByRole('status').waitFor();
  await page.getByRole('button', { name: 'Test all' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Test all' }).waitFor();
  // The silent one keeps its test until it is given up.
  await card('silent').locator('button[aria-busy="true"]').waitFor();
});

test('the filter finds members in closed groups; what is closed stays closed', async () => {
  const head = page.getByRole('button', { name: /^Spread .*2 members/ });
  await head.click();
  await page.reload();
  await head.and(page.locator('[aria-expanded="false"]')).waitFor();
  const filter = page.getByRole('textbox', { name: 'Filter' });
  await filter.fill('chain');
  await memberOf('Fastest', 'Pin chain').waitFor();
  await card('Spread').waitFor({ state: 'detached' });
  await filter.fill('');
  await head.click();
});

test('hidden groups are shown on request', async () => {
  assert.equal(await card('Behind the scenes').count(), 0);
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Show hidden groups' }).click();
  await card('Behind the scenes').waitFor();
});

test('a subscription says how much of it is used, and is fetched again', async () => {
  await page.getByRole('textbox', { name: 'Filter' }).fill('plan');
  const plan = page.getByRole('region', { name: 'plan', exact: true });
  await plan.getByText('50.0 GiB of 100 GiB used').waitFor();
  world.subscription.put(
    'proxies.txt',
    `proxies:\n  - {name: fresh, type: socks5, server: ${proxies.dante}, port: 1080}\n`,
  );
  await plan.getByRole('button', { name: 'Fetch plan again' }).click();
  await card('fresh').waitFor();
});

/** A state of the page of its own. */
async function open(path: string): Promise<void> {
  await page.goto(new URL(`/ui/${path}`, page.url()).href);
}

function fileText(): string {
  return readFileSync(world.sluice.configPath, 'utf8');
}

const form = (): Locator => page.getByRole('dialog');
const field = (name: string): Locator => form().getByRole('textbox', { name, exact: true });
/** A step of the test of a connection, once it has come to this. */
const step = (title: string, state: string): Locator =>
  form()
    .getByRole('listitem')
    .filter({ hasText: `${title}: ${state}` });

test('an upstream is added by the form: a wrong password shows in its step, is put right, and saved', async () => {
  await open('upstreams/new');
  await field('Server').fill(`http://alice:wrong@${proxies.tinyproxy}:8888`);
  assert.equal(await field('Port').inputValue(), '8888');
  await form().getByRole('button', { name: 'Add it' }).click();
  await form().getByText('Give it a name.').waitFor();
  await field('Name').fill('my proxy');
  await field('Test by fetching').fill('http://www.site.test/');
  await form().getByRole('button', { name: 'Test connection' }).click();
  await step('Connect', 'well').waitFor();
  await step('Log in', 'failed').waitFor();
  await form().getByText('It does not work').waitFor();

  await field('Password').fill('correct-horse');
  // What was found out with the other password is gone.
  await step('Log in', 'failed').waitFor({ state: 'detached' });
  await form().getByRole('button', { name: 'Test connection' }).click();
  await step('Log in', 'well').waitFor();
  await step('Reach a site through it', 'well').waitFor();
  await form()
    .getByText(/It works/)
    .waitFor();

  await form().getByRole('combobox', { name: 'Member of the groups' }).click();
  await page.getByRole('option', { name: 'Proxy', exact: true }).click();
  await page.keyboard.press('Escape');
  await form().getByRole('button', { name: 'Add it' }).click();
  await page.getByText('my proxy was added, and is in force.').waitFor();
  await memberOf('Proxy', 'Use my proxy').click();
  assert.equal(await wayOfNext(), 'Proxy > my proxy');
});

test('an upstream is renamed, and what names it follows; undo brings the old name back', async () => {
  const before = fileText();
  await card('squid').getByRole('button', { name: 'More for squid' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  await form().getByText('Used by').waitFor();
  await field('Name').fill('renamed');
  await form().getByRole('button', { name: 'Save' }).click();
  await page.getByText('renamed was changed, and is in force.').waitFor();
  await card('renamed').waitFor();
  assert.match(fileText(), /DOMAIN,shop\.site\.test,renamed/);
  await page.getByRole('button', { name: 'Undo' }).click();
  await card('squid').waitFor();
  assert.equal(fileText(), before);
});

test('who is changed in the file meanwhile is not overwritten unseen', async () => {
  await open('upstreams/edit?name=dante');
  await field('Port').fill('1081');
  const theirs = `${fileText()}# theirs\n`;
  world.sluice.writeConfig(theirs);
  await form().getByRole('button', { name: 'Save' }).click();
  await form().getByText('Somebody else has changed the file meanwhile').waitFor();
  assert.equal(fileText(), theirs);
  await field('Port').fill('1080');
  await form().getByRole('button', { name: 'Save' }).click();
  await page.getByText('dante was changed').waitFor();
  assert.match(fileText(), /# theirs/);
});

test('what is typed is not thrown away unasked', async () => {
  await open('upstreams/new?copy=dante');
  assert.equal(await field('Name').inputValue(), 'dante 2');
  await field('Name').fill('typed');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Keep editing' }).click();
  assert.equal(await field('Name').inputValue(), 'typed');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Discard' }).click();
  await field('Name').waitFor({ state: 'detached' });
});

test('by keyboard, a menu and a form give the focus back to what opened them', async () => {
  await page.goto(new URL('/ui/upstreams', page.url()).href);
  const hasFocus = (one: Locator): Promise<void> => one.and(page.locator(':focus')).waitFor();
  const { keyboard } = page;
  const menu = page.getByRole('button', { name: 'More for dante', exact: true });
  await menu.focus();
  await keyboard.press('Enter');
  await hasFocus(page.getByRole('menuitem', { name: 'Edit' }));
  await keyboard.press('Escape');
  await hasFocus(menu);
  await keyboard.press('Enter');
  await hasFocus(page.getByRole('menuitem', { name: 'Edit' }));
  await keyboard.press('Enter');
  const name = page.getByRole('textbox', { name: 'Name', exact: true });
  await hasFocus(name);
  await keyboard.press('Escape');
  await hasFocus(menu);
  const add = page.getByRole('link', { name: 'Add' });
  await add.focus();
  await keyboard.press('Enter');
  await hasFocus(name);
  await keyboard.type('x');
  await keyboard.press('Escape');
  await page.getByRole('button', { name: 'Discard' }).press('Enter');
  await hasFocus(add);
});

test('an upstream is removed from its groups with itself, brought back by undo, and held by a rule', async () => {
  const before = fileText();
  await card('my proxy').getByRole('button', { name: 'More for' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await form().getByText('Group: Proxy').waitFor();
  await form().getByRole('button', { name: 'Remove' }).click();
  await card('my proxy').waitFor({ state: 'detached' });
  assert.doesNotMatch(fileText(), /my proxy/);
  await page.getByRole('button', { name: 'Undo' }).click();
  await card('my proxy').waitFor();
  assert.equal(fileText(), before);

  await card('squid').getByRole('button', { name: 'More for' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await form().getByText('Rule: DOMAIN,shop.site.test,squid').waitFor();
  assert.equal(await form().getByRole('button', { name: 'Remove' }).count(), 0);
  await page.keyboard.press('Escape');
});

test('pasted lines are previewed, what clashes is said, what is ticked comes into the file, and undo takes it out', async () => {
  await open('upstreams/import');
  const before = fileText();
  await field('Lines, or a Clash configuration').fill(
    [
      `socks5://${proxies.microsocks}:1099#dante`,
      `http://${proxies.squid}:3128#fresh squid`,
      `socks5://${proxies.dante}:1080#unwanted`,
      'not a proxy at all',
    ].join('\n'),
  );
  await form().getByRole('button', { name: 'Look at it' }).click();
  await form().getByText('Renamed: its name is taken.').waitFor();
  await form()
    .getByText(/Not taken over, or only in part: 1/)
    .waitFor();
  await form()
    .getByRole('row', { name: /unwanted/ })
    .getByRole('checkbox')
    .click();
  await form().getByRole('combobox', { name: 'Add them to the groups' }).click();
  await page.getByRole('option', { name: 'Proxy', exact: true }).click();
  await page.keyboard.press('Escape');
  await form().getByRole('button', { name: 'Take it over' }).click();
  await page.getByText(/Taken over and in force: proxies 2,/).waitFor();
  assert.match(fileText(), /fresh squid/);
  assert.doesNotMatch(fileText(), /unwanted/);
  await memberOf('Proxy', 'Use fresh squid').click();
  assert.equal(await wayOfNext(), 'Proxy > fresh squid');
  await page.getByRole('button', { name: 'Undo' }).click();
  await card('fresh squid').waitFor({ state: 'detached' });
  assert.equal(fileText(), before);
});

test('a file is imported, by choosing it and by dropping it', async () => {
  const profile = [
    'proxies:',
    `  - {name: from a file, type: http, server: ${proxies.squid}, port: 3128}`,
    'rules:',
    '  - MATCH,from a file',
  ].join('\n');
  await open('upstreams/import');
  await form().getByText('File', { exact: true }).click();
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    form().getByRole('button', { name: 'Choose a file' }).click(),
  ]);
  await chooser.setFiles({ name: 'a.yaml', mimeType: 'text/yaml', buffer: Buffer.from(profile) });
  await form()
    .getByRole('row', { name: /from a file/ })
    .first()
    .waitFor();
  await form().getByText('Replace the whole configuration file by it').waitFor();

  await form().getByRole('button', { name: 'Something else' }).click();
  const data = await page.evaluateHandle(
    `(() => { const data = new DataTransfer(); data.items.add(new File([${JSON.stringify(
      profile.replaceAll('from a file', 'dropped'),
    )}], 'b.yaml')); return data; })()`,
  );
  await form()
    .getByText('Lines, or a Clash configuration')
    .dispatchEvent('drop', { dataTransfer: data });
  await form()
    .getByRole('row', { name: /dropped/ })
    .first()
    .waitFor();
  await page.keyboard.press('Escape');
});

test('a subscription is fetched, and kept up to date as a provider', async () => {
  await open('upstreams/import');
  await form().getByText('Subscription', { exact: true }).click();
  await field('Address of the subscription').fill('http://site.test:1/nothing');
  await form().getByRole('button', { name: 'Fetch it' }).click();
  await form().getByText('Nothing could be read from it').waitFor();
  await field('Address of the subscription').fill(`http://site.test:${listPorts.http}/plan`);
  await form().getByRole('button', { name: 'Fetch it' }).click();
  await form().getByText('50.0 GiB of 100 GiB used').waitFor();
  await field('Name of the subscription').fill('second');
  await field('Add them to a new group').fill('Second');
  await form().getByRole('button', { name: 'Take it over' }).click();
  await page.getByText(/Taken over and in force/).waitFor();
  await card('Second').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await card('Second').waitFor({ state: 'detached' });
});

test('of a thousand proxies only those in sight are in the page, and the last one is reached', async () => {
  const lines = Array.from(
    { length: 1000 },
    (_, at) => `  - {name: "many ${at}", type: socks5, server: ${proxies.dante}, port: 1080}`,
  );
  await open('upstreams');
  world.subscription.put('proxies.txt', `proxies:\n${lines.join('\n')}\n`);
  const plan = page.getByRole('region', { name: 'plan', exact: true });
  await plan.getByRole('button', { name: 'Fetch plan again' }).click();
  await card('many 0').waitFor();
  await page.evaluate('window.scrollTo(0, document.body.scrollHeight)');
  await card('many 999').waitFor();
  assert.ok((await page.getByRole('region').count()) < 200);
  await page.getByRole('textbox', { name: 'Filter' }).fill('many 77');
  await card('many 77').waitFor();
});
