/** A reporter for node:test that writes nothing but the totals of a run, as one line of JSON. */
import type { TestEvent } from 'node:test/reporters';

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

async function* totals(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    // One summary for each file, then one without a file for all.
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue;
    const { tests, passed, skipped, todo } = event.data.counts;
    const left = skipped + todo;
    const sum: Totals = { passed, failed: tests - passed - left, skipped: left };
    yield `${JSON.stringify(sum)}\n`;
  }
}

/** @public node:test takes a reporter from the default export. */
export default totals;
