import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toCsv, toJson } from '../../../renderer/pages/connections/export-flows.ts';
import { flow } from './a-flow.ts';

test('a file for a spreadsheet has a line for each connection, and quotes what needs it', () => {
  const rule = { index: 0, text: 'DOMAIN,a.test,DIRECT' };
  const [head, row, ...rest] = toCsv([flow(7, { rule, download: 10 })]).split('\r\n');
  assert.equal(head?.split(',')[0], 'id');
  assert.match(row ?? '', /^7,2026-01-01T00:00:00.000Z,,open,tcp,198.18.0.1,40007,/);
  assert.match(row ?? '', /"DOMAIN,a.test,DIRECT"/);
  assert.deepEqual(rest, ['']);
});

test('a hostile name is no formula and no second cell', () => {
  for (const domain of ['=1+1', '@SUM(1)', '-2', '"x",y']) {
    const [, row = ''] = toCsv([flow(1, { domain })]).split('\r\n');
    assert.doesNotMatch(row, /,[=@-]/, domain);
  }
  assert.match(toCsv([flow(1, { domain: '"x",y' })]), /"""x"",y"/);
});

test('the file for programs is what core tells', () => {
  const { log } = JSON.parse(toJson([flow(1)])) as { log: { flows: unknown[] } };
  assert.deepEqual(log.flows, [flow(1)]);
});
