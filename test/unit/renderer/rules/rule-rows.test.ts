import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileRule, RuleEdit } from '../../../../core/api/edit.ts';
import { diffLines, lineChanges } from '../../../../renderer/pages/rules/diff-lines.ts';
import { listRows } from '../../../../renderer/pages/rules/list-rows.ts';
import { parseDestination } from '../../../../renderer/pages/rules/parse-destination.ts';
import {
  insertion,
  move,
  moveBefore,
  removal,
  removeAll,
  ruleRows,
  selectRules,
  toggle,
  toggleAll,
} from '../../../../renderer/pages/rules/rule-rows.ts';

const rules: readonly FileRule[] = [
  { enabled: true, text: 'DOMAIN,a.test,us', line: 4 },
  { enabled: false, text: 'DOMAIN,a.test,us', line: 5 },
  { enabled: true, text: 'MATCH,DIRECT', line: 6 },
];
const hit = { index: 0, line: 4, count: 7, at: '2026-01-01T00:00:00Z' };
const rows = ruleRows(rules, [hit]);

test('rows have keys of their own, and the hits of their line', () => {
  assert.equal(new Set(rows.map(({ key }) => key)).size, 3);
  assert.deepEqual(
    rows.map((row) => row.hit?.count),
    [7, undefined, undefined],
  );
  assert.deepEqual(
    selectRules(rows, 'match').map(({ at }) => at),
    [2],
  );
});

test('each change names the rule that it expects', () => {
  const [first, second] = rows;
  assert.ok(first !== undefined && second !== undefined);
  const rule = 'DOMAIN,a.test,us';
  assert.deepEqual(toggle(first), { op: 'disable', at: 0, rule });
  assert.deepEqual(toggle(second), { op: 'enable', at: 1, rule });
  assert.deepEqual(removal(second), { op: 'remove', at: 1, rule });
  assert.deepEqual(move(first, 1, 3), { op: 'move', from: 0, to: 1, rule });
  assert.equal(move(first, -1, 3), null);
  assert.equal(move(first, 1, 1), null);
});

test('many are switched and removed in one change, each where it then is', () => {
  assert.deepEqual(
    toggleAll(rows, false).map((edit) => edit.op === 'disable' && edit.at),
    [0, 2],
  );
  assert.deepEqual(toggleAll(rows.slice(0, 1), true), []);
  assert.deepEqual(
    removeAll(rows).map((edit) => edit.op === 'remove' && edit.at),
    [2, 1, 0],
  );
});

test('a rule is moved before another, or behind all', () => {
  const [first, second, third] = rows;
  assert.ok(first !== undefined && third !== undefined);
  const to = (edit: RuleEdit | null): unknown => (edit?.op === 'move' ? edit.to : edit);
  assert.equal(to(moveBefore(first, third, 3)), 1);
  assert.equal(to(moveBefore(first, undefined, 3)), 2);
  assert.equal(to(moveBefore(third, first, 3)), 0);
  assert.equal(to(moveBefore(first, second, 3)), null);
  assert.equal(to(moveBefore(third, undefined, 3)), null);
});

test('a new rule goes before the MATCH that ends the list', () => {
  assert.deepEqual(insertion(rules, 'X'), { op: 'insert', rule: 'X', at: 2 });
  assert.deepEqual(insertion(rules.slice(0, 2), 'X'), { op: 'insert', rule: 'X' });
  assert.deepEqual(insertion([], 'X'), { op: 'insert', rule: 'X' });
});

test('destinations are read as people write them', () => {
  assert.deepEqual(parseDestination(' a.test '), { host: 'a.test' });
  assert.deepEqual(parseDestination('a.test:8080'), { host: 'a.test', port: 8080 });
  assert.deepEqual(parseDestination('[2001:db8::1]:53'), { host: '2001:db8::1', port: 53 });
  assert.deepEqual(parseDestination('2001:db8::1'), { host: '2001:db8::1' });
  assert.deepEqual(parseDestination('http://a.test/x?y'), { host: 'a.test', port: 80 });
  assert.deepEqual(parseDestination('https://a.test'), { host: 'a.test' });
  for (const wrong of ['', ' ', 'two words', 'a.test:port']) {
    assert.equal(parseDestination(wrong), null);
  }
});

test('a diff is told line by line, without its head', () => {
  const diff = '--- revision 1\n+++ revision 2\n@@ -1,2 +1,2 @@\n same\n-old\n+new\n+newer\n';
  assert.deepEqual(
    diffLines(diff).map(({ kind }) => kind),
    ['place', 'same', 'removed', 'added', 'added'],
  );
  assert.deepEqual(lineChanges(diff), { added: 2, removed: 1 });
  assert.deepEqual(diffLines(''), []);
});

test('lists of rules and geo data are told; what stands in the file cannot be fetched again', () => {
  const state = { path: null, count: 2, size: 9, updatedAt: null, nextRefresh: null };
  const error = { code: 'ERR_X', message: 'not found', at: '2026-01-01T00:00:00Z' };
  const rows = listRows({
    rules: [
      {
        ...{ ...state, name: 'ads', type: 'http', url: 'https://a.test/ads', error },
        ...{ behavior: 'domain', format: 'yaml', broken: 3, problems: [] },
      },
      {
        ...{ ...state, name: 'own', type: 'inline', url: null, error: null },
        ...{ behavior: 'ipcidr', format: null, broken: 0, problems: [] },
      },
    ],
    proxies: [],
    geo: [
      { ...state, name: 'country', type: 'http', url: 'https://a.test/c', error: null, lists: [] },
    ],
  });
  assert.deepEqual(
    rows.map(({ name, kind, error, broken, canRefresh }) => [
      name,
      kind,
      error,
      broken,
      canRefresh,
    ]),
    [
      ['ads', 'rules', error, 3, true],
      ['own', 'rules', null, 0, false],
      ['country', 'geo', null, 0, true],
    ],
  );
});
