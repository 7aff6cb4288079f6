/** Colours the parts of rules, which to YAML are plain text. Only lines in sight are looked at. */
import { RangeSetBuilder } from '@codemirror/state';
import type { Extension, Text } from '@codemirror/state';
import { Decoration, EditorView, ViewPlugin } from '@codemirror/view';
import type { DecorationSet, ViewUpdate } from '@codemirror/view';
import { RULE_SECTIONS, topKeys } from './names-in.ts';
import type { TopKey } from './names-in.ts';
import { ruleSpans } from './rule-spans.ts';
import type { SpanKind } from './rule-spans.ts';

/** Each has a contrast of 4.5 at least to the background of its scheme. */
const look = EditorView.baseTheme({
  '.cm-rule-type': { color: 'light-dark(#7a2e9d, #e599f7)' },
  '.cm-rule-target': { color: 'light-dark(#0b6079, #66d9e8)', fontWeight: '600' },
  '.cm-rule-refusal': { color: 'light-dark(#b32424, #ff8787)', fontWeight: '600' },
  '.cm-rule-flag': { color: 'light-dark(#8f3e00, #ffc078)' },
});

const marks: Readonly<Record<SpanKind, Decoration>> = {
  type: Decoration.mark({ class: 'cm-rule-type' }),
  payload: Decoration.mark({}),
  target: Decoration.mark({ class: 'cm-rule-target' }),
  refusal: Decoration.mark({ class: 'cm-rule-refusal' }),
  flag: Decoration.mark({ class: 'cm-rule-flag' }),
};

/** An item of a list of rules, without its quotes and the note behind it. */
const ITEM = /^([ \t]*-[ \t]+["']?)(.*?)["']?[ \t]*(?:[ \t]#.*)?$/;

/** A text never changes, and many are looked at again and again. */
const keysOf = new WeakMap<Text, readonly TopKey[]>();

function knownKeys(doc: Text): readonly TopKey[] {
  const known = keysOf.get(doc) ?? topKeys(doc.toString());
  keysOf.set(doc, known);
  return known;
}

function draw({ state: { doc }, visibleRanges }: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const keys = knownKeys(doc);
  for (const { from, to } of visibleRanges) {
    for (let at = from; at <= to;) {
      const line = doc.lineAt(at);
      at = line.to + 1;
      const section = keys.findLast((key) => key.at < line.from)?.name ?? '';
      const item = RULE_SECTIONS.includes(section) ? ITEM.exec(line.text) : null;
      if (item === null) continue;
      const start = line.from + (item[1]?.length ?? 0);
      for (const span of ruleSpans(item[2] ?? '')) {
        if (span.to > span.from) builder.add(start + span.from, start + span.to, marks[span.kind]);
      }
    }
  }
  return builder.finish();
}

class Colours {
  drawn: DecorationSet;

  constructor(view: EditorView) {
    this.drawn = draw(view);
  }

  update({ docChanged, viewportChanged, view }: ViewUpdate): void {
    if (docChanged || viewportChanged) this.drawn = draw(view);
  }
}

export const ruleColours: Extension = [
  ViewPlugin.fromClass(Colours, { decorations: ({ drawn }) => drawn }),
  look,
];
