/**
 * Long work in short steps. Whoever compiles rules for a running engine lets it serve its flows
 * between the steps; a test, or a command that does nothing else, runs them in one go.
 */

/** Work that yields wherever it may be interrupted, every few thousand simple operations. */
export type Steps<T> = Generator<void, T>;

/** Lets everything else run; resolves when it is our turn again. */
export type Pause = () => Promise<void>;

const LONGEST_STRETCH_MS = 4;

/** How often a loop over many items should yield. */
export const STEP = 2048;

export async function runPaced<T>(steps: Steps<T>, pause: Pause): Promise<T> {
  let since = Date.now();
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    if (Date.now() - since < LONGEST_STRETCH_MS) continue;
    await pause();
    since = Date.now();
  }
}

export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** A stable merge sort in place of the built-in one, which cannot be interrupted. */
export function* sortInSteps<T>(items: T[], compare: (a: T, b: T) => number): Steps<T[]> {
  let runs: T[][] = [];
  for (let start = 0; start < items.length; start += STEP) {
    runs.push(items.slice(start, start + STEP).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let index = 0; index < runs.length; index += 2) {
      merged.push(yield* merge(runs[index] ?? [], runs[index + 1] ?? [], compare));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

function* merge<T>(a: T[], b: T[], compare: (a: T, b: T) => number): Steps<T[]> {
  const merged: T[] = [];
  let left = 0;
  let right = 0;
  for (;;) {
    if (merged.length % STEP === 0) yield;
    const one = a[left];
    const other = b[right];
    if (one !== undefined && (other === undefined || compare(one, other) <= 0)) {
      merged.push(one);
      left++;
    } else if (other !== undefined) {
      merged.push(other);
      right++;
    } else {
      return merged;
    }
  }
}
