import assert from 'node:assert/strict';
import test from 'node:test';
import { NameMap } from '../../../../core/dns/name-map.ts';

test('an address belongs to the name that it was last given out for', () => {
  const map = new NameMap();
  map.remember(['192.0.2.1', '2001:db8::1'], 'a.test', 60);
  map.remember(['192.0.2.1'], 'b.test', 60);
  assert.equal(map.lookup('192.0.2.1'), 'b.test');
  assert.equal(map.lookup('2001:db8::1'), 'a.test');
  assert.equal(map.lookup('192.0.2.9'), null);
  map.clear();
  assert.equal(map.lookup('192.0.2.1'), null);
});

test('the map is bounded, and the oldest go first', () => {
  const map = new NameMap();
  for (let n = 0; n < 70_000; n += 1)
    map.remember([`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`], 'a.test', 1);
  assert.equal(map.size, 65_536);
  assert.equal(map.lookup('10.0.0.0'), null);
  assert.equal(map.lookup('10.1.0.1'), 'a.test');
});
