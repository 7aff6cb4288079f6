/** The language of the interface: the browser's, until the user chooses one. Only the text of that one is loaded. */
import { createContext, useCallback, useContext, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { Catalogue } from './en.ts';
import { translator } from './translate.ts';
import type { Translate } from './translate.ts';

interface Texts {
  readonly catalogue: Catalogue;
  /** What an error means, by its code. Core speaks English: there it says so itself. */
  readonly errors: Readonly<Record<string, string>>;
}

interface Known {
  readonly name: string;
  readonly load: () => Promise<Texts>;
}

export const languages = {
  en: {
    name: 'English',
    load: async () => ({ catalogue: (await import('./en.ts')).en, errors: {} }),
  },
  'zh-CN': {
    name: '简体中文',
    load: async () => {
      const { zhCn: catalogue, errors } = await import('./zh-cn.ts');
      return { catalogue, errors };
    },
  },
} as const satisfies Record<string, Known>;

export type Language = keyof typeof languages;

export interface LoadedLanguage extends Texts {
  readonly language: Language;
}

export interface I18n {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly t: Translate;
  readonly errors: Texts['errors'];
}

const Context = createContext<I18n | null>(null);
const STORED = 'sluice.language';

export async function loadLanguage(language: Language = firstLanguage()): Promise<LoadedLanguage> {
  return { language, ...(await languages[language].load()) };
}

export function I18nProvider({
  first,
  onFailure,
  children,
}: {
  readonly first: LoadedLanguage;
  /** Another language could not be loaded. */
  readonly onFailure: (cause: unknown) => void;
  readonly children: ReactNode;
}): ReactNode {
  const [{ language, catalogue, errors }, setLoaded] = useState(first);
  const wanted = useRef(first.language);
  const setLanguage = useCallback(
    (next: Language) => {
      wanted.current = next;
      loadLanguage(next).then((loaded) => {
        // Of two that were chosen in a row the later counts, whichever comes first.
        if (wanted.current !== next) return;
        localStorage.setItem(STORED, next);
        setLoaded(loaded);
      }, onFailure);
    },
    [onFailure],
  );
  const value = useMemo(() => {
    document.documentElement.lang = language;
    return { language, setLanguage, t: translator(catalogue), errors };
  }, [language, catalogue, errors, setLanguage]);
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
