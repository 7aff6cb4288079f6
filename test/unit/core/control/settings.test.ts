/** The endpoints about settings, over the control socket, on a real file. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { endpoints } from '../../../../core/api/endpoints.ts';
import type { SettingsChange } from '../../../../core/api/settings.ts';
import { ControlClient } from '../../../../core/cli/control-client.ts';
import { ConfigEditor } from '../../../../core/config/edit/config-editor.ts';
import { RevisionStore } from '../../../../core/config/edit/history.ts';
import { ControlServer } from '../../../../core/control/server.ts';
import { createLogger } from '../../../../core/log/logger.ts';
import { CannedService } from './canned-service.ts';

const TEXT = '# mine\nmode: rule # as ever\ntun:\n  mtu: 1400\n';

let folder: string;
let path: string;
let store: RevisionStore;
let server: ControlServer;
let service: CannedService;
let client: ControlClient;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-settings-'));
  path = join(folder, 'config.yaml');
  writeFileSync(path, TEXT);
  store = new RevisionStore(join(folder, 'history.sqlite'), path);
  service = new CannedService();
  const applied = { applied: true, problems: [], restartNeeded: [] };
  service.editor = new ConfigEditor(path, store, async () => applied);
  server = new ControlServer(service, createLogger({ level: 'silent', write: () => undefined }));
  const socket = join(folder, 'control.sock');
  await server.listen(socket);
  client = new ControlClient(socket);
});

afterEach(async () => {
  await server.close();
  store.close();
  rmSync(folder, { recursive: true });
});

const text = (): string => readFileSync(path, 'utf8');
const edit = (
  changes: SettingsChange['changes'],
  more: Partial<SettingsChange> = {},
): Promise<unknown> =>
  client.call(endpoints.editSettings, { body: { changes, author: 'cli', ...more } });

test('the list has what the file says, and its hash', async () => {
  const { settings, hash, path: file } = await client.call(endpoints.settings);
  const mtu = settings.find((setting) => setting.path === 'tun.mtu');
  assert.deepEqual(mtu, {
    path: 'tun.mtu',
    group: 'tun',
    shape: { kind: 'integer', min: 1280, max: 65535 },
    unit: 'bytes',
    default: 1500,
    // What is in force is another text in this test.
    value: 1500,
    file: { line: 4, value: 1400 },
    needsRestart: true,
    isSecret: false,
    needs: null,
  });
  assert.equal(file, path);
  assert.equal(hash, service.editor?.text().hash);
});

test('a change is in the file and in the history', async () => {
  await edit([
    { path: 'mode', value: 'direct' },
    { path: 'tun.mtu', value: null },
  ]);
  assert.equal(text(), '# mine\nmode: direct # as ever\n');
  await edit([{ path: 'ipv6', value: false }]);
  const { revisions } = await client.call(endpoints.history);
  assert.equal(revisions[0]?.summary, 'set ipv6 to false');
  await client.call(endpoints.undo, { body: { author: 'cli' } });
  assert.equal(text(), '# mine\nmode: direct # as ever\n');
});

test('of changes of which one is refused none is made', async () => {
  const changes = [
    { path: 'mode', value: 'direct' },
    { path: 'tun.mtu', value: 1 },
  ];
  await assert.rejects(edit(changes), { code: 'ERR_SETTING_INVALID' });
  assert.equal(text(), TEXT);
});

test('what breaks the file as a whole is refused with the reason', async () => {
  await assert.rejects(edit([{ path: 'dns.respect-rules', value: true }]), {
    code: 'ERR_EDIT_INVALID',
    message: /needs dns\.proxy-server-nameserver/,
  });
  await assert.rejects(edit([{ path: 'dns.nameserver', value: ['bad server'] }]), {
    code: 'ERR_EDIT_INVALID',
  });
  assert.equal(text(), TEXT);
});

test('a change for a file that somebody else has changed is refused', async () => {
  const { hash } = await client.call(endpoints.settings);
  writeFileSync(path, `${TEXT}# somebody was here\n`);
  await assert.rejects(edit([{ path: 'mode', value: 'direct' }], { hash: hash ?? '' }), {
    code: 'ERR_CONFIG_CHANGED',
  });
  assert.equal(text(), `${TEXT}# somebody was here\n`);
});

test('requests that make no sense are refused', async () => {
  const refused = (changes: unknown, code = 'ERR_REQUEST_INVALID'): Promise<void> =>
    assert.rejects(edit(changes as SettingsChange['changes']), { code });
  await refused([]);
  await refused([{ path: 'mode' }]);
  await refused([{ path: 'mode', value: { a: { b: 1 } } }]);
  await refused([{ path: 'tun.mtu', value: -1 }]);
  await refused([{ path: 'tun.mtu', value: 1.5 }]);
  await refused([{ path: 'mode', value: 'x'.repeat(5000) }]);
  await refused([{ path: 'rules', value: ['MATCH,DIRECT'] }], 'ERR_SETTING_UNKNOWN');
  await refused([{ path: '__proto__', value: true }], 'ERR_SETTING_UNKNOWN');
  service.editor = null;
  await refused([{ path: 'mode', value: 'direct' }], 'ERR_NO_CONFIG_FILE');
});
