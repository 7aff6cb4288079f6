import assert from 'node:assert/strict';
import test from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FakePool } from '../../../../../core/dns/fake-ip/fake-pool.ts';
import { fakeRange } from '../../../../../core/dns/fake-ip/fake-range.ts';

function pool(maxNames: number, range = '198.18.0.0/16'): FakePool {
  const range4 = fakeRange(range, []);
  return new FakePool({ range4, range6: fakeRange('fdfe:dcba:9876::/64', []), maxNames });
}

/** The address of place 0 is 198.18.0.4. */
const at = (place: number): string => `198.18.0.${4 + place}`;

test('a name keeps its place', () => {
  const names = pool(10);
  assert.equal(names.take('a.test'), 0);
  assert.equal(names.take('b.test'), 1);
  assert.equal(names.take('a.test'), 0);
  assert.equal(names.nameOf(at(0)), 'a.test');
  assert.equal(names.nameOf('fdfe:dcba:9876::5'), 'b.test');
  assert.equal(names.nameOf(at(2)), null);
  assert.equal(names.size, 2);
});

test('a full pool gives away the place of the name that was used least recently', () => {
  const names = pool(3);
  for (const name of ['a.test', 'b.test', 'c.test', 'a.test']) names.take(name);
  assert.equal(names.take('d.test'), 1);
  assert.equal(names.nameOf(at(1)), 'd.test');
  // Looking an address up is a use, too.
  names.nameOf(at(2));
  assert.equal(names.take('e.test'), 0);
  assert.deepEqual([names.size, names.evicted], [3, 2]);
  assert.equal(names.take('a.test'), 1, 'it is a new name by now');
});

test('a place that a flow uses is not given away, and a pool in use is full', () => {
  const names = pool(2);
  names.take('a.test');
  names.take('b.test');
  names.hold(at(0));
  names.hold(at(0));
  assert.equal(names.take('c.test'), 1);
  names.hold(at(1));
  assert.equal(names.take('d.test'), -1);
  assert.equal(names.nameOf(at(0)), 'a.test');
  names.release(at(0));
  assert.equal(names.take('d.test'), -1);
  names.release(at(0));
  assert.equal(names.take('d.test'), 0);
});

test('the range bounds the pool', () => {
  const names = pool(1000, '198.18.0.0/28');
  assert.equal(names.capacity, 8);
  for (let n = 0; n < 20; n += 1) assert.ok(names.take(`n${n}.test`) < 8);
  assert.equal(names.size, 8);
});

test('what is beside the ranges is nobody of the pool', () => {
  const names = pool(10);
  names.take('a.test');
  for (const address of ['198.19.0.4', '::', 'a.test', '']) {
    assert.equal(names.covers(address), false, address);
    assert.equal(names.nameOf(address), null, address);
    names.hold(address);
    names.release(address);
  }
  assert.ok(names.covers('198.18.0.0'));
  assert.ok(names.covers('::ffff:198.18.0.4'), 'another spelling');
});

test('a snapshot gives back every name, and the order of use', () => {
  const names = pool(2000);
  for (let n = 0; n < 1500; n += 1) names.take(`n${n}.test`);
  names.take('n0.test');
  const copy = pool(1500);
  assert.ok(copy.restore(names.snapshot()));
  assert.equal(copy.take('n7.test'), 7);
  copy.take('new.test');
  assert.equal(copy.has('n1.test'), false, 'the least recently used');
  assert.equal(copy.has('n0.test'), true);
});

test('a snapshot that contradicts itself is refused', () => {
  const names = pool(3);
  const order = Int32Array.of(0, 1);
  assert.equal(names.restore({ names: ['a.test', 'a.test'], order }), false);
  assert.equal(names.restore({ names: ['a.test', 'b.test'], order: Int32Array.of(0, 0) }), false);
  assert.equal(names.restore({ names: ['a.test', 'b.test'], order: Int32Array.of(0, 2) }), false);
  assert.equal(names.restore({ names: ['a.test'], order }), false);
  const four = ['a', 'b', 'c', 'd'];
  assert.equal(names.restore({ names: four, order: Int32Array.of(0, 1, 2, 3) }), false);
  assert.equal(names.size, 0);
  assert.equal(names.take('a.test'), 0);
});

test('a name that is forgotten frees its place for the next new one, before and after a restart', () => {
  const names = pool(4);
  for (const name of ['a.test', 'b.test', 'c.test']) names.take(name);
  assert.equal(names.forget('b.test'), true);
  assert.equal(names.forget('b.test'), false);
  assert.equal(names.nameOf(at(1)), null);
  assert.deepEqual([names.size, names.has('b.test')], [2, false]);
  const copy = pool(4);
  assert.ok(copy.restore(names.snapshot()));
  for (const one of [names, copy]) {
    assert.equal(one.take('d.test'), 1);
    assert.equal(one.take('e.test'), 3);
    assert.equal(one.take('f.test'), 0, 'now it is full, and the oldest goes');
    assert.equal(one.size, 4);
  }
});

test('the address that a flow uses is not taken from its name', () => {
  const names = pool(4);
  names.take('a.test');
  names.hold(at(0));
  assert.equal(names.forget('a.test'), false);
  assert.equal(names.look('a.test')?.flows, 1);
  names.release(at(0));
  assert.equal(names.forget('a.test'), true);
});

test('a look is no use', () => {
  const names = pool(2);
  names.take('a.test');
  names.take('b.test');
  assert.equal(names.peekName(at(0)), 'a.test');
  assert.equal(names.look('a.test')?.place, 0);
  assert.equal(names.peekName(at(2)), null);
  assert.equal(names.take('c.test'), 0);
});

test('a cleared pool begins anew', () => {
  const names = pool(5);
  names.take('a.test');
  names.hold(at(0));
  names.clear();
  assert.equal(names.nameOf(at(0)), null);
  assert.equal(names.take('b.test'), 0);
});

test('100,000 names take less than 30 MB', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const names = pool(131_072, '198.18.0.0/15');
  const before = used();
  for (let n = 0; n < 100_000; n += 1) names.take(`www.some-host-${n}.example.com`);
  const grown = used() - before;
  assert.equal(names.size, 100_000);
  assert.ok(grown < 30e6, `${grown} bytes`);
});
