/** Which chains of the firewall drop what is forwarded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseNft } from '../../../../../core/platform/linux/firewall.ts';

function chain(fields: Readonly<Record<string, unknown>>): string {
  const metainfo = { metainfo: { version: '1.0.6', json_schema_version: 1 } };
  return JSON.stringify({ nftables: [metainfo, { chain: { family: 'ip', ...fields } }] });
}

test('a chain of forwarding whose policy is to drop', () => {
  const json = chain({ table: 'filter', name: 'FORWARD', hook: 'forward', policy: 'drop' });
  assert.deepEqual(parseNft(json), ['ip filter FORWARD']);
});

test('other chains stand in nobody’s way', () => {
  assert.deepEqual(
    parseNft(chain({ table: 't', name: 'c', hook: 'forward', policy: 'accept' })),
    [],
  );
  assert.deepEqual(parseNft(chain({ table: 't', name: 'c', hook: 'input', policy: 'drop' })), []);
  assert.deepEqual(parseNft(chain({ table: 't', name: 'c' })), []);
});

for (const text of ['', 'no permission', '[]', '{"nftables": 1}', '{"nftables": [null, {}]}']) {
  test(`of ${JSON.stringify(text)} nothing is known`, () => assert.deepEqual(parseNft(text), []));
}
