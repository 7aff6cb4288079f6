/** The text editor. A chunk of its own: the rest of the page does without it. */
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useComputedColorScheme } from '@mantine/core';
import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState } from '@codemirror/state';
import type { Extension, Text } from '@codemirror/state';
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import type { CheckFix, CheckProblem } from '../../../core/api/check.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { editorCheck, placeOf } from './editor-check.ts';
import type { Shown } from './editor-check.ts';
import { ruleCompletion } from './editor-completion.ts';
import { hitGutter, showHits } from './editor-hits.ts';
import { editorLook } from './editor-look.ts';
import { ruleColours } from './editor-rules.ts';

export interface EditorProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onSave: () => void;
  readonly onChecked: (problems: readonly CheckProblem[] | null) => void;
  /** How often the rule in each line, from 1, has decided. */
  readonly hits: ReadonlyMap<number, number>;
  /** The place that is to be shown. */
  readonly shown: Shown | null;
  /** What is to be put right of the text that was checked last. */
  readonly fix: CheckFix | null;
}

export function Editor(props: EditorProps): ReactNode {
  const { text, hits, shown, fix } = props;
  const { t } = useI18n();
  const scheme = useComputedColorScheme('light');
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const look = useRef(new Compartment());
  const checked = useRef<Text | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const label = t('rules.editor');
  const fixName = t('rules.fix');

  useEffect(() => {
    if (parent.current === null) return undefined;
    const editor = new EditorView({
      parent: parent.current,
      doc: latest.current.text,
      extensions: [
        look.current.of([]),
        behaviour,
        keymap.of([
          { key: 'Mod-s', preventDefault: true, run: () => (latest.current.onSave(), true) },
          ...keys,
        ]),
        EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
        editorCheck(fixName, (problems, doc) => {
          checked.current = doc;
          latest.current.onChecked(problems);
        }),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged)
            latest.current.onText(withBreaks(state.doc.toString(), latest.current.text));
        }),
      ],
    });
    view.current = editor;
    return () => {
      view.current = null;
      editor.destroy();
    };
  }, [label, fixName]);

  useEffect(() => {
    view.current?.dispatch({
      effects: look.current.reconfigure(editorLook(scheme === 'dark')),
    });
  }, [scheme, label, fixName]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    const plain = text.replace(/\r\n?/g, '\n');
    if (editor.state.doc.toString() === plain) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: plain } });
  }, [text]);

  useEffect(() => {
    if (view.current !== null) showHits(view.current, hits);
  }, [hits, text]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || shown === null) return;
    const { from } = placeOf(shown, editor.state.doc);
    editor.dispatch({ selection: { anchor: from }, scrollIntoView: true });
    editor.focus();
  }, [shown]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || fix === null) return;
    const { start, end, replacement } = fix;
    // Its places are those of the text that was checked.
    if (checked.current?.eq(editor.state.doc) === true) {
      const changes = { from: start, to: end, insert: replacement };
      editor.dispatch({ changes, userEvent: 'input.fix', scrollIntoView: true });
    }
    editor.focus();
  }, [fix]);

  return <div ref={parent} style={{ height: '100%' }} />;
}

const behaviour: Extension = [
  lineNumbers(),
  hitGutter,
  foldGutter(),
  history(),
  // Characters that hide or turn around others are shown as what they are.
  highlightSpecialChars(),
  drawSelection(),
  EditorState.allowMultipleSelections.of(true),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  yaml(),
  ruleColours,
  ruleCompletion,
];

const keys = [
  ...closeBracketsKeymap,
  ...defaultKeymap,
  ...searchKeymap,
  ...historyKeymap,
  ...foldKeymap,
  ...completionKeymap,
  ...lintKeymap,
];

/** The editor knows one kind of line break; the file keeps its own. */
function withBreaks(text: string, like: string): string {
  return like.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text;
}
