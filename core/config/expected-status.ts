/** `expected-status`: which HTTP statuses are a success. */
import { scalar } from './fields.ts';

export const expectedStatus = scalar('statuses such as 204 or 200-299/301, or *', (value) =>
  /^(\*|[0-9]{3}(-[0-9]{3})?([/,|][0-9]{3}(-[0-9]{3})?)*)$/.test(value) ? value : undefined,
);

/** `expected` was checked. */
export function isExpected(status: number, expected: string): boolean {
  if (expected === '*') return true;
  return expected.split(/[/,|]/).some((range) => {
    const [first = '', last = first] = range.split('-');
    return status >= Number(first) && status <= Number(last);
  });
}
