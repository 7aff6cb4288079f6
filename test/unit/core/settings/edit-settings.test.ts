import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { changeSettings, summaryOf } from '../../../../core/settings/edit-settings.ts';
import { listSettings } from '../../../../core/settings/list-settings.ts';
import type { Setting } from '../../../../core/api/settings.ts';

function listOf(text: string, inForce = text): ReturnType<typeof listSettings> {
  return listSettings({ file: { path: '/etc/test.yaml', text, hash: 'h' }, inForce });
}

function settingIn(text: string, path: string, inForce = text): Setting {
  const found = listOf(text, inForce).settings.find((setting) => setting.path === path);
  assert.ok(found);
  return found;
}

describe('the list', () => {
  test('says what is in force, what the file says and where', () => {
    const { value, file, default: usual } = settingIn('mode: rule\ntun:\n  mtu: 1400\n', 'tun.mtu');
    assert.deepEqual([value, file, usual], [1400, { line: 3, value: 1400 }, 1500]);
  });

  test('of a file that was refused what is in force is what was before', () => {
    const { value, file } = settingIn('tun: {mtu: 99}\n', 'tun.mtu', 'tun: {mtu: 1400}\n');
    assert.deepEqual([value, file], [1400, { line: 1, value: 99 }]);
  });

  test('a value by a merge key is told with the line where it stands', () => {
    const text = 'x: &x\n  mtu: 1400\ntun:\n  <<: *x\n';
    assert.deepEqual(settingIn(text, 'tun.mtu').file, { line: 2, value: 1400 });
  });

  test('what no form can show has a line all the same', () => {
    assert.deepEqual(settingIn('hosts:\n  a.test: {}\n', 'hosts').file, { line: 1, value: null });
    assert.deepEqual(settingIn('tun: {mtu: big}\n', 'tun.mtu').file, { line: 1, value: null });
  });

  test('a key without a value is not set', () => {
    assert.equal(settingIn('mode: rule\ntun:\n', 'tun.mtu').file, null);
    assert.equal(settingIn('ipv6:\n', 'ipv6').file, null);
  });

  test('a file that is no YAML is told of, and what is in force is shown', () => {
    const list = listOf('tun: {\n', 'tun: {mtu: 1400}\n');
    assert.match(list.notEditable ?? '', /no valid YAML: line [12]/);
    assert.equal(list.settings.find(({ path }) => path === 'tun.mtu')?.value, 1400);
  });

  test('without a file nothing can be changed', () => {
    const list = listSettings({ file: null, inForce: 'mode: direct\n' });
    assert.match(list.notEditable ?? '', /sluice run -c FILE/);
    assert.equal(list.settings.find(({ path }) => path === 'mode')?.value, 'direct');
  });
});

describe('a change', () => {
  test('of what is no setting is refused with the one that is meant', () => {
    assert.throws(() => changeSettings('', [{ path: 'tun.mtv', value: 1 }]), {
      code: 'ERR_SETTING_UNKNOWN',
      message: /"tun.mtv".*tun\.mtu/,
    });
  });

  test('with a value that its reader refuses says what is expected', () => {
    const refused = (path: string, value: Setting['value'], message: RegExp): void =>
      assert.throws(() => changeSettings('mode: rule\n', [{ path, value }]), {
        code: 'ERR_SETTING_INVALID',
        message,
      });
    refused('tun.mtu', 1279, /tun\.mtu must be a whole number from 1280 to 65535, not "1279"/);
    refused('tun.mtu', [1500], /takes one value/);
    refused('dns.nameserver', '1.1.1.1', /takes a list/);
    refused('hosts', ['a'], /takes a map/);
    refused('tun.enable', 'perhaps', /true or false/);
    refused('tun.route-address', ['10.0.0.0/8', '10.0.0.0/99'], /tun\.route-address\[1\]/);
  });

  test('text of one line is all that a file takes', () => {
    assert.throws(() => changeSettings('', [{ path: 'secret', value: 'a\nmode: direct' }]), {
      code: 'ERR_EDIT_VALUE',
    });
  });

  test('a protocol keeps the spelling of the file', () => {
    const text = 'sniffer: {enable: true, sniff: {tls: {ports: [443]}}}\n';
    const path = 'sniffer.sniff.TLS.ports';
    assert.equal(
      changeSettings(text, [{ path, value: ['443', '8443-8450'] }]),
      text.replace('[443]', '[443, 8443-8450]'),
    );
  });

  test('a setting that would not count is refused, but taken with what it needs', () => {
    const change = { path: 'sniffer.parse-pure-ip', value: false };
    assert.throws(() => changeSettings('mode: rule\n', [change]), {
      code: 'ERR_SETTING_NEEDS',
      message: /sniffer\.enable/,
    });
    assert.equal(
      changeSettings('mode: rule\n', [change, { path: 'sniffer.enable', value: true }]),
      'mode: rule\nsniffer:\n  parse-pure-ip: false\n  enable: true\n',
    );
    changeSettings('mode: rule\n', [{ ...change, value: null }]);
  });

  test('what is sent as text is written as what it is', () => {
    const written = (path: string, value: string): string =>
      changeSettings('{}\n', [{ path, value }]);
    assert.equal(written('ipv6', 'off'), 'ipv6: false\n');
    assert.equal(written('tun.mtu', '1400'), 'tun:\n  mtu: 1400\n');
    assert.equal(written('mode', 'GLOBAL'), 'mode: global\n');
    assert.equal(written('secret', '1400'), "secret: '1400'\n");
  });

  test('the history tells no secrets', () => {
    assert.equal(summaryOf([{ path: 'secret', value: 'hunter2' }]), 'changed secret');
    assert.equal(summaryOf([{ path: 'tun.mtu', value: 1400 }]), 'set tun.mtu to 1400');
    assert.equal(summaryOf([{ path: 'tun.mtu', value: null }]), 'reset tun.mtu');
    const both = [
      { path: 'tun.mtu', value: null },
      { path: 'secret', value: 'hunter2' },
    ];
    assert.equal(summaryOf(both), 'changed 2 settings');
  });
});
