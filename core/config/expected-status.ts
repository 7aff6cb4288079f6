/** `expected-status`: which HTTP statuses are a success. */
import { scalar } from './fields.ts';

export const expectedStatus = scalar('statuses such as 204 or 200-299/301, or *', (value) =>
  /^(\*|[0-9]{3}(-[0-9]{3})?([/,|][0-9]{3}(-[0-9]{3})?)*)$/.test(value) ? value : undefined,
);
