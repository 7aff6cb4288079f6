import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import { stackSettingsOf } from '../../../../core/engine/stack-settings.ts';

const { config } = parseConfig('rules: ["MATCH,DIRECT"]', 'test.yaml');

const cases: readonly (readonly [string, string, string])[] = [
  // The tunnel's address, its other end, and the broadcast address.
  ['198.18.0.1/30', '198.18.0.2', '198.18.0.3'],
  ['198.18.0.2/30', '198.18.0.1', '198.18.0.3'],
  ['10.0.0.254/24', '10.0.0.253', '10.0.0.255'],
  ['10.0.0.0/31', '10.0.0.1', ''],
  ['10.0.0.1/31', '10.0.0.0', ''],
  ['10.0.0.1/32', '', ''],
  ['255.0.0.1/8', '255.0.0.2', '255.255.255.255'],
  ['fdfe:dcba:9876::1/126', 'fdfe:dcba:9876::2', ''],
  ['fdfe:dcba:9876::3/126', 'fdfe:dcba:9876::2', ''],
  ['fd00::/64', 'fd00::1', ''],
  ['fd00::1/128', '', ''],
  ['', '', ''],
];

for (const [address, hop, broadcast] of cases) {
  test(`beside ${address || 'no address'} the hop is ${hop || 'unknown'}`, () => {
    const six = address.includes(':');
    const tunnel = { address4: six ? '' : address, address6: six ? address : '' };
    const settings = stackSettingsOf(config!, tunnel);
    assert.equal(six ? settings.hop6 : settings.hop4, hop);
    assert.equal(settings.broadcast4, broadcast);
  });
}
