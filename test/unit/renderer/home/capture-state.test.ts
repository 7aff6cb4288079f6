import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../../../../core/api/status.ts';
import { captureStateOf } from '../../../../renderer/pages/home/capture-state.ts';

const tun: Status['tun'] = { device: 'sluice0', mtu: 1500, offload: true, changes: [] };
const uplink: Status['uplink'] = {
  device4: 'eth0',
  address4: '192.0.2.2',
  device6: '',
  address6: '',
};
const running = { state: 'running', tun, uplink } as const;

test('the switch says how capturing is', () => {
  assert.equal(captureStateOf(running, false, null), 'on');
  assert.equal(captureStateOf({ ...running, state: 'reloading' }, false, null), 'on');
  assert.equal(captureStateOf({ ...running, tun: null }, false, null), 'off');
  assert.equal(captureStateOf({ ...running, uplink: null }, false, null), 'blocked');
  assert.equal(captureStateOf({ ...running, state: 'starting' }, false, null), 'starting');
  assert.equal(captureStateOf({ ...running, state: 'error', tun: null }, false, null), 'error');
});

test('what was last known says nothing while core is gone, and neither does a switch under way', () => {
  assert.equal(captureStateOf(running, true, false), 'offline');
  assert.equal(captureStateOf({ ...running, state: 'error' }, false, true), 'error');
});

test('while it is being switched it is on its way', () => {
  assert.equal(captureStateOf({ ...running, tun: null }, false, true), 'starting');
  assert.equal(captureStateOf(running, false, false), 'stopping');
});

test('without a way out, switched off is still switched off', () => {
  assert.equal(captureStateOf({ ...running, tun: null, uplink: null }, false, null), 'off');
});
