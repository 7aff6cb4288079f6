/** Upstreams in the text of a file: exactly what was wanted changes, in the style of the file, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UpstreamEdit, UpstreamSettings } from '../../../../../core/api/upstreams.ts';
import { editUpstream } from '../../../../../core/config/edit/edit-upstreams.ts';
import { listUpstreams } from '../../../../../core/config/edit/upstream-list.ts';
import { parseConfig } from '../../../../../core/config/parse-config.ts';

const NEW: UpstreamSettings = {
  name: 'new',
  type: 'socks5',
  server: '192.0.2.9',
  port: 1080,
  username: '',
  password: '',
  udp: false,
  tls: null,
  dialerProxy: '',
  headers: {},
};

const FILE = `# head
proxies:
  # first
  - name: A # the a
    type: socks5
    server: a.test # where
    port: 1080
    # login below
    username: u
    password: "p"
    ip-version: ipv4
  - {name: B, type: http, server: b.test, port: 8080, dialer-proxy: A} # b

proxy-groups:
  - name: G
    type: select
    proxies: [A, B, DIRECT]
  - {name: H, type: fallback, proxies: [B, A]}
  - name: I
    type: select
    proxies:
      - A # one
      - B

dns:
  nameserver: ['https://192.0.2.1/dns-query#A&disable-ipv6=true', 192.0.2.1#A]
rule-providers:
  r: {type: http, behavior: domain, url: 'https://r.test/', proxy: A}
rules:
  - DOMAIN,x.test,A
  # sluice:disabled - DOMAIN,y.test,A
  - AND,((DOMAIN,z.test),(NETWORK,udp)),A
  - RULE-SET,r,DIRECT
  - MATCH,G # rest
`;

/** The lines that went and came, without those that stayed. */
function changes(text: string, edit: UpstreamEdit): string[] {
  const after = editUpstream(text, edit).split('\n');
  const before = text.split('\n');
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `-${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+${line}`),
  ];
}

function settings(name: string): UpstreamSettings {
  const found = listUpstreams(FILE).upstreams.find((one) => one.settings.name === name);
  assert.ok(found !== undefined);
  return found.settings;
}

test('the list tells settings, other keys, lines, uses, groups and where the rest goes', () => {
  const { upstreams, groups, match, notEditable } = listUpstreams(FILE);
  assert.equal(notEditable, null);
  assert.deepEqual(
    upstreams.map(({ settings: { name, type, dialerProxy }, line, otherKeys }) => [
      ...[name, type, dialerProxy, line, otherKeys],
    ]),
    [
      ['A', 'socks5', '', 4, ['ip-version']],
      ['B', 'http', 'A', 12, []],
    ],
  );
  assert.deepEqual(
    upstreams[0]?.usedBy.map(({ kind, text, line }) => `${kind} ${text} ${line}`),
    [
      'dialer-proxy B 12',
      'group G 17',
      'group H 18',
      'group I 22',
      'provider r 28',
      'rule DOMAIN,x.test,A 30',
      'rule AND,((DOMAIN,z.test),(NETWORK,udp)),A 32',
      'resolver https://192.0.2.1/dns-query#A&disable-ipv6=true 26',
      'resolver 192.0.2.1#A 26',
    ],
  );
  assert.deepEqual(
    groups.map(({ name, type, members }) => [name, type, members.length]),
    [
      ['G', 'select', 3],
      ['H', 'fallback', 2],
      ['I', 'select', 2],
    ],
  );
  assert.deepEqual(match, { target: 'G', line: 34 });
});

test('a new upstream stands last, as its neighbour is written, in its groups, and gets the rest', () => {
  const edit: UpstreamEdit = {
    op: 'add',
    settings: { ...NEW, username: '123', password: 'a: "b"', udp: true },
    groups: ['G', 'I'],
    match: true,
  };
  assert.deepEqual(changes(FILE, edit), [
    '-    proxies: [A, B, DIRECT]',
    '-  - MATCH,G # rest',
    "+  - { name: new, type: socks5, server: 192.0.2.9, port: 1080, username: '123', password: 'a: \"b\"', udp: true }",
    '+    proxies: [A, B, DIRECT, new]',
    '+      - new',
    '+  - MATCH,new # rest',
  ]);
});

test('the first upstream of a file: above the rules, and the rest goes there', () => {
  const text = '# mine\nmode: rule\n\n# what goes where\nrules:\n  - MATCH,DIRECT\n';
  assert.equal(
    editUpstream(text, { op: 'add', settings: NEW, match: true }),
    '# mine\nmode: rule\n\nproxies:\n  - name: new\n    type: socks5\n    server: 192.0.2.9\n' +
      '    port: 1080\n\n# what goes where\nrules:\n  - MATCH,new\n',
  );
});

test('a changed upstream keeps its comments, order, other keys and style', () => {
  const after = { ...settings('A'), port: 1081, password: 'q', tls: null, udp: true };
  assert.deepEqual(changes(FILE, { op: 'replace', name: 'A', settings: after }), [
    '-    port: 1080',
    '-    password: "p"',
    '+    port: 1081',
    '+    password: "q"',
    '+    udp: true',
  ]);
});

test('a new name goes wherever the old one was, also into rules that are switched off', () => {
  const edit: UpstreamEdit = {
    op: 'replace',
    name: 'A',
    settings: { ...settings('A'), name: 'Z 1' },
  };
  const after = editUpstream(FILE, edit);
  assert.equal(after, FILE.replaceAll(/(?<=[,[#:] ?|- )A(?=[,\]&}'\n]| #)/g, 'Z 1'));
  assert.equal(after.split('Z 1').length, 12);
  assert.notEqual(parseConfig(after, 'f').config, null);
});

test('an upstream that is used is not removed; with force it leaves its groups', () => {
  assert.throws(() => editUpstream(FILE, { op: 'remove', name: 'B' }), {
    code: 'ERR_UPSTREAM_IN_USE',
    message: /the group "G", the group "H", the group "I". Take it out/,
  });
  assert.throws(() => editUpstream(FILE, { op: 'remove', name: 'A', force: true }), {
    code: 'ERR_UPSTREAM_IN_USE',
    message: /the dialer-proxy "B", .* and 1 more/,
  });
  assert.deepEqual(changes(FILE, { op: 'remove', name: 'B', force: true }), [
    '-  - {name: B, type: http, server: b.test, port: 8080, dialer-proxy: A} # b',
    '-    proxies: [A, B, DIRECT]',
    '-  - {name: H, type: fallback, proxies: [B, A]}',
    '-      - B',
    '+    proxies: [A, DIRECT]',
    '+  - {name: H, type: fallback, proxies: [A]}',
  ]);
});

test('names that are taken and settings that make no sense are refused', () => {
  const add = (more: Partial<UpstreamSettings>) => () =>
    editUpstream(FILE, { op: 'add', settings: { ...NEW, ...more } });
  assert.throws(add({ name: 'G' }), { code: 'ERR_UPSTREAM_NAME' });
  assert.throws(add({ server: 'not a name' }), {
    code: 'ERR_UPSTREAM_INVALID',
    message:
      'This upstream makes no sense: server must be a domain name or an IP address, not "not a name".',
  });
  assert.throws(add({ type: 'socks4a', password: 'x' }), {
    message: /password is ignored: SOCKS4 has no passwords/,
  });
});

test('what anchors share is not changed for one alone', () => {
  const text =
    'proxies:\n  - &a {name: A, type: socks5, server: a.test, port: 1}\n' +
    '  - {<<: *a, name: B}\nrules: ["MATCH,A"]\n';
  const [a, b] = listUpstreams(text).upstreams;
  assert.ok(a !== undefined && b !== undefined);
  assert.throws(
    () => editUpstream(text, { op: 'replace', name: 'A', settings: { ...a.settings, port: 2 } }),
    { code: 'ERR_EDIT_LAYOUT' },
  );
  assert.equal(
    editUpstream(text, { op: 'replace', name: 'B', settings: { ...b.settings, port: 2 } }),
    text.replace('name: B}', 'name: B, port: 2}'),
  );
});

const PLAIN = { ...NEW, name: 'A', server: 'a.test', port: 1 };
const ONE = '  - {name: A, type: socks5, server: a.test, port: 1}\n';
const LINES = '  - name: new\n    type: socks5\n    server: 192.0.2.9\n    port: 1080\n';
const ADD: UpstreamEdit = { op: 'add', settings: NEW };

/** What is written, the edit, and what it becomes; null: it is refused. */
const layouts: readonly (readonly [string, string, UpstreamEdit, string | null])[] = [
  ['an empty file', '', { ...ADD, match: true }, `proxies:\n${LINES}rules:\n  - MATCH,new\n`],
  ['nothing but a comment', '# c\n', ADD, `# c\nproxies:\n${LINES}`],
  [
    'a document with its marks',
    '---\nmode: rule\n...\n',
    ADD,
    `---\nmode: rule\nproxies:\n${LINES}...\n`,
  ],
  ['empty brackets', 'proxies: []   # none\n', ADD, `proxies:   # none\n${LINES}`],
  [
    'a key with nothing',
    'proxies:   # none\n\nmode: rule\n',
    ADD,
    `proxies:   # none\n${LINES}\nmode: rule\n`,
  ],
  [
    'a null that is written out',
    'proxies: ~\n',
    ADD,
    'proxies: [{ name: new, type: socks5, server: 192.0.2.9, port: 1080 }]\n',
  ],
  [
    'a list that an alias refers to',
    `x: &x\n${ONE}proxies: *x\n`,
    ADD,
    `x: &x\n${ONE}  - { name: new, type: socks5, server: 192.0.2.9, port: 1080 }\nproxies: *x\n`,
  ],
  [
    'JSON',
    '{"proxies": [{"name": "A", "type": "socks5", "server": "a.test", "port": 1}], "rules": ["MATCH,A"]}',
    { op: 'replace', name: 'A', settings: { ...PLAIN, name: 'B', udp: true } },
    '{"proxies": [{"name": "B", "type": "socks5", "server": "a.test", "port": 1, "udp": true}], "rules": ["MATCH,B"]}',
  ],
  [
    'JSON with another item',
    '{"proxies": [{"name": "A", "type": "socks5", "server": "a.test", "port": 1}]}',
    ADD,
    '{"proxies": [{"name": "A", "type": "socks5", "server": "a.test", "port": 1}, ' +
      '{"name": "new", "type": "socks5", "server": "192.0.2.9", "port": 1080}]}',
  ],
  [
    'members that templates share, which all lose it',
    `pr: &pr {type: select, proxies: [A, DIRECT]}\nproxies:\n${ONE}proxy-groups:\n` +
      '  - {name: G, <<: *pr}\n  - {name: H, <<: *pr}\n',
    { op: 'remove', name: 'A', force: true },
    'pr: &pr {type: select, proxies: [DIRECT]}\nproxies:\nproxy-groups:\n' +
      '  - {name: G, <<: *pr}\n  - {name: H, <<: *pr}\n',
  ],
  [
    'members that templates share, of which one is to get more',
    `pr: &pr {type: select, proxies: [A]}\nproxies:\n${ONE}proxy-groups:\n` +
      '  - {name: G, <<: *pr}\n  - {name: H, <<: *pr}\n',
    { ...ADD, groups: ['G'] },
    null,
  ],
  [
    'braces over several lines with comments',
    'proxies:\n  - {name: A, # c1\n     server: a.test, type: socks5, # c2\n     port: 1, username: u, password: p} # c3\n',
    { op: 'replace', name: 'A', settings: { ...PLAIN, port: 2 } },
    'proxies:\n  - {name: A, # c1\n     server: a.test, type: socks5, # c2\n     port: 2} # c3\n',
  ],
  [
    'headers in lines, a password as a block, keys in any order',
    'proxies:\n  - headers:\n      X-A: one # x\n    name: A\n    type: http\n    server: a.test\n    port: 1\n' +
      '    username: u\n    password: |-\n      p\n',
    {
      op: 'replace',
      name: 'A',
      settings: { ...PLAIN, type: 'http', username: 'u', password: 'q', headers: { 'X-B': 'two' } },
    },
    'proxies:\n  - headers:\n      X-B: two\n    name: A\n    type: http\n    server: a.test\n    port: 1\n' +
      '    username: u\n    password: q\n',
  ],
  [
    'an item that begins below its dash',
    'proxies:\n  -\n    name: A\n    type: socks5\n    server: a.test\n    port: 1\n  # last\n',
    ADD,
    `proxies:\n  -\n    name: A\n    type: socks5\n    server: a.test\n    port: 1\n${LINES}  # last\n`,
  ],
  [
    'the last item in brackets, behind a comment',
    'proxies: [\n  {name: A, type: socks5, server: a.test, port: 1},\n  # two\n  {name: B, type: socks5, server: b.test, port: 1},\n]\n',
    { op: 'remove', name: 'B' },
    'proxies: [\n  {name: A, type: socks5, server: a.test, port: 1},\n  # two\n  \n]\n',
  ],
  [
    'a group with one member that is no list',
    `proxies:\n${ONE}proxy-groups:\n  - {name: G, type: select, proxies: A}\n`,
    { ...ADD, groups: ['G'] },
    `proxies:\n${ONE}  - { name: new, type: socks5, server: 192.0.2.9, port: 1080 }\nproxy-groups:\n` +
      '  - {name: G, type: select, proxies: [A, new]}\n',
  ],
];

for (const [title, text, edit, expected] of layouts) {
  test(`${title}: ${expected === null ? 'refused' : edit.op}`, () => {
    if (expected === null) {
      assert.throws(() => editUpstream(text, edit), { code: 'ERR_EDIT_LAYOUT' });
      return;
    }
    assert.equal(editUpstream(text, edit), expected);
  });
}
