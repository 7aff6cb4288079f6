/** The language of the interface: the browser's, until the user chooses one. Only the text of that one is loaded. */
import { createContext, useCallback, useContext, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { showFailure } from '../components/show-failure.ts';
import type { Catalogue } from './en.ts';
import { translator } from './translate.ts';
import type { Translate } from './translate.ts';

interface Known {
  readonly name: string;
  readonly load: () => Promise<Catalogue>;
}

export const languages = {
  en: { name: 'English', load: async () => (await import('./en.ts')).en },
  'zh-CN': { name: '简体中文', load: async () => (await import('./zh-cn.ts')).zhCn },
} as const satisfies Record<string, Known>;

export type Language = keyof typeof languages;

export interface LoadedLanguage {
  readonly language: Language;
  readonly catalogue: Catalogue;
}

interface I18n {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly t: Translate;
}

const Context = createContext<I18n | null>(null);
const STORED = 'sluice.language';

export async function loadLanguage(language: Language = firstLanguage()): Promise<LoadedLanguage> {
  return { language, catalogue: await languages[language].load() };
}

export function I18nProvider({
  first,
  children,
}: {
  readonly first: LoadedLanguage;
  readonly children: ReactNode;
}): ReactNode {
  const [{ language, catalogue }, setLoaded] = useState(first);
  const wanted = useRef(first.language);
  const setLanguage = useCallback((next: Language) => {
    wanted.current = next;
    loadLanguage(next).then((loaded) => {
      // Of two that were chosen in a row the later counts, whichever comes first.
      if (wanted.current !== next) return;
      localStorage.setItem(STORED, next);
      setLoaded(loaded);
    }, showFailure);
  }, []);
  const value = useMemo(() => {
    document.documentElement.lang = language;
    return { language, setLanguage, t: translator(catalogue) };
  }, [language, catalogue, setLanguage]);
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
