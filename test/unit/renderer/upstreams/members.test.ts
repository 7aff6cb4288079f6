import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Directory,
  isLeftBehind,
  isTestable,
  proxyHealth,
  tally,
} from '../../../../renderer/pages/upstreams/members.ts';
import { aGroup, aList, aProxy, tested } from './a-list.ts';

test('a proxy is judged by the address that its group tests with, and by any where there is none', () => {
  const proxy = tested('a', [900], 'http://a/');
  assert.deepEqual(proxyHealth(proxy, 'http://a/'), { speed: 'slow', delay: 900 });
  assert.deepEqual(proxyHealth(proxy, 'http://b/'), { speed: 'slow', delay: 900 });
  const both = { ...proxy, tests: [...proxy.tests, ...tested('a', [0], 'http://b/').tests] };
  assert.deepEqual(proxyHealth(both, 'http://b/'), { speed: 'failed', delay: null });
  assert.deepEqual(proxyHealth(aProxy({ name: 'b' })), { speed: 'unknown', delay: null });
  assert.equal(proxyHealth(tested('c', [0, 12])).speed, 'fast');
  assert.equal(proxyHealth(tested('c', [300])).speed, 'fair');
});

test('members are proxies, groups with what they use, and what Sluice does not speak', () => {
  const outer = aGroup({ name: 'outer', all: ['inner', 'a', 'alien', 'gone'] });
  const inner = aGroup({ name: 'inner', all: ['a'], now: 'a', delay: 40 });
  const proxies = [tested('a', [40]), aProxy({ name: 'alien', type: 'vmess' })];
  const directory = new Directory(aList({ proxies, groups: [outer, inner] }));
  const [first, second, third, fourth] = outer.all.map((name) => directory.member(name, outer));
  assert.equal(first?.now, 'a');
  assert.equal(first?.delay, 40);
  assert.equal(second?.isUsable, true);
  assert.equal(third?.isUsable, false);
  assert.equal(fourth?.isUsable, false);
});

test('DIRECT is measured once, and what refuses or speaks another protocol never', () => {
  const names = [
    aProxy({ name: 'DIRECT', type: 'Direct' }),
    aProxy({ name: 'COMPATIBLE', type: 'Direct' }),
    aProxy({ name: 'REJECT-DROP', type: 'RejectDrop' }),
    aProxy({ name: 'alien', type: 'vmess' }),
    aProxy({ name: 'a', type: 'Socks5' }),
  ].filter(isTestable);
  assert.deepEqual(
    names.map(({ name }) => name),
    ['DIRECT', 'a'],
  );
});

test('where two proxies have one name, the file has the first word', () => {
  const own = aProxy({ name: 'a', type: 'Http' });
  const proxies = [own, aProxy({ name: 'a', provider: 'plan' })];
  assert.equal(new Directory(aList({ proxies })).proxies.get('a'), own);
});

test('a proxy is tested as the first group that it is in says, GLOBAL aside', () => {
  const groups = [
    aGroup({ name: 'GLOBAL', all: ['a', 'b'], testUrl: 'http://global/' }),
    aGroup({ name: 'g', all: ['a'], testUrl: 'http://g/', expectedStatus: '204' }),
  ];
  const proxies = [aProxy({ name: 'a' }), tested('b', [1], 'http://own/'), aProxy({ name: 'c' })];
  const directory = new Directory(aList({ proxies, groups }));
  assert.deepEqual(directory.testOf('a'), { url: 'http://g/', expected: '204' });
  assert.deepEqual(directory.testOf('b'), { url: 'http://own/' });
  assert.deepEqual(directory.testOf('c'), {});
});

test('members are counted by their speed', () => {
  const members = [tested('a', [1]), tested('b', [0]), tested('c', [2])].map((one) =>
    proxyHealth(one),
  );
  assert.deepEqual(tally(members), [
    ['fast', 2],
    ['failed', 1],
  ]);
});

test('a connection is left behind where it goes through the group by another member', () => {
  assert.equal(isLeftBehind(['g', 'a'], 'g', 'b'), true);
  assert.equal(isLeftBehind(['outer', 'g', 'a'], 'g', 'a'), false);
  assert.equal(isLeftBehind(['a'], 'g', 'b'), false);
});
