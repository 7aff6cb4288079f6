import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  facetOf,
  filterTest,
  formatFilter,
  formatTerm,
  parseFilter,
  toggleTerm,
} from '../../../renderer/pages/connections/flow-filter.ts';
import { between, toggled } from '../../../renderer/components/selection.ts';
import { flow } from './a-flow.ts';

const all = [
  flow(1, { domain: 'a.test', chain: ['Proxy', 'HK 1'], zone: 'wsl' }),
  flow(2, { domain: 'b.test', chain: ['Proxy', 'HK 10'], zone: 'container' }),
  flow(3, {
    domain: 'c.test',
    chain: [],
    process: { name: 'curl', path: '/usr/bin/curl', uid: 0 },
  }),
];

function ids(filter: string): number[] {
  return all.filter(filterTest(parseFilter(filter))).map(({ id }) => id);
}

test('a quoted value is the whole of one value of the field, a plain one a part of it', () => {
  assert.deepEqual(ids('upstream:hk'), [1, 2]);
  assert.deepEqual(ids('upstream:"HK 1"'), [1]);
  assert.deepEqual(ids('upstream:"HK"'), []);
  assert.deepEqual(ids('upstream:"Proxy" b.test'), [2]);
  assert.deepEqual(ids('process:"curl"'), [3]);
  assert.deepEqual(ids('process:"/usr/bin/curl"'), [3]);
});

test('values of one field are alternatives, those of several fields must all hold', () => {
  assert.deepEqual(ids('zone:"wsl" zone:"container"'), [1, 2]);
  assert.deepEqual(ids('zone:"wsl" zone:"container" upstream:"HK 10"'), [2]);
});

test('an empty value is what has none', () => {
  assert.deepEqual(ids('upstream:""'), [3]);
  assert.deepEqual(ids('process:""'), [1, 2]);
});

test('what is typed stays as it is, spaces included, while terms are told apart from it', () => {
  for (const words of ['', 'a', 'a ', ' a  b', 'rule:x,y "z', 'upstream:"half']) {
    assert.deepEqual(parseFilter(words), { exact: [], words });
    const text = formatFilter({ exact: [{ field: 'zone', value: 'wsl' }], words });
    assert.deepEqual(parseFilter(text), { exact: [{ field: 'zone', value: 'wsl' }], words });
  }
});

test('any name survives the way through the address', () => {
  for (const value of ['a"b', 'a\\', '\\"', 'two words', 'zone:"x"', '🇭🇰 香港', '"']) {
    const term = { field: 'upstream', value } as const;
    assert.deepEqual(parseFilter(formatTerm(term)), { exact: [term], words: '' });
  }
});

test('half of a term finds what begins so', () => {
  assert.deepEqual(ids('upstream:"HK'), [1, 2]);
});

test('a term is put in and taken out', () => {
  const term = { field: 'zone', value: 'lan' } as const;
  const filter = toggleTerm(parseFilter('x'), term);
  assert.deepEqual(filter, { exact: [term], words: 'x' });
  assert.deepEqual(toggleTerm(filter, term), { exact: [], words: 'x' });
});

test('a facet counts what the other filters leave, and keeps what is chosen', () => {
  const filter = parseFilter('zone:"wsl" upstream:"gone"');
  assert.deepEqual(facetOf(all, filter, 'upstream'), [
    { value: 'HK 1', count: 1 },
    { value: 'Proxy', count: 1 },
    { value: 'gone', count: 0 },
  ]);
  assert.deepEqual(facetOf(all, parseFilter(''), 'process'), [
    { value: '', count: 2 },
    { value: 'curl', count: 1 },
  ]);
});

test('rows are selected one by one and in ranges', () => {
  assert.deepEqual([...toggled(new Set([1, 2]), 2)], [1]);
  assert.deepEqual([...toggled(new Set([1]), 2)], [1, 2]);
  assert.deepEqual(between([5, 4, 3, 2], 4, 2), [4, 3, 2]);
  assert.deepEqual(between([5, 4, 3, 2], 2, 4), [4, 3, 2]);
  assert.deepEqual(between([5, 4, 3, 2], 9, 3), [3]);
});
