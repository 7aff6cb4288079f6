/** A rule in one line, its parts in the colours that the editor gives them. */
import type { ReactNode } from 'react';
import { ruleSpans } from './rule-spans.ts';
import classes from './rules.module.css';

/** `text` is printable. */
export function RuleText({ text }: { readonly text: string }): ReactNode {
  const spans = ruleSpans(text);
  return (
    <>
      {spans.map(({ kind, from, to }, index) => (
        <span key={kind + from}>
          {text.slice(spans[index - 1]?.to ?? 0, from)}
          <span className={classes[kind]}>{text.slice(from, to)}</span>
        </span>
      ))}
      {text.slice(spans.at(-1)?.to ?? 0)}
    </>
  );
}
