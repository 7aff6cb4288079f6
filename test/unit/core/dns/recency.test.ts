import assert from 'node:assert/strict';
import test from 'node:test';
import { ArcMap, LruMap } from '../../../../core/dns/recency.ts';
import type { RecencyMap } from '../../../../core/dns/recency.ts';

/** Sets values and drops what is too much, as the cache does. */
function add(map: RecencyMap<string>, capacity: number, ...keys: string[]): void {
  for (const key of keys) {
    map.set(key, key);
    while (map.size > capacity) map.evict();
  }
}

test('LRU: the least recently used goes first', () => {
  const map = new LruMap<string>();
  add(map, 3, 'a', 'b', 'c');
  map.touch('a');
  assert.equal(map.evict(), 'b');
  assert.equal(map.evict(), 'c');
  assert.equal(map.evict(), 'a');
  assert.equal(map.evict(), undefined);
});

test('ARC: a scan over names that nobody asks for again leaves the busy ones', () => {
  const scan = Array.from({ length: 100 }, (_, index) => `scan${index}`);
  const [arc, lru] = [new ArcMap<string>(4), new LruMap<string>()];
  for (const map of [arc, lru]) {
    add(map, 4, 'a', 'b');
    map.touch('a');
    map.touch('b');
    add(map, 4, ...scan);
  }
  assert.deepEqual([arc.get('a'), arc.get('b')], ['a', 'b']);
  assert.equal(lru.get('a'), undefined);
  assert.equal(arc.size, 4);
});

test('ARC: what comes back soon after it was dropped counts as used again', () => {
  const map = new ArcMap<string>(2);
  add(map, 2, 'a', 'b', 'c');
  assert.equal(map.get('a'), undefined);
  add(map, 2, 'a', 'd', 'e');
  assert.equal(map.get('a'), 'a');
});

test('both forget single values and all of them', () => {
  for (const map of [new ArcMap<string>(3), new LruMap<string>()]) {
    add(map, 3, 'a', 'b', 'c');
    map.delete('b');
    assert.deepEqual([map.size, map.get('b')], [2, undefined]);
    add(map, 3, 'a');
    assert.equal(map.size, 2, 'the same key is the same place');
    map.clear();
    assert.deepEqual([map.size, map.evict()], [0, undefined]);
  }
});
