/** What an import becomes in a file: names that are free, references that follow them, and nothing that leads nowhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merge, mergeProvider } from '../../../../core/import/merge.ts';
import { planImport } from '../../../../core/import/plan.ts';
import { readImport } from '../../../../core/import/read-import.ts';
import { PROFILE } from './profile.ts';

const FILE = `proxies:
  - {name: Tokyo, type: socks5, server: 192.0.2.1, port: 1080}
proxy-groups:
  - {name: PROXY, type: select, proxies: [Tokyo]}
rule-providers:
  ads: {type: http, behavior: domain, url: 'https://mine.test/ads'}
rules:
  - DOMAIN,mine.test,Tokyo
  # the rest
  - MATCH,PROXY
`;

const CLASH = `proxies:
  - {name: Tokyo, type: socks5, server: 192.0.2.99, port: 1080}
  - {name: Far, type: http, server: far.test, port: 8080, dialer-proxy: Tokyo}
  - {name: Lost, type: http, server: lost.test, port: 8080, dialer-proxy: V}
  - {name: V, type: vmess, server: v.test, port: 1}
proxy-groups:
  - {name: PROXY, type: select, proxies: [Far, V, Auto, DIRECT]}
  - {name: Auto, type: url-test, proxies: [Tokyo], use: [sub], interval: 300}
  - {name: Empty, type: select, proxies: [V]}
proxy-providers:
  sub: {type: http, url: 'https://s.test/x', interval: 3600}
rule-providers:
  ads: {type: http, behavior: domain, url: 'https://other.test/ads'}
rules:
  - RULE-SET,ads,REJECT
  - AND,((RULE-SET,ads),(NETWORK,udp)),Far
  - DOMAIN,x.test,Empty
  - RULE-SET,none,Far
  - MATCH,PROXY
`;

const plan = (text: string, file = FILE) => planImport(readImport(text), file);

/** Lines that came. */
function added(text: string): string[] {
  const before = FILE.split('\n');
  return text.split('\n').filter((line) => line !== '' && !before.includes(line));
}

test('names that are taken get a number, and whatever names them follows', () => {
  const { text } = merge(FILE, plan(CLASH), { groups: 'all', rules: 'all' });
  assert.deepEqual(added(text), [
    '  - { name: Tokyo 2, type: socks5, server: 192.0.2.99, port: 1080 }',
    '  - { name: Far, type: http, server: far.test, port: 8080, dialer-proxy: Tokyo 2 }',
    'proxy-providers:',
    '  sub:',
    '    type: http',
    '    url: https://s.test/x',
    '    interval: 3600',
    '  - { name: PROXY 2, type: select, proxies: [Far, Auto, DIRECT] }',
    '  - { name: Auto, type: url-test, proxies: [Tokyo 2], use: [sub], interval: 300 }',
    '  ads 2:',
    '    type: http',
    '    behavior: domain',
    '    url: https://other.test/ads',
    '  - RULE-SET,ads 2,REJECT',
    '  - AND,((RULE-SET,ads 2),(NETWORK,udp)),Far',
    '  - MATCH,PROXY 2',
  ]);
});

test('what leads to nothing is left out, and told: nothing goes directly by accident', () => {
  const { proxies, problems } = plan(CLASH);
  assert.deepEqual(
    proxies.map(({ as, conflict }) => `${as} ${conflict}`),
    ['Tokyo 2 name', 'Far none'],
  );
  assert.deepEqual(
    problems.problems.map(({ line, message }) => `${line} ${message}`),
    [
      '5 Sluice does not speak "vmess"',
      '4 its dialer-proxy "V" is not there',
      '7 members that cannot be used are left out: "V"',
      '9 members that cannot be used are left out: "V"',
      '9 the group is left out: it would have no members',
      '17 its target "Empty" is not there',
      '18 its list "none" is not there',
    ],
  );
});

test('what leads to nothing but what is left out, is left out, too; a circle stays', () => {
  const { groups, proxies } = plan(`proxies:
  - {name: P, type: http, server: p.test, port: 8080, dialer-proxy: A}
proxy-groups:
  - {name: A, type: select, proxies: [B, B]}
  - {name: B, type: select, proxies: [C]}
  - {name: C, type: select, proxies: [gone]}
  - {name: D, type: select, proxies: [C, E]}
  - {name: E, type: select, proxies: [D]}
`);
  assert.deepEqual(
    groups.map(({ as, members }) => [as, members]),
    [
      ['D', ['E']],
      ['E', ['D']],
    ],
  );
  assert.deepEqual(proxies, []);
});

test('a proxy brings the one that it is reached through; what is not chosen is no member', () => {
  const whole = plan(CLASH);
  const far = whole.proxies.find(({ as }) => as === 'Far');
  const some = merge(FILE, whole, { proxies: [far?.id ?? -1], into: ['PROXY'] });
  assert.deepEqual(some.proxies, ['Tokyo 2', 'Far']);
  assert.match(some.text, /proxies: \[Tokyo, Tokyo 2, Far\]/);
  const group = whole.groups.find(({ as }) => as === 'PROXY 2');
  const alone = merge(FILE, whole, { proxies: [], groups: [group?.id ?? -1] });
  assert.match(alone.text, /name: PROXY 2, type: select, proxies: \[DIRECT\]/);
  assert.throws(() => merge(FILE, whole, { proxies: [], rules: [1] }), {
    code: 'ERR_IMPORT_TARGET',
  });
  assert.throws(() => merge(FILE, whole, { proxies: [], newGroup: 'x' }), {
    code: 'ERR_IMPORT_GROUP_EMPTY',
  });
  assert.throws(() => merge(FILE, whole, { newGroup: 'PROXY' }), { code: 'ERR_IMPORT_NAME' });
});

test('what is there already is not added again', () => {
  const once = merge(FILE, plan('socks5://192.0.2.5:1#a'), {}).text;
  const again = plan('socks5://192.0.2.5:1#a\nsocks5://192.0.2.6:1#a', once);
  assert.deepEqual(
    again.proxies.map(({ as, conflict }) => `${as} ${conflict}`),
    ['a same', 'a 2 name'],
  );
  const { proxies } = merge(once, again, {});
  assert.deepEqual(proxies, ['a 2']);
});

test('a profile of Proxifier: rules in their order, those that are off as comments', () => {
  const { text } = merge(FILE, plan(PROFILE), { groups: 'all', rules: 'all' });
  const rules = added(text).filter((line) => /^ {2}(?:# sluice:disabled )?- [A-Z]/.test(line));
  assert.deepEqual(
    rules.map((line) => line.replace(/AND,.*\),/, 'AND,…,')),
    [
      '  - DOMAIN,localhost,DIRECT',
      '  - IP-CIDR,127.0.0.1/32,DIRECT,no-resolve',
      '  - IP-CIDR6,::1/128,DIRECT,no-resolve',
      '  - AND,…,Two hops',
      '  # sluice:disabled - DST-PORT,23,REJECT',
      '  - MATCH,Spare',
    ],
  );
});

test('a subscription as a provider, in a group that is there and in a new one', () => {
  const provider = { name: 'My plan', url: 'https://s.test/a?token=1', proxy: '' };
  const { text } = mergeProvider(FILE, provider, {
    into: ['PROXY'],
    newGroup: 'New',
    match: 'New',
  });
  assert.deepEqual(added(text), [
    'proxy-providers:',
    '  My plan:',
    '    type: http',
    '    url: https://s.test/a?token=1',
    '    interval: 86400',
    '    health-check:',
    '      enable: true',
    '      url: https://www.gstatic.com/generate_204',
    '      interval: 300',
    '  - {name: PROXY, type: select, proxies: [Tokyo], use: [My plan]}',
    '  - { name: New, type: select, use: [My plan] }',
    '  - MATCH,New',
  ]);
  assert.throws(() => mergeProvider(text, provider, {}), { code: 'ERR_IMPORT_NAME' });
});

test('thousands with one name get a number each', () => {
  const lines = Array.from({ length: 5000 }, (_, port) => `socks5://192.0.2.1:${port + 1}#x`);
  const { proxies } = plan(lines.join('\n'));
  assert.equal(new Set(proxies.map(({ as }) => as)).size, 5000);
  assert.equal(proxies.at(-1)?.as, 'x 5000');
});

test('thousands of proxies at once', () => {
  const lines = Array.from({ length: 3000 }, (_, n) => `socks5://192.0.2.1:${n + 1}#p${n}`);
  const { text, proxies } = merge(FILE, plan(lines.join('\n')), { newGroup: 'all' });
  assert.equal(proxies.length, 3000);
  assert.match(text, /proxies: \[p0, p1, /);
});
