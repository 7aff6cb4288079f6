/**
 * The lines of the picture, behind its boxes: from each source into Sluice, from there to each way
 * out, and on to the uplink. Where the boxes are is measured after each change.
 */
import { useLayoutEffect, useState } from 'react';
import type { ReactNode, RefObject } from 'react';
import classes from './picture.module.css';

/** Pixels between lines that meet at a box. */
const GAP = 4;

export interface Line {
  /** Values of `data-node` of two boxes. */
  readonly from: string;
  readonly to: string;
  readonly width: number;
  readonly color: string;
  readonly isMoving: boolean;
  readonly isDimmed: boolean;
  readonly isDashed: boolean;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly middle: number;
}

export function Lines(props: {
  readonly lines: readonly Line[];
  readonly around: RefObject<HTMLElement | null>;
  /** Measured again when it changes. */
  readonly layout: string;
}): ReactNode {
  const { lines, around, layout } = props;
  const [boxes, setBoxes] = useState<ReadonlyMap<string, Box>>(new Map());
  useLayoutEffect(() => {
    const element = around.current;
    if (element === null) return undefined;
    const measure = (): void => setBoxes(boxesIn(element));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [around, layout]);
  const arrivals = spread(lines, boxes, 'to');
  const departures = spread(lines, boxes, 'from');
  return (
    <svg className={classes.lines} aria-hidden="true">
      {lines.map((line) => {
        const from = boxes.get(line.from);
        const to = boxes.get(line.to);
        if (from === undefined || to === undefined) return null;
        const key = `${line.from} ${line.to}`;
        const y1 = departures.get(line) ?? from.middle;
        const y2 = arrivals.get(line) ?? to.middle;
        const half = (from.right + to.left) / 2;
        const path = `M${from.right} ${y1} C${half} ${y1} ${half} ${y2} ${to.left} ${y2}`;
        return (
          <g key={key} opacity={line.isDimmed ? 0.15 : 1}>
            <path
              d={path}
              className={classes.line}
              stroke={line.color}
              strokeWidth={line.width}
              strokeOpacity={line.isMoving ? 0.85 : 0.45}
              strokeDasharray={line.isDashed ? '5 5' : undefined}
            />
            {line.isMoving && (
              <path
                d={path}
                className={classes.moving}
                strokeWidth={Math.max(1.5, line.width / 4)}
              />
            )}
          </g>
        );
      })}
    </svg>
  );
}

function boxesIn(element: HTMLElement): Map<string, Box> {
  const { left, top } = element.getBoundingClientRect();
  const boxes = new Map<string, Box>();
  for (const node of element.querySelectorAll<HTMLElement>('[data-node]')) {
    const box = node.getBoundingClientRect();
    boxes.set(node.dataset['node'] ?? '', {
      left: box.left - left,
      right: box.right - left,
      middle: (box.top + box.bottom) / 2 - top,
    });
  }
  return boxes;
}

/** Lines that meet at a box lie side by side there, in the order of their other ends. */
function spread(
  lines: readonly Line[],
  boxes: ReadonlyMap<string, Box>,
  end: 'from' | 'to',
): ReadonlyMap<Line, number> {
  const other = end === 'from' ? 'to' : 'from';
  const places = new Map<Line, number>();
  for (const [name, box] of boxes) {
    const meeting = lines
      .filter((line) => line[end] === name)
      .toSorted((a, b) => (boxes.get(a[other])?.middle ?? 0) - (boxes.get(b[other])?.middle ?? 0));
    const whole = meeting.reduce((sum, { width }) => sum + width + GAP, -GAP);
    let at = box.middle - whole / 2;
    for (const line of meeting) {
      places.set(line, at + line.width / 2);
      at += line.width + GAP;
    }
  }
  return places;
}
