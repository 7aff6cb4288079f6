/** Upstreams changed through the control API of a running core: in force at once, kept in the history, and never on top of somebody else's change. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { endpoints } from '../../../../core/api/endpoints.ts';
import { parseImportRequest, parseImportSource } from '../../../../core/api/import.ts';
import type { UpstreamChange, UpstreamSettings } from '../../../../core/api/upstreams.ts';
import { parseUpstreamChange, parseUpstreamTest } from '../../../../core/api/upstreams.ts';
import { CoreLab } from '../core-lab.ts';

const TEXT =
  'proxies:\n  - {name: A, type: socks5, server: 192.0.2.1, port: 1}\n' +
  '  - {name: B, type: http, server: 192.0.2.2, port: 2}\n' +
  'proxy-groups:\n  - {name: G, type: select, proxies: [A, B]}\nrules:\n  - MATCH,G\n';

let lab: CoreLab;

beforeEach(() => {
  lab = new CoreLab();
});

afterEach(() => lab.close());

const edit = (body: UpstreamChange) => lab.client.call(endpoints.editUpstreams, { body });

async function settingsOf(name: string): Promise<UpstreamSettings> {
  const { upstreams } = await lab.client.call(endpoints.upstreams);
  const found = upstreams.find(({ settings }) => settings.name === name);
  assert.ok(found !== undefined);
  return found.settings;
}

test('a new name is in force at once, and who had chosen it has it still', async () => {
  await lab.start(TEXT);
  await lab.client.call(endpoints.chooseProxy, { params: { name: 'G' }, body: { name: 'B' } });
  const { hash } = await lab.client.call(endpoints.upstreams);
  const settings = { ...(await settingsOf('B')), name: 'Bee', port: 3 };
  const done = await edit({ edit: { op: 'replace', name: 'B', settings }, hash, author: 'ui' });
  assert.equal(done.result.applied, true);
  const { groups, proxies } = await lab.client.call(endpoints.proxies);
  const group = groups.find(({ name }) => name === 'G');
  assert.deepEqual([group?.now, group?.fixed, group?.all], ['Bee', 'Bee', ['A', 'Bee']]);
  assert.equal(proxies.find(({ name }) => name === 'Bee')?.server, '192.0.2.2:3');
  const { revisions } = await lab.client.call(endpoints.history);
  assert.equal(revisions[0]?.summary, 'changed the upstream "Bee", before "B"');
  await lab.client.call(endpoints.undo, { body: { author: 'ui' } });
  assert.equal(lab.text(), TEXT);
});

test('a second browser does not overwrite the first', async () => {
  await lab.start(TEXT);
  const { hash } = await lab.client.call(endpoints.upstreams);
  const settings = { ...(await settingsOf('A')), port: 9 };
  const change: UpstreamChange = {
    edit: { op: 'replace', name: 'A', settings },
    hash,
    author: 'ui',
  };
  await edit(change);
  await assert.rejects(edit({ ...change, edit: { op: 'remove', name: 'B', force: true } }), {
    code: 'ERR_CONFIG_CHANGED',
  });
});

test('what makes no sense changes nothing', async () => {
  await lab.start(TEXT);
  const settings = await settingsOf('A');
  const add = (more: Partial<UpstreamSettings>) =>
    edit({ edit: { op: 'add', settings: { ...settings, name: 'new', ...more } }, author: 'ui' });
  await assert.rejects(add({ dialerProxy: 'nobody' }), { code: 'ERR_EDIT_INVALID' });
  await assert.rejects(add({ name: 'DIRECT' }), { code: 'ERR_UPSTREAM_INVALID' });
  await assert.rejects(add({ name: 'A' }), { code: 'ERR_UPSTREAM_NAME' });
  await assert.rejects(add({ password: 'without a user' }), { code: 'ERR_UPSTREAM_INVALID' });
  await assert.rejects(edit({ edit: { op: 'replace', name: 'nobody', settings }, author: 'ui' }), {
    code: 'ERR_UPSTREAM_UNKNOWN',
  });
  await assert.rejects(
    edit({
      edit: { op: 'add', settings: { ...settings, name: 'n' }, groups: ['x'] },
      author: 'ui',
    }),
    { code: 'ERR_GROUP_UNKNOWN' },
  );
  assert.equal(lab.text(), TEXT);
});

test('without a file there is nothing to change, and that is said', async () => {
  await lab.start(null);
  const refusal = { code: 'ERR_NO_CONFIG_FILE' };
  await assert.rejects(lab.client.call(endpoints.upstreams), refusal);
  const body = { text: 'socks5://192.0.2.1:1' };
  await assert.rejects(lab.client.call(endpoints.previewImport, { body }), refusal);
});

test('requests are checked field by field, whatever they hold', () => {
  const settings = { name: 'a', type: 'socks5', server: 'a.test', port: 1 };
  const change = (more: object) => () =>
    parseUpstreamChange({ edit: { op: 'add', settings: { ...settings, ...more } }, author: 'ui' });
  assert.equal(change({})().edit.op, 'add');
  const refused = { code: 'ERR_REQUEST_INVALID' };
  for (const more of [
    { name: 'a\nb' },
    { name: '' },
    { name: 'x'.repeat(129) },
    { type: 'vmess' },
    { port: 0 },
    { port: '1' },
    { username: 'a\0' },
    { tls: true },
    { tls: { caText: '\0' } },
    { headers: [] },
    { headers: { a: 1 } },
    { headers: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`h${n}`, ''])) },
    { ca: '/etc/shadow' },
  ]) {
    assert.throws(change(more), refused, JSON.stringify(more));
  }
  for (const body of [
    {},
    { settings: null, name: null },
    { name: 'a', url: 'file:///etc/passwd' },
    { name: 'a', timeout: 60_000 },
    { name: 'a', resolver: 'dns.test' },
    { name: 'a', resolver: '1.1.1.1:99999' },
  ]) {
    assert.throws(() => parseUpstreamTest(body), refused, JSON.stringify(body));
  }
  assert.equal(parseUpstreamTest({ name: 'a', resolver: '[2001:db8::1]:53' }).name, 'a');
  for (const body of [
    {},
    { text: 1 },
    { text: '', url: 'http://a.test/' },
    { url: 'gopher://a.test/' },
    { url: 'http://a\u0000.test/' },
    { text: 'x'.repeat(5 * 1024 * 1024 + 1) },
  ]) {
    assert.throws(() => parseImportSource(body), refused);
  }
  assert.throws(() => parseImportRequest({ id: 'x', how: 'steal', author: 'ui' }), refused);
  assert.throws(
    () => parseImportRequest({ id: 'x', how: 'merge', proxies: [-1], author: 'ui' }),
    refused,
  );
});
