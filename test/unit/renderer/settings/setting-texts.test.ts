/** Every setting of core has its words, in each language. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SETTING_GROUPS } from '../../../../core/api/settings.ts';
import { catalogue } from '../../../../core/settings/catalogue.ts';
import { settingNone, settingOptions } from '../../../../renderer/i18n/en/setting-options.ts';
import { en } from '../../../../renderer/i18n/en.ts';
import { searchedTexts, textsOf } from '../../../../renderer/pages/settings/setting-texts.ts';

test('the settings of core and of the interface are the same', () => {
  const paths = catalogue.map(({ path }) => path).sort();
  assert.deepEqual(Object.keys(settingOptions).sort(), paths);
  assert.deepEqual(
    Object.keys(settingNone).filter((path) => !paths.includes(path)),
    [],
  );
});

test('each has a title and a help of its own in both languages, and each group a name', () => {
  for (const language of ['en', 'zh-CN'] as const) {
    const titles = catalogue.map(({ path }) => textsOf(path, language).title);
    assert.equal(new Set(titles).size, titles.length, `${language}: ${titles.join(', ')}`);
    for (const { path } of catalogue) {
      const { title, help } = textsOf(path, language);
      assert.ok(title.length > 1 && help.length > 4, path);
      assert.equal(/\p{Script=Han}/u.test(title + help), language === 'zh-CN', path);
    }
  }
  for (const group of SETTING_GROUPS) assert.ok(Object.hasOwn(en, `settings.group.${group}`));
});

test('what the default means is said wherever it is nothing', () => {
  for (const { path, default: usual, shape } of catalogue) {
    if (usual !== null && usual !== '') continue;
    assert.ok(textsOf(path, 'en').none !== null, `${path} (${shape.kind})`);
  }
});

test('a newer core may have settings that this page does not know', () => {
  assert.deepEqual(textsOf('new.key', 'en'), { title: 'new.key', help: '', none: null });
  assert.equal(textsOf('toString', 'en').title, 'toString');
  assert.equal(searchedTexts('new.Key').trim(), 'new.key');
});

test('the choices of a setting are explained in its help', () => {
  for (const { path, shape } of catalogue) {
    if (shape.kind !== 'choice' || path === 'log-level') continue;
    for (const language of ['en', 'zh-CN'] as const) {
      for (const choice of shape.choices) {
        assert.ok(textsOf(path, language).help.includes(choice), `${path}: ${choice}`);
      }
    }
  }
});
