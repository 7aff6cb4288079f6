import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameOptions } from '../../../renderer/components/name-options.ts';

test('a name is offered once, chosen as it is, and shown so that it hides nothing', () => {
  assert.deepEqual(nameOptions(['a', 'b\u202e', 'a']), [
    { value: 'a', label: 'a' },
    { value: 'b\u202e', label: 'b\\u{202e}' },
  ]);
});
