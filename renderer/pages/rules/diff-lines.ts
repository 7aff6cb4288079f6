/** A unified diff, line by line. Pure. */

export interface DiffLine {
  readonly kind: 'added' | 'removed' | 'place' | 'same';
  readonly text: string;
}

/** Without the two lines that name the revisions. */
export function diffLines(diff: string): DiffLine[] {
  const lines = diff.replace(/\n$/, '').split('\n');
  const first = lines.findIndex((line) => line.startsWith('@@'));
  if (first < 0) return [];
  return lines.slice(first).map((text) => ({ kind: KINDS[text[0] ?? ''] ?? 'same', text }));
}

export function lineChanges(diff: string): { readonly added: number; readonly removed: number } {
  const lines = diffLines(diff);
  const count = (wanted: DiffLine['kind']): number =>
    lines.filter(({ kind }) => kind === wanted).length;
  return { added: count('added'), removed: count('removed') };
}

/** The lines that are new or gone, without those around them. */
export function changedLines(diff: string): DiffLine[] {
  return diffLines(diff).filter(({ kind }) => kind === 'added' || kind === 'removed');
}

const KINDS: Readonly<Record<string, DiffLine['kind']>> = {
  '+': 'added',
  '-': 'removed',
  '@': 'place',
};
