import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFilter } from '../../../../renderer/pages/connections/flow-filter.ts';
import { en } from '../../../../renderer/i18n/en.ts';
import { translator } from '../../../../renderer/i18n/translate.ts';
import { shownTotal } from '../../../../renderer/pages/home/total-rows.ts';
import { aRow } from '../a-totals.ts';

const t = translator(en);

function filterOf(href: string | null): ReturnType<typeof parseFilter> {
  return parseFilter(new URL(href ?? '', 'http://test').searchParams.get('filter') ?? '');
}

test('a row leads to its connections, whatever its name is', () => {
  for (const name of ['dante', 'Hong Kong "1"', '<b>x</b> \\ & #', '香港']) {
    const { href } = shownTotal('upstream', aRow(name, 1, 1, 1), t);
    assert.deepEqual(filterOf(href).exact, [{ field: 'upstream', value: name }]);
  }
});

test('what has ended is looked for among the closed ones', () => {
  const closed = shownTotal('zone', aRow('lan', 1, 1, 0), t);
  assert.match(closed.href ?? '', /view=closed/);
  assert.equal(closed.name, 'LAN');
  assert.doesNotMatch(shownTotal('zone', aRow('lan', 1, 1, 2), t).href ?? '', /view/);
});

test('a program is found by its path, and a name that hides text is shown as it is', () => {
  const row = { ...aRow('evil\u202Egpj', 1, 1), path: '/tmp/evil\u202Egpj' };
  const { href, name } = shownTotal('process', row, t);
  assert.deepEqual(filterOf(href).exact, [{ field: 'process', value: row.path }]);
  assert.equal(name, 'evil\\u{202e}gpj');
});

test('the others are no one thing', () => {
  assert.equal(shownTotal('upstream', { ...aRow('', 1, 1), kind: 'others' }, t).href, null);
});
