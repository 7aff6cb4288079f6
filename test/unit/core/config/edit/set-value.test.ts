import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setValue as setInFile } from '../../../../../core/config/edit/set-value.ts';
import { openYaml } from '../../../../../core/config/edit/yaml-file.ts';

type Value = Parameters<typeof setInFile>[2];

function setValue(text: string, path: readonly string[], value: Value): string {
  return setInFile(openYaml(text), path, value).text;
}

/** Each: the path, the value, the text before and after. */
const changes: readonly (readonly [
  name: string,
  path: string,
  value: Value,
  before: string,
  after: string,
])[] = [
  ['an empty file', 'mode', 'global', '', 'mode: global\n'],
  ['a file of comments', 'tun.mtu', 1400, '# mine\n', '# mine\ntun:\n  mtu: 1400\n'],
  ['comments without an end', 'ipv6', false, '# mine', '# mine\nipv6: false'],
  ['an empty map', 'ipv6', false, '{}\n', 'ipv6: false\n'],
  ['CRLF', 'tun.mtu', 1400, 'mode: rule\r\n', 'mode: rule\r\ntun:\r\n  mtu: 1400\r\n'],
  [
    'the mark of the end',
    'tun.mtu',
    1400,
    'mode: rule\n...\n',
    'mode: rule\ntun:\n  mtu: 1400\n...\n',
  ],
  [
    'scalars of the top together',
    'ipv6',
    false,
    'mode: rule # mine\nrules:\n  - MATCH,DIRECT\n',
    'mode: rule # mine\nipv6: false\nrules:\n  - MATCH,DIRECT\n',
  ],
  [
    'a map for a key without a value',
    'hosts',
    { 'a.test': '192.0.2.1', '+.b': ['192.0.2.2', '192.0.2.3'] },
    'hosts: # mine\nmode: rule\n',
    'hosts: # mine\n  a.test: 192.0.2.1\n  +.b: [192.0.2.2, 192.0.2.3]\nmode: rule\n',
  ],
  [
    'a map of which one name changes',
    'hosts',
    { 'a.test': '192.0.2.1', 'b.test': '192.0.2.3' },
    "hosts: {'a.test': '192.0.2.1', b.test: 192.0.2.2, c.test: 192.0.2.4}\n",
    "hosts: {'a.test': '192.0.2.1', b.test: 192.0.2.3}\n",
  ],
  ['a scalar', 'mode', 'global', 'mode: rule # mine\n', 'mode: global # mine\n'],
  ['a quoted scalar', 'mode', 'global', "mode: 'rule' # mine\n", "mode: 'global' # mine\n"],
  [
    'a scalar of lines',
    'global-ua',
    'x',
    'global-ua: |\n  a\n  b\nmode: rule\n',
    'global-ua: x\nmode: rule\n',
  ],
  ['no value', 'mode', 'global', 'mode: # mine\n', 'mode: global # mine\n'],
  ['a null', 'mode', 'global', 'mode: ~ # mine\n', 'mode: global # mine\n'],
  [
    'among the comments of a map',
    'tun.mtu',
    1400,
    'tun:\n    enable: true\n    # mtu: 9000\n\n# dns\ndns: {}\n',
    'tun:\n    enable: true\n    # mtu: 9000\n    mtu: 1400\n\n# dns\ndns: {}\n',
  ],
  [
    'a map without a value',
    'tun.mtu',
    1400,
    'tun: # t\nipv6: true\n',
    'tun: # t\n  mtu: 1400\nipv6: true\n',
  ],
  ['a null for a map', 'tun.mtu', 1400, 'tun: ~ # t\n', 'tun: { mtu: 1400 } # t\n'],
  ['braces', 'tun.mtu', 1400, 'tun: {enable: true} # t\n', 'tun: {enable: true, mtu: 1400} # t\n'],
  [
    'braces with a last comma',
    'tun.mtu',
    1400,
    'tun: {enable: true, }\n',
    'tun: {enable: true, mtu: 1400, }\n',
  ],
  ['empty braces', 'tun.mtu', 1400, 'tun: {}\n', 'tun: { mtu: 1400 }\n'],
  [
    'braces without a value',
    'tun.mtu',
    1400,
    '{tun: , ipv6: true}\n',
    '{tun: { mtu: 1400 } , ipv6: true}\n',
  ],
  [
    'JSON',
    'tun.device',
    'eth9',
    '{"mode": "rule", "tun": {"mtu": 1400}}\n',
    '{"mode": "rule", "tun": {"mtu": 1400, "device": "eth9"}}\n',
  ],
  [
    'a path in JSON',
    'sluice.limits.max-flows',
    99,
    '{"mode": "rule"}',
    '{"mode": "rule", "sluice": {"limits": {"max-flows": 99}}}',
  ],
  [
    'text that looks like a number',
    'secret',
    '0123',
    'mode: rule\n',
    "mode: rule\nsecret: '0123'\n",
  ],
  ['text that looks like a truth value', 'secret', 'yes', 'secret: a\n', "secret: 'yes'\n"],
  ['no text', 'external-controller', '', 'mode: rule\n', "mode: rule\nexternal-controller: ''\n"],
  ['a hash', 'secret', 'a #b', 'secret: a\n', "secret: 'a #b'\n"],
  [
    'an address',
    'external-controller',
    '127.0.0.1:9',
    'secret: a\n',
    'secret: a\nexternal-controller: 127.0.0.1:9\n',
  ],
  [
    'an alias',
    'tun.mtu',
    1400,
    'x: &m 9000\ntun:\n  mtu: *m # big\n',
    'x: &m 9000\ntun:\n  mtu: 1400 # big\n',
  ],
  [
    'over a merge key',
    'tun.mtu',
    1400,
    'b: &b\n  mtu: 9000\ntun:\n  <<: *b\n',
    'b: &b\n  mtu: 9000\ntun:\n  <<: *b\n  mtu: 1400\n',
  ],
  [
    'a list',
    'dns.nameserver',
    ['1.1.1.1', 'tls://a:853'],
    'dns: {}\n',
    'dns: { nameserver: [1.1.1.1, tls://a:853] }\n',
  ],
  [
    'a scalar for a list',
    'tun.mtu',
    1,
    'tun:\n  mtu:\n    - 9\n  # e\n  enable: true\n',
    'tun:\n  mtu: 1\n  # e\n  enable: true\n',
  ],
  [
    'items of a list',
    'dns.nameserver',
    ['a', 'd', 'c', 'e'],
    'dns:\n  nameserver: # n\n  # first\n  - a # A\n  - b # B\n  # third\n  - "c"\n  ipv6: true\n',
    'dns:\n  nameserver: # n\n  # first\n  - a # A\n  - d\n  # third\n  - "c"\n  - e\n  ipv6: true\n',
  ],
  ['all items of a list', 'x', [], 'x:\n# of x\n- a\n- b\n', 'x: []\n# of x\n'],
  ['a list at the end', 'x', ['a', 'b'], 'x:\n- a', 'x:\n- a\n- b'],
  ['a list in brackets', 'x', ['a', 'c'], 'x: [a, b] # x\n', 'x: [a, c] # x\n'],
  [
    'a wide list',
    'x',
    ['a'.repeat(50), 'b'.repeat(50)],
    'm: 1\n',
    `m: 1\nx:\n  - ${'a'.repeat(50)}\n  - ${'b'.repeat(50)}\n`,
  ],
  [
    'a map',
    'hosts',
    { a: '1', 'b.c': ['2', '3'] },
    'hosts:\n  a: 0 # A\n  z: 9\n',
    "hosts:\n  a: '1' # A\n  b.c: ['2', '3']\n",
  ],
  [
    'a map with wildcards',
    'hosts',
    { '*.a': 'x', '+.b': 'z' },
    '',
    "hosts:\n  '*.a': x\n  +.b: z\n",
  ],
  [
    'the default',
    'tun.mtu',
    null,
    'tun:\n  # m\n  mtu: 1400 # M\n  enable: true\n',
    'tun:\n  # m\n  enable: true\n',
  ],
  [
    'the default of all that a map has',
    'sluice.limits.max-flows',
    null,
    'mode: rule\nsluice:\n  limits:\n    max-flows: 99\n',
    'mode: rule\n',
  ],
  [
    'the default, and a comment beside it',
    'tun.mtu',
    null,
    'tun:\n  # m\n  mtu: 1400\nipv6: true\n',
    'tun:\n  # m\nipv6: true\n',
  ],
  [
    'the default in braces',
    'tun.mtu',
    null,
    'tun: {enable: true, mtu: 1400}\n',
    'tun: {enable: true}\n',
  ],
  ['the default of the only setting', 'mode', null, '# mine\nmode: global\n', '# mine\n{}\n'],
  [
    'the default of a map',
    'hosts',
    null,
    'mode: rule\nhosts:\n  a: 1\n  b: 2\n# end\n',
    'mode: rule\n# end\n',
  ],
  [
    'the default of what is not there',
    'tun.mtu',
    null,
    'tun:\n  enable: true\n',
    'tun:\n  enable: true\n',
  ],
  [
    'a rule that is disabled',
    'tun.mtu',
    1400,
    'rules:\n- MATCH,DIRECT\n# sluice:disabled - MATCH,REJECT\n',
    'rules:\n- MATCH,DIRECT\n# sluice:disabled - MATCH,REJECT\ntun:\n  mtu: 1400\n',
  ],
];

describe('a value is changed', () => {
  for (const [name, path, value, before, after] of changes) {
    test(name, () => assert.equal(setValue(before, path.split('.'), value), after));
  }
});

describe('a change is refused', () => {
  const refusals: readonly (readonly [
    name: string,
    path: string,
    value: Value,
    text: string,
    why: RegExp,
  ])[] = [
    ['in a file that is no YAML', 'mode', 'rule', 'tun: {\n', /no valid YAML/],
    ['in a list', 'mode', 'rule', '- a\n', /no map of settings/],
    ['in a null', 'mode', 'rule', '~\n', /no map of settings/],
    ['under a scalar', 'tun.mtu', 1400, 'tun: 5\n', /tun is no map/],
    ['in an alias', 'tun.mtu', 1400, 'x: &x {a: 1}\ntun: *x\n', /tun is an alias \(\*x\)/],
    ['in what an alias shows', 'tun.mtu', 1, 'tun: &t\n  mtu: 2\nx: *t\n', /alias "\*t"/],
    ['of what an alias shows', 'tun.mtu', 1, 'tun:\n  mtu: &m 2\nx: *m\n', /alias "\*m"/],
    ['where an anchor would go', 'tun', null, 'tun:\n  mtu: &m 2\nx: *m\n', /alias "\*m"/],
    ['of a key that is there twice', 'mode', 'rule', 'mode: a\nmode: b\n', /twice/],
    ['that would hide a merge', 'a.b.c', 1, 'x: &x\n  b: {d: 1}\na:\n  <<: *x\n', /merge key/],
    ['of what a merge brings', 'a.b', null, 'x: &x {b: 1}\na:\n  <<: *x\n', /merge key/],
    ['with comments in the way', 'a', [1], 'a: [\n  1, # one\n  2]\n', /comments in it/],
    ['of items that are no text', 'a', ['c'], 'a:\n- {b: 1}\n- c\n', /a line of its own/],
    ['with a line break', 'a', 'b\nc: d', 'a: 1\n', /one line/],
    ['with an explicit key', 'a', null, '? a\n: 1\n', /shares its lines/],
  ];
  for (const [name, path, value, text, why] of refusals) {
    test(name, () => {
      assert.throws(() => setValue(text, path.split('.'), value), { message: why });
    });
  }
});
