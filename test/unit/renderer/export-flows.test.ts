import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toCsv } from '../../../renderer/pages/connections/export-flows.ts';
import { toJson } from '../../../renderer/pages/connections/flows-as-har.ts';
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

test('the file for programs has the shape of an HTTP archive, and in it what core tells', () => {
  const timeline = { decided: 2, dialled: 3, connected: 33, accepted: 34, firstUp: 35 };
  const one = flow(7, {
    ...{ domain: 'a.test', state: 'closed', upload: 5, download: 9 },
    ...{ end: '2026-01-01T00:00:00.100Z', timeline: { ...timeline, firstDown: 60, ended: 100 } },
  });
  const refused = flow(8, { state: 'refused', chain: [], timeline: { decided: 1.5, ended: 1.5 } });
  const { log } = JSON.parse(toJson([one, { ...refused, end: refused.start }], '1.0.0')) as {
    log: { version: string; creator: unknown; entries: Record<string, unknown>[] };
  };
  assert.equal(log.version, '1.2');
  assert.deepEqual(log.creator, { name: 'Sluice', version: '1.0.0' });
  const [entry, other] = log.entries;
  assert.deepEqual(entry?.['_flow'], one);
  assert.equal(entry?.['startedDateTime'], one.start);
  assert.equal(entry?.['time'], 100);
  const timings = { blocked: 3, connect: 31, send: 1, wait: 25, receive: 40 };
  assert.deepEqual(entry?.['timings'], timings);
  const { url } = (entry?.['request'] ?? {}) as { url?: string };
  assert.equal(url, 'tcp://a.test:443');
  const nothing = { blocked: 1.5, connect: -1, send: -1, wait: -1, receive: -1 };
  assert.deepEqual(other?.['timings'], nothing);
});
