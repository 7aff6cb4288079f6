import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Setting, SettingShape, SettingValue } from '../../../../core/api/settings.ts';
import { en } from '../../../../renderer/i18n/en.ts';
import { translator } from '../../../../renderer/i18n/translate.ts';
import { groupSettings } from '../../../../renderer/pages/settings/select-settings.ts';
import {
  isSameValue,
  shownValue,
  typedOf,
  valueOf,
} from '../../../../renderer/pages/settings/setting-values.ts';

type Known = Pick<Setting, 'shape' | 'default' | 'unit'>;

const t = translator(en);
const known = (
  shape: SettingShape,
  usual: SettingValue | null = null,
  unit: Setting['unit'] = '',
): Known => ({
  shape,
  default: usual,
  unit,
});
const integer = known({ kind: 'integer', min: 1, max: 9 }, 5, 's');
const text = known({ kind: 'text', expected: '' }, '');
const list = known({ kind: 'list', expected: '' }, []);
const map = known({ kind: 'map' }, {});

describe('what is typed becomes a value', () => {
  test('numbers, and what core shall refuse', () => {
    assert.equal(valueOf(' 42 ', integer), 42);
    assert.equal(valueOf('4x', integer), '4x');
    assert.equal(valueOf('-1', integer), '-1');
    assert.equal(valueOf('', integer), null);
  });

  test('text; nothing is the default, unless it means something', () => {
    assert.equal(valueOf(' eth0 ', text), 'eth0');
    assert.equal(valueOf(' ', text), null);
    assert.equal(valueOf('', known({ kind: 'text', expected: '' }, '127.0.0.1:9090')), '');
  });

  test('lists have an item a line; no item is the default, unless it means something', () => {
    assert.deepEqual(valueOf('a\n\n b \n', list), ['a', 'b']);
    assert.equal(valueOf('\n', list), null);
    assert.deepEqual(valueOf('', known({ kind: 'list', expected: '' }, ['any:53'])), []);
  });

  test('tables have a line a name', () => {
    const lines = [
      { name: ' nas.test ', value: '192.0.2.1' },
      { name: '*.dev', value: '192.0.2.1, 192.0.2.2,' },
      { name: ' ', value: '' },
    ];
    assert.deepEqual(valueOf(lines, map), {
      'nas.test': '192.0.2.1',
      '*.dev': ['192.0.2.1', '192.0.2.2'],
    });
    assert.equal(valueOf([{ name: '', value: '' }], map), null);
    // Half a line is for core to refuse, not to be lost.
    assert.deepEqual(valueOf([{ name: '', value: 'x' }], map), { '': 'x' });
  });
});

test('what is shown and not touched is the same value', () => {
  const word = fc.stringMatching(/^[a-z0-9.:#/*+-]{1,12}$/);
  const name = word.filter((key) => !/^[0-9]+$/.test(key) && key !== '__proto__');
  const both = fc.oneof(
    fc.tuple(fc.constant(list), fc.array(word, { minLength: 1 })),
    fc.tuple(fc.constant(integer), fc.nat()),
    fc.tuple(fc.constant(text), word),
    fc.tuple(
      fc.constant(map),
      fc.dictionary(name, fc.oneof(word, fc.array(word, { minLength: 2, maxLength: 4 })), {
        minKeys: 1,
        noNullPrototype: true,
      }),
    ),
  );
  fc.assert(
    fc.property(both, ([setting, value]) => {
      assert.ok(isSameValue(valueOf(typedOf(value, setting), setting), value));
    }),
  );
});

test('values are shown with their unit, and nothing in words', () => {
  assert.equal(shownValue(5, integer, null, t), '5 s');
  const bytes = known({ kind: 'integer', min: 1, max: 2 ** 36 }, 1, 'bytes');
  assert.equal(shownValue(256 * 1024 * 1024, bytes, null, t), '256 MiB');
  assert.equal(shownValue(1500, bytes, null, t), '1500 bytes');
  assert.equal(shownValue(true, known({ kind: 'switch' }), null, t), 'on');
  assert.equal(shownValue([], list, null, t), 'none');
  assert.equal(shownValue([], list, 'everything', t), 'everything');
  assert.equal(shownValue('', text, 'found by itself', t), 'found by itself');
  assert.equal(shownValue({ a: '1', b: ['2', '3'] }, map, null, t), 'a: 1; b: 2, 3');
  assert.equal(shownValue({}, map, null, t), 'none');
});

test('groups of which a search finds no setting are not found', () => {
  const settings = ['tun.mtu', 'dns.ipv6'].map((path) => ({ path, group: path.slice(0, 3) }));
  const found = groupSettings(settings as Setting[], ['dns', 'tun'], ({ path }) =>
    path.includes('ipv6'),
  );
  assert.deepEqual(
    found.map((one) => [one.group, one.isFound, one.rows.map((row) => row.isFound)]),
    [
      ['dns', true, [true]],
      ['tun', false, [false]],
    ],
  );
});
