import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { en } from '../../../renderer/i18n/en.ts';
import { zhCn } from '../../../renderer/i18n/zh-cn.ts';
import { translator } from '../../../renderer/i18n/translate.ts';

test('every language has the same keys, and the same values to fill in', () => {
  assert.deepEqual(Object.keys(zhCn).sort(), Object.keys(en).sort());
  const holes = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].sort();
  for (const [key, text] of Object.entries(en)) {
    assert.deepEqual(holes(zhCn[key as keyof typeof en]), holes(text), key);
  }
});

test('no text is left in English, but for names', () => {
  const hasWords = (text: string): boolean => /\p{L}/u.test(text.replaceAll(/\{\w+\}/g, ''));
  const same = Object.entries(en).filter(
    ([key, text]) => hasWords(text) && zhCn[key as keyof typeof en] === text,
  );
  assert.deepEqual(
    same.map(([key]) => key),
    [
      'app.name',
      'nav.dns',
      'step.milliseconds',
      'dns.source.hosts',
      'selfTest.check.ipv6',
      'upstreams.delay',
    ],
  );
});

test('nothing is translated that nothing says', () => {
  const source = ['renderer', 'core/api', 'core/doctor'].flatMap(sourcesBelow).join('\n');
  // `nav.${page}` may say whatever has that form.
  const forms = Array.from(
    source.matchAll(/`([\w-]+\.[\w.-]*)\$\{[^{}`]*\}([\w.-]*)`/g),
    ([, before = '', after = '']) => {
      const [start, end] = [before, after].map((part) => part.replaceAll('.', '\\.'));
      return new RegExp(`^${start}[^.]+${end}$`);
    },
  );
  const unused = Object.keys(en).filter(
    (key) => !source.includes(`'${key}'`) && !forms.some((form) => form.test(key)),
  );
  assert.deepEqual(unused, []);
});

function sourcesBelow(folder: string): string[] {
  return globSync(`${folder}/**/*.{ts,tsx}`)
    .filter((file) => !file.includes('i18n'))
    .map((file) => readFileSync(file, 'utf8'));
}

test('values are filled in as text', () => {
  const t = translator(en);
  assert.equal(t('list.count', { count: 3 }), '3 shown');
  assert.equal(t('upstreams.members', { count: 1 }), '1 member');
  assert.equal(t('upstreams.members', { count: 2 }), '2 members');
  assert.equal(t('upstreams.members', { count: 0 }), '0 members');
  assert.equal(translator(zhCn)('upstreams.members', { count: 1 }).includes('['), false);
  assert.equal(t('note.rejected', { message: '{x}' }).endsWith('{x}'), true);
});
