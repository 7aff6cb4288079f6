import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GroupConfig } from '../../../../core/config/config.ts';
import { configOf, markedProblem, problemsIn } from './check.ts';

const proxies = [
  'proxies:',
  '  - {name: hk-2, type: socks5, server: 192.0.2.1, port: 1}',
  '  - {name: hk-1, type: http, server: 192.0.2.1, port: 2}',
  '  - {name: us-1, type: socks5, server: 192.0.2.1, port: 3}',
  '  - {name: old hk, type: vmess}',
  'proxy-providers:',
  '  z: {type: http, url: "https://example.com/z"}',
  '  y: {type: http, url: "https://example.com/y"}',
  '',
].join('\n');

/** The group that the keys make, all proxies and providers being there. */
function groupOf(keys: string): GroupConfig {
  const [group] = configOf(`${proxies}proxy-groups: [{name: g, ${keys}}]`).groups;
  assert.ok(group);
  return group;
}

const members = (keys: string): readonly string[] => groupOf(keys).members;

test('what a group leaves out has mihomo’s default, except what goes out directly', () => {
  const { position: _, ...group } = groupOf('type: url-test, proxies: [us-1]');
  assert.deepEqual(group, {
    name: 'g',
    type: 'url-test',
    members: ['us-1'],
    providers: [],
    choice: { filter: [], excludeFilter: [], excludeType: [] },
    test: {
      url: 'https://www.gstatic.com/generate_204',
      interval: 300,
      lazy: true,
      timeout: 5000,
      maxFailedTimes: 5,
      expectedStatus: '*',
    },
    tolerance: 0,
    strategy: 'consistent-hashing',
    disableUdp: false,
    interruptExisting: false,
    emptyFallback: 'REJECT',
    hidden: false,
    icon: '',
  });
  assert.equal(groupOf('type: select, proxies: [us-1]').test.interval, 0);
});

test('every proxy can be included, by name, after those that are named', () => {
  assert.deepEqual(members('type: select, include-all-proxies: true, proxies: [DIRECT]'), [
    'DIRECT',
    'hk-1',
    'hk-2',
    'old hk',
    'us-1',
  ]);
});

test('filters choose of what is included, in their order; what is named stays', () => {
  const keys = 'type: select, include-all-proxies: true, filter: "us`^hk", proxies: [DIRECT]';
  assert.deepEqual(members(keys), ['DIRECT', 'us-1', 'hk-1', 'hk-2']);
  const inCase = 'type: select, include-all-proxies: true, filter: (?i)HK';
  assert.deepEqual(members(inCase), ['hk-1', 'hk-2', 'old hk']);
});

test('exclusions are for every member', () => {
  const all = 'type: select, include-all-proxies: true, proxies: [DIRECT, us-1]';
  assert.deepEqual(members(`${all}, exclude-filter: us, exclude-type: Http|vmess|direct`), [
    'hk-2',
  ]);
});

test('providers are used by name, or all of them', () => {
  assert.deepEqual(groupOf('type: select, use: [z]').providers, ['z']);
  assert.deepEqual(groupOf('type: select, use: [z], include-all-providers: true').providers, [
    'y',
    'z',
  ]);
  const all = groupOf('type: select, include-all: true, filter: 1');
  assert.deepEqual(
    [all.providers, all.members],
    [
      ['y', 'z'],
      ['hk-1', 'us-1'],
    ],
  );
  // What it brings is not known before it is there.
  assert.deepEqual(problemsIn(`${proxies}proxy-groups: [{name: g, type: select, use: [z]}]`), [
    '5:26 warning proxy-type-unsupported "old hk" is of type "vmess", which Sluice does not speak: flows sent to it are rejected',
  ]);
});

for (const [why, text, expected] of [
  [
    'an unknown provider',
    'proxy-providers: {sub: {type: http, url: "https://example.com/"}}\nproxy-groups: [{name: g, type: select, use: [§sab]}]',
    '§ error provider-unknown no proxy provider is called "sab": did you mean "sub"?',
  ],
  [
    'a filter that looks ahead',
    'proxy-groups: [{name: g, type: select, proxies: [DIRECT], filter: §"^(?!x)"}]',
    '§ error filter-invalid proxy-groups[0].filter: "^(?!x)" is no regular expression that can be used ("error parsing regexp: invalid or unsupported Perl syntax: `(?!`"): what must not match goes into exclude-filter, since looking ahead may take for ever',
  ],
  [
    'a status that is none',
    'proxy-groups: [{name: g, type: select, proxies: [DIRECT], expected-status: §2xx}]',
    '§ error value-invalid proxy-groups[0].expected-status must be statuses such as 204 or 200-299/301, or *, not "2xx"',
  ],
  [
    'a group that includes a proxy which dials through it',
    'proxies: [{name: p, type: socks5, server: a.test, port: 1, dialer-proxy: g}]\nproxy-groups: [§{name: g, type: select, include-all-proxies: true}]',
    '§ error target-circle this leads in a circle: "p" -> "g" -> "p"',
  ],
  [
    'a strategy that is none',
    'proxy-groups: [{name: g, type: load-balance, proxies: [DIRECT], strategy: §random}]',
    '§ error value-invalid proxy-groups[0].strategy must be one of consistent-hashing, round-robin, sticky-sessions, not "random"',
  ],
] as const) {
  test(`${why} is an error with its place`, () => {
    assert.equal(markedProblem(text), expected);
  });
}

test('an empty group may have something else to use', () => {
  const text = 'proxy-groups: [{name: g, type: select, empty-fallback: DIRECT}]';
  assert.deepEqual(problemsIn(text), []);
});

test('names of proxies that would keep another engine busy for ever are matched at once', () => {
  const name = `${'a'.repeat(100)}!`;
  const text = `proxies: [{name: "${name}", type: direct}]\nproxy-groups: [{name: g, type: select, proxies: [DIRECT], include-all-proxies: true, filter: "^(a+)+$"}]`;
  assert.deepEqual(configOf(text).groups[0]?.members, ['DIRECT']);
});
