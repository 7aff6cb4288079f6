import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import { configOf, markedProblem, problemsIn, problemsOf } from './check.ts';

for (const [why, text, expected] of [
  ['an empty file', '§', '§ error file-empty the file has no settings in it'],
  ['nothing but comments', '§# a\n# b\n', '§ error file-empty the file has no settings in it'],
  ['a list', '§- a\n', '§ error file-not-a-map the file must be a map of settings (key: value)'],
  ['a word', '§hello', '§ error file-not-a-map the file must be a map of settings (key: value)'],
  ['a tab', 'tun:\n§\tmtu: 1400\n', '§ error yaml-syntax Tabs are not allowed as indentation'],
  ['an open quote', 'mode: §"rule\n', '§ error yaml-syntax Missing closing "quote'],
  [
    'a duplicate key',
    'mode: rule\nipv6: true\n§mode: direct\n',
    '§ error yaml-duplicate-key the key "mode" is already set in line 1',
  ],
  [
    'a second document',
    'mode: rule\n§---\nmode: direct\n',
    '§ error yaml-syntax the file has a second document: remove everything from here on',
  ],
  [
    'a key that is a list',
    '§[a]: b\n',
    '§ error yaml-key this map has a key that is not plain text',
  ],
  ['an unknown alias', 'mode: §*m\n', '§ error yaml-alias the alias "*m" has no anchor before it'],
  [
    'an alias of itself',
    'a: &a [§*a]\n',
    '§ error yaml-alias the alias "*a" has no anchor before it',
  ],
  ['a merge of text', 'tun: {<<: §x}\n', '§ error yaml-merge a merge key (<<) needs a map'],
] as const) {
  test(`${why} is one error with its place`, () => {
    assert.equal(markedProblem(text), expected);
  });
}

test('anchors, aliases and merge keys work, and own keys win over merged ones', () => {
  const { proxies } = configOf(
    `
base: &base {type: socks5, server: 192.0.2.1, port: 1080}
more: &more {port: 1, username: u}
proxies:
  - {name: a, <<: *base}
  - {<<: [*base, *more], name: b, server: 192.0.2.2}
rules: [MATCH,a]
`.replace('[MATCH,a]', '["MATCH,a"]'),
  );
  assert.deepEqual(
    proxies.map((proxy) =>
      proxy.type === 'socks5' ? [proxy.name, proxy.server, proxy.port, proxy.username] : null,
    ),
    [
      ['a', '192.0.2.1', 1080, ''],
      ['b', '192.0.2.2', 1080, 'u'],
    ],
  );
});

test('a key that is there for its anchors is no unknown key', () => {
  const text =
    'x-common: {deep: &d [DIRECT]}\nproxy-groups: [{name: g, type: select, proxies: *d}]\n';
  assert.deepEqual(problemsIn(text), []);
});

test('aliases are shared, not copied: a billion laughs is no work', () => {
  const lines = ['a0: &a0 [x, x]'];
  for (let i = 1; i < 60; i++) lines.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`);
  assert.deepEqual(problemsIn(lines.join('\n')), []);
});

test('merge keys that multiply are cut short', () => {
  const wide = Array.from({ length: 1000 }, (_, index) => `k${index}: 1`).join(', ');
  const lines = [`a0: &a0 {${wide}}`];
  for (let i = 1; i < 200; i++) lines.push(`a${i}: &a${i} {<<: [*a${i - 1}, *a${i - 1}]}`);
  const errors = problemsIn(lines.join('\n')).filter((line) => line.includes(' error '));
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? '', /yaml-merge merge keys \(<<\) copy too much/);
});

for (const [what, text] of [
  ['flow lists', `a: ${'['.repeat(100_000)}`],
  ['closed flow lists', `a: ${'['.repeat(200)}${']'.repeat(200)}`],
  ['flow maps', `${'{a: '.repeat(50_000)}1`],
  ['block lists', `${'- '.repeat(100_000)}x`],
  ['block maps', Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
] as const) {
  test(`${what} that are nested too deeply are one error`, () => {
    const problems = problemsOf(text);
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(
      problems[0] ?? '',
      /^\d+:\d+ error (yaml-too-deep|yaml-syntax) the file is nested/,
    );
  });
}

test('a file in which everything is wrong is described in part', () => {
  const { problems } = parseConfig(`rules:\n${'  - NOPE,a,b\n'.repeat(5000)}`, 'c.yaml');
  assert.equal(problems.length, 501);
  assert.match(problems.at(-1)?.message ?? '', /^4501 more problems are not shown$/);
});

test('what the YAML library repeats of the text is shown harmlessly', () => {
  const [problem = ''] = problemsIn('a: "\\\u009b"\n');
  assert.equal(problem, '1:5 error yaml-syntax Invalid escape sequence \\\\u{9b}');
});

test('no text makes it throw; every text gives a configuration or an error', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'mode: ',
      'tun:\n',
      '  mtu: ',
      'rules:\n',
      '- ',
      'MATCH,DIRECT',
      '&a ',
      '*a',
      '<<: ',
    ),
    fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '\n',
      '\t',
      '  ',
      ': ',
      ', ',
      '|\n',
      '!!int ',
      '---\n',
    ),
    fc.constantFrom(
      'proxies:\n',
      'name: x',
      'type: socks5',
      'proxy-groups:\n',
      'proxies: [x]',
      '1500',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const text = pieces.join('');
      const { config, problems } = parseConfig(text, 'c.yaml');
      const hasError = problems.some(({ severity }) => severity === 'error');
      assert.equal(config === null, hasError);
      const lines = text.split(/\r\n|\n|\r/);
      for (const { line, column } of problems) {
        const content = lines[line - 1];
        assert.ok(content !== undefined, `line ${line}`);
        assert.ok(column >= 1 && column <= content.length + 2, `column ${column}`);
      }
    }),
    { numRuns: 2000 },
  );
});
