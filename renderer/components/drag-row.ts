/**
 * Drags a row of a `DataTable` by a handle in it, with a mouse, a finger or a pen: a line shows
 * where it would go, the list scrolls at its ends, and Escape gives it up. It works on the page
 * itself, so that nothing is drawn again while the pointer moves.
 */
import type { PointerEvent as ReactPointerEvent } from 'react';
import classes from './data-table.module.css';

/** How near to an end of the list it scrolls, and how far with each frame, in pixels: the longer, the farther. */
const EDGE = 32;
const STEP = 8;
const LARGEST_STEP = 320;
/** With each frame that it scrolls. A second scrolls by a screen, three by thousands of rows. */
const FASTER = 1.03;

/** `onDrop` gets the row's place in the list, and that of the row before which it was let go; the count is behind the last. */
export function dragRow(
  event: ReactPointerEvent<HTMLElement>,
  onDrop: (from: number, before: number) => void,
): void {
  const row = event.currentTarget.closest<HTMLElement>('[role=row]');
  const group = row?.parentElement;
  const scroller = group?.parentElement?.parentElement;
  if (event.button !== 0 || row == null || group == null || scroller == null) return;
  event.preventDefault();
  const from = Number(row.dataset['at']);
  const height = row.offsetHeight;
  const count = Math.round(group.offsetHeight / height);
  const stop = new AbortController();
  const line = document.createElement('div');
  line.className = classes['dropLine'] ?? '';
  group.append(line);
  row.dataset['dragged'] = '';
  let y = event.clientY;
  let before = from;
  let frame = 0;
  let step = STEP;

  function look(): void {
    const { top, bottom } = scroller?.getBoundingClientRect() ?? { top: 0, bottom: 0 };
    const way = y < top + 2 * EDGE ? -1 : y > bottom - EDGE ? 1 : 0;
    if (way !== 0) scroller?.scrollBy(0, way * step);
    step = way === 0 ? STEP : Math.min(step * FASTER, LARGEST_STEP);
    const inside = y - (group?.getBoundingClientRect().top ?? 0);
    before = Math.min(Math.max(Math.round(inside / height), 0), count);
    line.style.transform = `translateY(${before * height - 1}px)`;
    frame = requestAnimationFrame(look);
  }

  function end(isDropped: boolean): void {
    stop.abort();
    cancelAnimationFrame(frame);
    line.remove();
    delete row?.dataset['dragged'];
    // Before itself and behind itself is where it is.
    if (isDropped && before !== from && before !== from + 1) onDrop(from, before);
  }

  const { signal } = stop;
  const { pointerId } = event;
  const isMine = (one: PointerEvent): boolean => one.pointerId === pointerId;
  window.addEventListener('pointermove', (one) => isMine(one) && (y = one.clientY), { signal });
  window.addEventListener('pointerup', (one) => isMine(one) && end(true), { signal });
  window.addEventListener('pointercancel', (one) => isMine(one) && end(false), { signal });
  window.addEventListener('blur', () => end(false), { signal });
  window.addEventListener(
    'keydown',
    (key) => {
      if (key.key !== 'Escape') return;
      key.preventDefault();
      key.stopPropagation();
      end(false);
    },
    { signal, capture: true },
  );
  look();
}
