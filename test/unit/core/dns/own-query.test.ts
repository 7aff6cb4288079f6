import assert from 'node:assert/strict';
import test from 'node:test';
import { ownQuery } from '../../../../core/dns/own-query.ts';
import { openLab } from './dns-lab.ts';
import { a, reply } from './messages.ts';

test('a query of one’s own tells who answered, and what', async () => {
  await using lab = await openLab();
  lab.exchange.script = (message, { name }) => reply(message, { answers: [a(name, '192.0.2.1')] });
  const fake = await ownQuery(lab.service, { name: 'Site.test' });
  assert.deepEqual(
    [fake.source, fake.type, fake.client, fake.transport],
    ['fake-ip', 'A', null, 'local'],
  );
  assert.match(fake.records[0]!.data, /^198\.18\./);
  const real = await ownQuery(lab.service, { name: 'site.test', real: true });
  assert.deepEqual([real.source, real.server], ['server', 'udp://192.0.2.53:53']);
  assert.deepEqual(real.records, [{ name: 'site.test', type: 'A', ttl: 300, data: '192.0.2.1' }]);
  assert.equal((await ownQuery(lab.service, { name: 'site.test', real: true })).source, 'cache');
});

test('an international name is asked for in its ASCII form', async () => {
  await using lab = await openLab();
  await ownQuery(lab.service, { name: 'bücher.test', type: 'txt' });
  assert.deepEqual(lab.exchange.asked, [{ name: 'xn--bcher-kva.test', type: 16 }]);
});

test('what is no name or no type is refused', async () => {
  await using lab = await openLab();
  const refused = { code: 'ERR_REQUEST_INVALID' };
  await assert.rejects(ownQuery(lab.service, { name: 'a..b' }), refused);
  await assert.rejects(ownQuery(lab.service, { name: 'a.test', type: 'NONSENSE' }), refused);
  await assert.rejects(ownQuery(lab.service, { name: 'a.test', type: 'TYPE0' }), refused);
});

test('a type without a name is asked by its number', async () => {
  await using lab = await openLab();
  const answer = await ownQuery(lab.service, { name: 'a.test', type: 'TYPE65280' });
  assert.deepEqual([answer.type, answer.source], ['TYPE65280', 'failed']);
  assert.deepEqual(lab.exchange.asked, [{ name: 'a.test', type: 65_280 }]);
});

test('an address is asked for its name', async () => {
  await using lab = await openLab();
  const { records } = await ownQuery(lab.service, { name: 'site.test' });
  const address = records[0]!.data;
  const answer = await ownQuery(lab.service, { name: address });
  assert.deepEqual(
    [answer.type, answer.source, answer.answer],
    ['PTR', 'fake-ip', ['PTR site.test']],
  );
  const six = await ownQuery(lab.service, { name: 'site.test', type: 'AAAA' });
  assert.deepEqual((await ownQuery(lab.service, { name: six.records[0]!.data })).answer, [
    'PTR site.test',
  ]);
});
