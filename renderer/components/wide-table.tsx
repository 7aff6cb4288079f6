/** A table that is wider than a narrow screen: it scrolls by itself, by keys as well. */
import type { ReactNode } from 'react';
import { Table } from '@mantine/core';

export function WideTable(props: {
  readonly label: string;
  /** Pixels below which it scrolls. */
  readonly minWidth: number;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div role="group" aria-label={props.label} tabIndex={0} style={{ overflowX: 'auto' }}>
      <Table verticalSpacing={4} fz="sm" miw={props.minWidth}>
        {props.children}
      </Table>
    </div>
  );
}
