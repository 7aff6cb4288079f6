/** What a setting is called and what it does, in the language of the interface. */
import { settingNone, settingOptions } from '../../i18n/en/setting-options.ts';
import type { Language } from '../../i18n/i18n.tsx';
import {
  settingNone as noneInChinese,
  settingOptions as optionsInChinese,
} from '../../i18n/zh-cn/setting-options.ts';

const catalogues = {
  en: { options: settingOptions, nothing: settingNone },
  'zh-CN': { options: optionsInChinese, nothing: noneInChinese },
} as const;

export interface SettingTexts {
  readonly title: string;
  readonly help: string;
  /** What it means that nothing is set; null: that there is nothing. */
  readonly none: string | null;
}

export function textsOf(path: string, language: Language): SettingTexts {
  const { options, nothing } = catalogues[language];
  // A core that is newer than this page may have more of them.
  const [title, help] = isKey(options, path) ? options[path] : [path, ''];
  return { title, help, none: isKey(nothing, path) ? nothing[path] : null };
}

/** All that a search looks at: both languages, since words are remembered from somewhere else. */
export function searchedTexts(path: string): string {
  const { en, 'zh-CN': zh } = catalogues;
  const texts = [en, zh].flatMap(({ options }) => (isKey(options, path) ? options[path] : []));
  return `${path} ${texts.join(' ')}`.toLowerCase();
}

function isKey<T extends object>(texts: T, path: string): path is string & keyof T {
  return Object.hasOwn(texts, path);
}
