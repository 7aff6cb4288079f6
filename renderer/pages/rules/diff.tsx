/** Lines of a diff, in their colours. */
import type { ReactNode } from 'react';
import { printable } from '../../format.ts';
import type { DiffLine } from './diff-lines.ts';
import classes from './rules.module.css';

export function Diff({ lines }: { readonly lines: readonly DiffLine[] }): ReactNode {
  return (
    <pre className={classes.diff}>
      {lines.map(({ kind, text }, index) => (
        // Lines have no identity but their place, and never change.
        <div key={index} data-kind={kind}>
          {printable(text, 2000)}
        </div>
      ))}
    </pre>
  );
}
