/** `expected-status`: which HTTP statuses are a success. */
import { STATUSES, areStatuses } from '../api/proxies.ts';
import { scalar } from './fields.ts';

export const expectedStatus = scalar(STATUSES, (value) => (areStatuses(value) ? value : undefined));

/** `expected` was checked. */
export function isExpected(status: number, expected: string): boolean {
  if (expected === '*') return true;
  return expected.split(/[/,|]/).some((range) => {
    const [first = '', last = first] = range.split('-');
    return status >= Number(first) && status <= Number(last);
  });
}
