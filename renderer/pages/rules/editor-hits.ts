/** How often each rule has decided, beside its line. */
import { StateEffect, StateField } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import { GutterMarker, gutter } from '@codemirror/view';
import type { EditorView } from '@codemirror/view';

type Hits = ReadonlyMap<number, number>;

const NONE: Hits = new Map();
const setHits = StateEffect.define<Hits>();

/** Counts belong to lines of the text in force: they are gone with the first change of it. */
const hitsField = StateField.define<Hits>({
  create: () => NONE,
  update(hits, { effects, docChanged }) {
    const told = effects.find((effect) => effect.is(setHits));
    if (told !== undefined) return told.value;
    return docChanged ? NONE : hits;
  },
});

class Count extends GutterMarker {
  readonly #text: string;

  constructor(text: string) {
    super();
    this.#text = text;
  }

  override eq(other: Count): boolean {
    return other.#text === this.#text;
  }

  override toDOM(): Text {
    return document.createTextNode(this.#text);
  }
}

export const hitGutter: Extension = [
  hitsField,
  gutter({
    class: 'cm-hits',
    lineMarker(view, { from }) {
      const hits = view.state.field(hitsField);
      const count = hits.size === 0 ? undefined : hits.get(view.state.doc.lineAt(from).number);
      return count === undefined ? null : new Count(shortCount(count));
    },
    lineMarkerChange: (update) =>
      update.startState.field(hitsField) !== update.state.field(hitsField),
  }),
];

/** By line, from 1. */
export function showHits(view: EditorView, hits: Hits): void {
  view.dispatch({ effects: setHits.of(hits) });
}

function shortCount(count: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact' }).format(count);
}
