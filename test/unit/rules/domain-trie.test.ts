import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DomainTrie } from '../../../rules/domain-trie.ts';

function trieOf(...patterns: string[]): DomainTrie<string> {
  const trie = new DomainTrie<string>();
  for (const pattern of patterns) assert.ok(trie.set(pattern, pattern), pattern);
  return trie;
}

for (const [pattern, matching, others] of [
  ['www.example.com', ['www.example.com'], ['example.com', 'a.www.example.com']],
  ['*.example.com', ['a.example.com'], ['example.com', 'a.b.example.com']],
  ['+.example.com', ['example.com', 'a.example.com', 'a.b.example.com'], ['aexample.com', 'com']],
  ['.example.com', ['a.example.com', 'a.b.example.com'], ['example.com']],
  ['a.*.com', ['a.b.com'], ['a.com', 'b.a.com', 'a.b.c.com']],
  ['*', ['localhost'], ['a.b']],
  ['+.*', ['localhost', 'a.b.c'], []],
  ['.*.com', ['a.b.com', 'a.b.c.com'], ['b.com']],
  ['Bücher.example', ['xn--bcher-kva.example'], []],
] as const) {
  test(`what ${pattern} matches`, () => {
    const trie = trieOf(pattern);
    for (const name of matching) assert.equal(trie.find(name), pattern, name);
    for (const name of others) assert.equal(trie.find(name), undefined, name);
  });
}

for (const text of [
  '',
  '.',
  '+.',
  '*.',
  '.*.',
  'a..b',
  'a.',
  'a*.b',
  'a b',
  '1:2',
  '+.+.a',
  '**.a',
]) {
  test(`${JSON.stringify(text)} is no pattern`, () => {
    const trie = new DomainTrie<number>();
    assert.equal(trie.set(text, 1), false);
    assert.equal(trie.size, 0);
  });
}

test('the closest pattern wins, whatever the order', () => {
  const patterns = ['+.com', '+.example.com', '*.example.com', 'www.example.com', '.example.com'];
  for (const order of [patterns, patterns.toReversed()]) {
    const trie = trieOf(...order);
    assert.equal(trie.find('www.example.com'), 'www.example.com');
    assert.equal(trie.find('a.example.com'), '*.example.com');
    assert.equal(trie.find('other.com'), '+.com');
  }
});

test('a literal that leads nowhere gives way to a wildcard', () => {
  const trie = trieOf('a.b.example.com', 'x.*.example.com');
  assert.equal(trie.find('x.b.example.com'), 'x.*.example.com');
});

test('matches what the definitions of the patterns say', () => {
  const label = fc.constantFrom('a', 'b', 'c');
  const body = fc.array(fc.constantFrom('a', 'b', 'c', '*'), { minLength: 1, maxLength: 4 });
  const pattern = fc
    .tuple(fc.constantFrom('', '+.', '.'), body)
    .map(([prefix, labels]) => prefix + labels.join('.'));
  const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 8 }), name, (patterns, domain) => {
      const trie = trieOf(...patterns);
      const expected = patterns.some((text) => {
        const [, prefix = '', rest = ''] = /^(\+?\.)?(.*)$/.exec(text) ?? [];
        const middle = rest.replaceAll('.', '\\.').replaceAll('*', '[^.]+');
        const start = { '': '', '+.': '(.+\\.)?', '.': '.+\\.' }[prefix];
        return new RegExp(`^${start}${middle}$`).test(domain);
      });
      assert.equal(trie.find(domain) !== undefined, expected);
    }),
  );
});
