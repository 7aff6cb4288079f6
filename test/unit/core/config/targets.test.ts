import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainOf, follow } from '../../../../core/groups/group.ts';
import { offlinePolicy } from '../../../../core/engine/offline-policy.ts';
import { configOf, markedProblem, problemsIn } from './check.ts';

const socks = (name: string, dialer?: string): string =>
  `{name: ${name}, type: socks5, server: 192.0.2.1, port: 1080` +
  `${dialer === undefined ? '' : `, dialer-proxy: ${dialer}`}}`;
const group = (name: string, ...members: string[]): string =>
  `{name: ${name}, type: select, proxies: [${members.join(', ')}]}`;
const file = (proxies: readonly string[], groups: readonly string[]): string =>
  `proxies:\n${proxies.map((item) => `  - ${item}\n`).join('')}` +
  `proxy-groups:\n${groups.map((item) => `  - ${item}\n`).join('')}`;
const vmess = '{name: v, type: vmess}';

/** The way from a name to the machine; empty where flows are refused. */
function wayFrom(name: string, text: string): string {
  const target = offlinePolicy(configOf(text)).groups.get(name);
  assert.ok(target);
  return chainOf(follow(target, null)).join(' > ');
}

test('a group leads to its first member, through groups in it', () => {
  const text = file([socks('a'), socks('b')], [group('g', 'h', 'a'), group('h', 'b', 'a')]);
  assert.equal(wayFrom('g', text), 'g > h > b');
  assert.equal(wayFrom('a', text), 'a');
  assert.equal(wayFrom('DIRECT', text), 'DIRECT');
  assert.equal(wayFrom('COMPATIBLE', text), 'DIRECT');
  assert.deepEqual(problemsIn(text), []);
});

test('members that cannot be used are passed over, with a warning', () => {
  const text = file([vmess, '{name: w, type: ss}', socks('a')], [group('g', 'v', 'w', 'a')]);
  assert.equal(wayFrom('g', text), 'g > a');
  assert.match(
    problemsIn(text).join('\n'),
    /^6:\d+ warning group-member-unusable the group "g" passes over members that cannot be used: "v", "w"$/m,
  );
});

test('a group without a usable member rejects, and so does one that has only that group', () => {
  const text = file([vmess], [group('g', 'v'), group('h', 'g'), group('empty')]);
  assert.equal(wayFrom('g', text), '');
  assert.equal(wayFrom('h', text), '');
  const problems = problemsIn(text).join('\n');
  assert.match(problems, /"g" has no member that can be used: flows sent to it are rejected/);
  assert.match(problems, /6:12 warning group-unusable the group "empty" has no members/);
});

test('a proxy behind one that cannot be used is a warning', () => {
  const text = file([vmess, socks('a', 'v')], []);
  assert.match(
    problemsIn(text).join('\n'),
    /3:\d+ warning proxy-unreachable "a" cannot be reached: its dialer-proxy "v" cannot be used/,
  );
});

test('a rule that points at something unusable is a warning, once', () => {
  const text = `proxies: [${vmess}]\nrules: ["DST-PORT,80,v", "MATCH,v"]\n`;
  const warnings = problemsIn(text).filter((line) => line.includes('target-unusable'));
  assert.deepEqual(warnings, [
    '2:22 warning target-unusable "v" cannot be used: flows that rules send there are rejected',
  ]);
});

for (const [why, text, expected] of [
  [
    'a group in a circle',
    file([], [group('g', 'h'), group('h', 'DIRECT', '§g')]),
    '§ error target-circle this leads in a circle: "g" -> "h" -> "g"',
  ],
  [
    'a group in itself',
    file([], [group('g', '§g')]),
    '§ error target-circle this leads in a circle: "g" -> "g"',
  ],
  [
    'proxies that dial through each other',
    file([socks('a', 'b'), socks('b', '§a')], []),
    '§ error target-circle this leads in a circle: "a" -> "b" -> "a"',
  ],
  [
    'a proxy that dials through a group that it is in',
    file([socks('a', 'g')], [group('g', 'DIRECT', '§a')]),
    '§ error target-circle this leads in a circle: "a" -> "g" -> "a"',
  ],
  [
    'an unknown member',
    file([socks('office')], [group('g', '§ofice')]),
    '§ error target-unknown no proxy or group is called "ofice": did you mean "office"?',
  ],
  [
    'an unknown dialer',
    file([socks('a', '§DIRCT')], []),
    '§ error target-unknown no proxy or group is called "DIRCT": did you mean "DIRECT"?',
  ],
  [
    'a group called as a proxy',
    file([socks('a')], [group('§a', 'DIRECT')]),
    '§ error name-duplicate another proxy or group is called "a"',
  ],
  [
    'an unknown type of group',
    'proxy-groups: [{name: g, type: §url_test, proxies: [DIRECT]}]',
    '§ error group-type-unknown unknown group type "url_test": did you mean "url-test"?',
  ],
  [
    'a relay',
    'proxy-groups: [{name: g, type: §relay, proxies: [DIRECT]}]',
    '§ error group-type-unknown unknown group type "relay": chain proxies with dialer-proxy instead',
  ],
] as const) {
  test(`${why} is an error with its place`, () => {
    assert.equal(markedProblem(text), expected);
  });
}

test('ways that are too long are an error, whichever end they are listed from', () => {
  const names = Array.from({ length: 40 }, (_, index) => `g${index}`);
  const groups = names.map((name, index) => group(name, names[index + 1] ?? 'DIRECT'));
  for (const list of [groups, groups.toReversed()]) {
    assert.match(
      problemsIn(file([], list)).join('\n'),
      /error target-too-far .* more than 32 names/,
    );
  }
  assert.deepEqual(problemsIn(file([], groups.slice(10))), []);
});

test('groups that multiply their members are no work', () => {
  const groups = Array.from({ length: 30 }, (_, index) =>
    group(`g${index}`, ...Array<string>(5).fill(index === 0 ? 'v' : `g${index - 1}`)),
  );
  assert.equal(wayFrom('g29', file([vmess], groups)), '');
});
