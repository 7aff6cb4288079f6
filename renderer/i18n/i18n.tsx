/** The language of the interface: the browser's, until the user chooses one. */
import { createContext, useCallback, useContext, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { en } from './en.ts';
import type { Catalogue } from './en.ts';
import { translator } from './translate.ts';
import type { Translate } from './translate.ts';
import { zhCn } from './zh-cn.ts';

export const languages = {
  en: { name: 'English', catalogue: en },
  'zh-CN': { name: '简体中文', catalogue: zhCn },
} as const satisfies Record<string, { readonly name: string; readonly catalogue: Catalogue }>;

export type Language = keyof typeof languages;

interface I18n {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly t: Translate;
}

const Context = createContext<I18n | null>(null);
const STORED = 'sluice.language';

export function I18nProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [language, setState] = useState<Language>(firstLanguage);
  const setLanguage = useCallback((next: Language) => {
    localStorage.setItem(STORED, next);
    setState(next);
  }, []);
  const value = useMemo(() => {
    document.documentElement.lang = language;
    return { language, setLanguage, t: translator(languages[language].catalogue) };
  }, [language, setLanguage]);
  return <Context value={value}>{children}</Context>;
}

export function useI18n(): I18n {
  const value = useContext(Context);
  if (value === null) throw new Error('No I18nProvider is around this component.');
  return value;
}

function firstLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === 'en' || stored === 'zh-CN') return stored;
  return navigator.languages[0]?.toLowerCase().startsWith('zh') === true ? 'zh-CN' : 'en';
}
