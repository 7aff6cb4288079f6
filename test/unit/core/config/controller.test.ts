import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../../core/config/parse-config.ts';

function controller(yaml: string) {
  const { config, problems } = parseConfig(`rules: ["MATCH,DIRECT"]\n${yaml}`, 'test.yaml');
  return { controller: config?.controller, codes: problems.map(({ code }) => code) };
}

test('without a word the interface is on loopback, and any port will do', () => {
  const { controller: found, codes } = controller('mode: rule');
  assert.deepEqual(found?.listen, { host: '127.0.0.1', port: 9090 });
  assert.equal(found?.isExplicit, false);
  assert.deepEqual(codes, []);
});

test('addresses are read as Clash reads them', () => {
  const cases = {
    '127.0.0.1:9097': { host: '127.0.0.1', port: 9097 },
    'localhost:9097': { host: '127.0.0.1', port: 9097 },
    "'[::1]:80'": { host: '::1', port: 80 },
    "''": null,
  };
  for (const [text, listen] of Object.entries(cases)) {
    const { controller: found, codes } = controller(`external-controller: ${text}`);
    assert.deepEqual(found?.listen, listen, text);
    assert.equal(found?.isExplicit, true);
    assert.deepEqual(codes, []);
  }
});

test('an address that others can reach says what that means', () => {
  for (const text of ['0.0.0.0:9090', ':9090', '192.168.1.2:9090', "'[::]:9090'"]) {
    const { controller: found, codes } = controller(`external-controller: ${text}`);
    assert.notEqual(found?.listen, null);
    assert.deepEqual(codes, ['controller-exposed'], text);
  }
});

test('what is no address is an error', () => {
  for (const text of [
    '9090',
    '127.0.0.1',
    'a.example:80',
    '127.0.0.1:0',
    '127.0.0.1:70000',
    '[x]:1',
  ]) {
    assert.deepEqual(controller(`external-controller: "${text}"`).codes, ['value-invalid'], text);
  }
});

test('pages of other sites are named, and all of them is a warning', () => {
  const { controller: found, codes } = controller(
    'external-controller-cors: { allow-origins: [https://a.example/, "*"], allow-private-network: true }',
  );
  assert.deepEqual(found?.allowOrigins, ['https://a.example', '*']);
  assert.equal(found?.allowPrivateNetwork, true);
  assert.deepEqual(codes, ['controller-any-origin']);
  assert.deepEqual(controller('external-controller-cors: { allow-origins: [a.b] }').codes, [
    'value-invalid',
  ]);
});
