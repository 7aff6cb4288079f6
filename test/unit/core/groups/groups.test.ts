import assert from 'node:assert/strict';
import { test } from 'node:test';
import { follow } from '../../../../core/groups/group.ts';
import type { ProxyConfig } from '../../../../core/config/config.ts';
import { keyOf } from '../../../../core/groups/load-balance.ts';
import { GroupLab, URL_A, configOf, factsOf } from './group-lab.ts';

const group = (type: string, more = '', members = 'a, b, c'): string =>
  `proxy-groups: [{name: g, type: ${type}, url: "${URL_A}", proxies: [${members}]${more}}]`;

test('select: what was chosen, dead or alive, else the first', () => {
  const lab = new GroupLab(group('select'));
  assert.equal(lab.now(), 'g > a (first)');
  lab.proxies.choose('g', 'c');
  lab.measured({ c: 0 });
  assert.equal(lab.now(), 'g > c (chosen)');
  lab.proxies.unchoose('g');
  assert.equal(lab.now(), 'g > a (first)');
  assert.deepEqual(
    lab.kept.map((chosen) => [...chosen]),
    [[['g', 'c']], []],
  );
});

test('what was chosen before is used, and stays with the group when the configuration changes', () => {
  const lab = new GroupLab(group('select'), {
    chosen: new Map([
      ['g', 'b'],
      ['gone', 'x'],
    ]),
  });
  assert.equal(lab.now(), 'g > b (chosen)');
  lab.apply(group('select', '', 'a, c'));
  assert.equal(lab.now(), 'g > a (first)');
  lab.apply(group('select', ', hidden: true'));
  assert.equal(lab.now(), 'g > b (chosen)');
});

test('what cannot be chosen is refused', () => {
  const lab = new GroupLab(
    'proxy-groups: [{name: g, type: select, proxies: [a]}, {name: lb, type: load-balance, proxies: [a]}]',
  );
  assert.throws(() => lab.proxies.choose('g', 'b'), { code: 'ERR_GROUP_MEMBER_UNKNOWN' });
  assert.throws(() => lab.proxies.choose('lb', 'a'), { code: 'ERR_GROUP_NOT_SELECTABLE' });
  assert.throws(() => lab.proxies.choose('a', 'a'), { code: 'ERR_GROUP_UNKNOWN' });
});

test('fallback: the first that is alive, before that what was chosen while it is', () => {
  const lab = new GroupLab(group('fallback'));
  assert.equal(lab.now(), 'g > a (first-alive)');
  lab.measured({ a: 0, b: 5, c: 5 });
  assert.equal(lab.now(), 'g > b (first-alive)');
  lab.proxies.choose('g', 'c');
  assert.equal(lab.now(), 'g > c (chosen)');
  lab.measured({ c: 0 });
  assert.equal(lab.now(), 'g > b (first-alive)');
  lab.measured({ b: 0 });
  assert.equal(lab.now(), 'g > a (none-alive)');
  lab.measured({ c: 9 });
  assert.equal(lab.now(), 'g > c (chosen)');
});

test('fallback to what refuses is a kill switch', () => {
  const lab = new GroupLab(group('fallback', '', 'a, REJECT'));
  lab.measured({ a: 0 });
  assert.equal(lab.now(), ' (first-alive)');
});

test('url-test: the fastest, and another one only where it is faster by more than the tolerance', () => {
  const lab = new GroupLab(group('url-test', ', tolerance: 50'));
  assert.equal(lab.now(), 'g > a (first-alive)');
  lab.measured({ a: 100, b: 90, c: 300 });
  assert.equal(lab.now(), 'g > b (fastest)');
  lab.measured({ a: 60, b: 110 });
  assert.equal(lab.now(), 'g > b (fastest)');
  lab.measured({ b: 111 });
  assert.equal(lab.now(), 'g > a (fastest)');
  // A death counts at once.
  lab.proxy('a').health.add(URL_A, 0);
  assert.equal(lab.now(), 'g > b (fastest)');
});

test('url-test: single results do not switch before all are in', () => {
  const lab = new GroupLab(group('url-test'));
  lab.measured({ a: 100, b: 200, c: 300 });
  lab.proxy('b').health.add(URL_A, 1);
  assert.equal(lab.now(), 'g > a (fastest)');
  lab.group().settle();
  assert.equal(lab.now(), 'g > b (fastest)');
});

test('url-test: what was chosen is used while it is alive', () => {
  const lab = new GroupLab(group('url-test'));
  lab.measured({ a: 1, b: 2, c: 3 });
  lab.proxies.choose('g', 'c');
  assert.equal(lab.now(), 'g > c (chosen)');
  lab.measured({ c: 0 });
  assert.equal(lab.now(), 'g > a (fastest)');
});

test('tests with another URL decide only where there are none with the own one', () => {
  const lab = new GroupLab(group('fallback'));
  lab.measured({ a: 0 }, 'http://other.test/');
  assert.equal(lab.now(), 'g > b (first-alive)');
  lab.measured({ a: 7 });
  assert.equal(lab.now(), 'g > a (first-alive)');
});

test('a group in a group is as alive as the member that it uses', () => {
  const lab = new GroupLab(
    `proxy-groups: [{name: g, type: fallback, url: "${URL_A}", proxies: [inner, c]}, {name: inner, type: select, proxies: [a, b]}]`,
  );
  lab.measured({ a: 0 });
  assert.equal(lab.now(), 'g > c (first-alive)');
  lab.proxies.choose('inner', 'b');
  assert.equal(lab.now(), 'g > inner > b (chosen)');
});

const sites = Array.from({ length: 600 }, (_, n) => `www.site${n}.com`);

/** How many sites each member gets. */
function spread(lab: GroupLab): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const site of sites) {
    const way = lab.now('g', factsOf(site));
    counts[way] = (counts[way] ?? 0) + 1;
  }
  return counts;
}

test('consistent-hashing: sites are spread, each stays, and a death moves only its own', () => {
  const lab = new GroupLab(group('load-balance'));
  const counts = Object.values(spread(lab));
  assert.equal(counts.length, 3);
  for (const count of counts) assert.ok(count > 140 && count < 260, `${count} of 600`);
  const before = sites.map((site) => lab.now('g', factsOf(site)));
  lab.measured({ b: 0 });
  for (const [n, site] of sites.entries()) {
    const after = lab.now('g', factsOf(site));
    if (before[n]?.includes('> b') === true) assert.doesNotMatch(after, /> b/);
    else assert.equal(after, before[n]);
  }
  assert.equal(
    lab.now('g', factsOf('a.example.co.uk')),
    lab.now('g', factsOf('b.c.example.co.uk', '198.18.0.9')),
  );
});

test('a site is the registrable domain, else the name, else the address', () => {
  assert.equal(keyOf(factsOf('x.y.example.co.uk')), 'example.co.uk');
  assert.equal(keyOf(factsOf('me.github.io')), 'me.github.io');
  assert.equal(keyOf(factsOf('router')), 'router');
  assert.equal(keyOf(factsOf(null)), '192.0.2.80');
});

test('round-robin takes turns among those that are alive', () => {
  const lab = new GroupLab(group('load-balance', ', strategy: round-robin'));
  const turns = (): string[] => [1, 2, 3].map(() => lab.now('g', factsOf('x.com')));
  assert.deepEqual(new Set(turns()).size, 3);
  lab.measured({ a: 0 });
  assert.ok(turns().every((turn) => !turn.includes('> a')));
  // Looking is no turn.
  const look = (): string => follow(lab.group(), factsOf('x.com'), 'look').proxy?.name ?? '';
  assert.equal(look(), look());
});

test('sticky-sessions: a source stays with a member for a site, until that one dies', () => {
  const lab = new GroupLab(group('load-balance', ', strategy: sticky-sessions'));
  const first = lab.now('g', factsOf('x.com'));
  lab.now('g', factsOf('y.com'));
  assert.equal(lab.now('g', factsOf('www.x.com')), first);
  const sources = Array.from({ length: 60 }, (_, n) => `10.0.0.${n + 1}`);
  const ways = new Set(sources.map((source) => lab.now('g', factsOf('x.com', source))));
  assert.equal(ways.size, 3);
  lab.measured({ a: 0, b: 0 });
  assert.equal(lab.now('g', factsOf('x.com')), 'g > c (sticky)');
});

test('where nobody is alive the first is tried: a test is only a test', () => {
  const lab = new GroupLab(group('load-balance'));
  lab.measured({ a: 0, b: 0, c: 0 });
  assert.equal(lab.now('g', factsOf('x.com')), 'g > a (none-alive)');
});

const socks = (name: string, dialerProxy = ''): ProxyConfig => {
  const [proxy] = configOf('').proxies;
  assert.ok(proxy?.type === 'socks5');
  return { ...proxy, name, dialerProxy };
};

const provider =
  'proxy-providers: {sub: {type: http, url: "https://example.com/", interval: 60}}\n';

test('providers bring members after the others, filtered; what stays the same is the same proxy', () => {
  let list = [socks('hk 1'), socks('us 1'), socks('hk 2')];
  const text = `${provider}proxy-groups: [{name: g, type: select, proxies: [b], use: [sub], filter: hk}]`;
  const lab = new GroupLab(text, { proxiesOf: () => list });
  const names = (): string[] => lab.group().members.map(({ name }) => name);
  assert.deepEqual(names(), ['b', 'hk 1', 'hk 2']);
  lab.proxies.choose('g', 'hk 2');
  const before = lab.group().members[2];
  list = [socks('hk 2'), socks('hk 3')];
  lab.proxies.refresh();
  assert.deepEqual(names(), ['b', 'hk 2', 'hk 3']);
  assert.equal(lab.group().members[1], before);
  assert.equal(lab.now(), 'g > hk 2 (chosen)');
  // Away and back again.
  list = [];
  lab.proxies.refresh();
  assert.equal(lab.now(), 'g > b (first)');
  list = [socks('hk 2')];
  lab.proxies.refresh();
  assert.equal(lab.now(), 'g > hk 2 (chosen)');
});

test('a provider’s proxy that dials through a group that it is in is never used', () => {
  const list = [socks('loop', 'h'), socks('fine')];
  const text = `${provider}proxy-groups: [{name: g, type: select, use: [sub]}, {name: h, type: select, proxies: [g]}]`;
  const lab = new GroupLab(text, { proxiesOf: () => list });
  assert.equal(lab.now('h'), 'h > g > fine (first)');
  assert.throws(() => lab.proxies.choose('g', 'loop'), { code: 'ERR_GROUP_MEMBER_UNUSABLE' });
});

test('a group that nobody is in uses its fallback', () => {
  const text = `${provider}proxy-groups: [{name: g, type: url-test, use: [sub]}, {name: h, type: url-test, use: [sub], empty-fallback: c}]`;
  const lab = new GroupLab(text);
  assert.equal(lab.now('g'), ' (first-alive)');
  assert.equal(lab.now('h'), 'h > c (first-alive)');
});

test('a subscription of ten thousand proxies is no work for a flow', () => {
  const list = Array.from({ length: 10_000 }, (_, n) => socks(`p${n}`));
  const groups = [
    '{name: g, type: url-test, use: [sub], filter: "p9`p", exclude-filter: p5}',
    '{name: h, type: fallback, proxies: [g, a]}',
  ];
  const text = `${provider}proxy-groups: [${groups.join(', ')}]`;
  const lab = new GroupLab(text, { proxiesOf: () => list });
  const { usable } = lab.group();
  assert.equal(usable.length, list.filter(({ name }) => !name.includes('p5')).length);
  // In the order of the filters.
  for (let n = 0; n < 1000; n += 1) assert.equal(lab.now('h'), 'h > g > p9 (first-alive)');
});
