/** How the editor looks: the colours of the interface, in both schemes. */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import type { Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';

/** Each has a contrast of 4.5 at least to the background of its scheme. */
const highlight = HighlightStyle.define([
  {
    tag: [tags.propertyName, tags.definition(tags.propertyName)],
    color: 'light-dark(#0b6079, #66d9e8)',
  },
  { tag: [tags.string, tags.special(tags.string)], color: 'light-dark(#2b6b35, #8ce99a)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'light-dark(#8f3e00, #ffc078)' },
  { tag: tags.comment, color: 'light-dark(#5f666d, #9aa1a9)', fontStyle: 'italic' },
  { tag: [tags.meta, tags.labelName, tags.typeName], color: 'light-dark(#7a2e9d, #e599f7)' },
]);

const border = '1px solid var(--mantine-color-default-border)';
const popup = { backgroundColor: 'var(--mantine-color-body)', color: 'inherit', border };

export function editorLook(isDark: boolean): Extension {
  const theme = EditorView.theme(
    {
      '&': {
        height: '100%',
        color: 'var(--mantine-color-text)',
        backgroundColor: 'var(--mantine-color-body)',
        fontSize: 'var(--mantine-font-size-sm)',
      },
      '&.cm-focused': { outline: '2px solid var(--mantine-primary-color-filled)' },
      '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)' },
      '.cm-content': { caretColor: 'var(--mantine-color-text)' },
      '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
      '.cm-gutters': {
        backgroundColor: 'var(--mantine-color-body)',
        color: 'var(--mantine-color-dimmed)',
        borderRight: border,
      },
      '.cm-activeLine, .cm-activeLineGutter': {
        backgroundColor: 'var(--mantine-color-default-hover)',
      },
      '.cm-hits': { minWidth: '3.5em', textAlign: 'right', paddingRight: '4px' },
      '.cm-tooltip': popup,
      '.cm-panels': popup,
      '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
        backgroundColor: 'var(--mantine-primary-color-filled)',
        color: 'var(--mantine-color-white)',
      },
      '.cm-diagnosticAction': { backgroundColor: 'var(--mantine-primary-color-filled)' },
    },
    { dark: isDark },
  );
  return [theme, syntaxHighlighting(highlight)];
}
