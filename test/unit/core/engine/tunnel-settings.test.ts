import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import { tunnelOptionsOf } from '../../../../core/engine/tunnel-settings.ts';
import type { TunnelOptions } from '../../../../core/platform/platform.ts';

function optionsOf(yaml: string): TunnelOptions {
  const { config, problems } = parseConfig(`rules: ["MATCH,DIRECT"]\n${yaml}\n`, 'test.yaml');
  if (config === null) throw new Error(JSON.stringify(problems));
  return tunnelOptionsOf(config, 'sluice0', 1500);
}

test("the system's resolver leads into the tunnel by default", () => {
  assert.deepEqual(optionsOf('').dns, { answers: [] });
});

test('it is left alone where queries would not be answered, or nobody wants it', () => {
  for (const yaml of [
    'dns: {enable: false}',
    'sluice: {system-dns: false}',
    'tun: {dns-hijack: []}',
    'tun: {dns-hijack: ["tcp://any:53", "any:5353"]}',
  ]) {
    assert.equal(optionsOf(yaml).dns, null, yaml);
  }
});

test('queries that are answered at some addresses alone are answered nowhere else', () => {
  assert.deepEqual(optionsOf('tun: {dns-hijack: ["198.18.0.2:53", "tcp://192.0.2.1:53"]}').dns, {
    answers: ['198.18.0.2'],
  });
});

test('fake addresses are led into the tunnel where there are any', () => {
  const fake = 'fake-ip-range: 198.19.0.0/16, fake-ip-range6: "fd00:18::/32"';
  assert.deepEqual(optionsOf(`dns: {${fake}}`).fakeRanges, ['198.19.0.0/16', 'fd00:18::/32']);
  assert.deepEqual(optionsOf('dns: {enhanced-mode: redir-host}').fakeRanges, []);
  assert.deepEqual(optionsOf('dns: {enable: false}').fakeRanges, []);
});
