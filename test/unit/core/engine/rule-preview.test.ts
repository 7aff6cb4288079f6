import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import { FlowTable } from '../../../../core/engine/flow-table.ts';
import type { FlowRecord } from '../../../../core/engine/flow-table.ts';
import { offlinePolicy } from '../../../../core/engine/offline-policy.ts';
import type { Policy } from '../../../../core/engine/policy.ts';
import { listCandidates, previewRule } from '../../../../core/engine/rule-preview.ts';
import type { RulePreview } from '../../../../core/api/rule-preview.ts';
import { TUN_INBOUND } from '../../../../rules/flow-facts.ts';
import type { FlowFacts } from '../../../../rules/flow-facts.ts';
import { parseIp } from '../../../../rules/ip.ts';

const base: FlowFacts = {
  network: 'tcp',
  srcIp: parseIp('198.18.0.1')!,
  srcPort: 40_000,
  dstIp: undefined,
  dstPort: 443,
  domain: undefined,
  dstIpResolved: false,
  zone: 'host',
  dscp: 0,
  inbound: TUN_INBOUND,
  process: undefined,
};

const curl = { name: 'curl', path: '/usr/bin/curl', uid: 1000 };

function policyOf(...rules: string[]): Policy {
  const text = [
    'proxies:',
    '  - {name: near, type: socks5, server: 192.0.2.9, port: 1080}',
    '  - {name: far, type: socks5, server: 192.0.2.8, port: 1080}',
    'proxy-groups: [{name: office, type: select, proxies: [near]}]',
    'rules:',
    ...rules.map((rule) => `  - ${rule}`),
  ].join('\n');
  const { config, problems } = parseConfig(text, 'test.yaml');
  assert.ok(config, JSON.stringify(problems));
  return offlinePolicy(config);
}

function add(table: FlowTable, facts: Partial<FlowFacts>): FlowRecord {
  const record = table.open('tcp', '198.18.0.1', 40_000, '192.0.2.80', 443);
  record.facts = { ...base, ...facts };
  record.domain = facts.domain ?? null;
  record.process = facts.process ?? null;
  return record;
}

function preview(
  policy: Policy,
  table: FlowTable,
  rule: string,
  at: number,
  ids: number[] = [],
): Promise<RulePreview> {
  return previewRule(policy, table, { rule, at, ids }, setImmediate);
}

async function conditions(
  policy: Policy,
  table: FlowTable,
  ...records: FlowRecord[]
): Promise<string[]> {
  const ids = records.map(({ id }) => id);
  const { candidates } = await listCandidates(policy, table, ids, setImmediate);
  return candidates.map(({ condition, flags, matches }) =>
    [condition, ...(flags === '' ? [] : [flags]), matches].join(' '),
  );
}

test('candidates go from the name of the host to the whole port', async () => {
  const table = new FlowTable();
  const record = add(table, { domain: 'a.b.example.co.uk', process: curl });
  assert.deepEqual(await conditions(policyOf('MATCH,DIRECT'), table, record), [
    'DOMAIN,a.b.example.co.uk 1',
    'DOMAIN-SUFFIX,example.co.uk 1',
    'DOMAIN-SUFFIX,b.example.co.uk 1',
    'PROCESS-NAME,curl 1',
    'PROCESS-PATH,/usr/bin/curl 1',
    'AND,((PROCESS-NAME,curl),(DOMAIN-SUFFIX,example.co.uk)) 1',
    'AND,((PROCESS-NAME,curl),(DST-PORT,443)) 1',
    'DST-PORT,443 1',
    'AND,((NETWORK,tcp),(DST-PORT,443)) 1',
  ]);
});

test('of a guest without a name there are its addresses and its zone', async () => {
  const table = new FlowTable();
  const guest = { zone: 'container', srcIp: parseIp('172.17.0.2')!, domain: null } as const;
  const four = add(table, { ...guest, dstIp: parseIp('203.0.113.77') });
  const six = add(table, { ...guest, dstIp: parseIp('2001:db8:1:2:3:4:5:6') });
  const policy = policyOf('MATCH,DIRECT');
  assert.deepEqual((await conditions(policy, table, four)).slice(0, 2), [
    'IP-CIDR,203.0.113.77/32 no-resolve 1',
    'IP-CIDR,203.0.113.0/24 no-resolve 1',
  ]);
  assert.deepEqual((await conditions(policy, table, six)).slice(0, 2), [
    'IP-CIDR6,2001:db8:1:2:3:4:5:6/128 no-resolve 1',
    'IP-CIDR6,2001:db8:1:2::/64 no-resolve 1',
  ]);
  assert.ok((await conditions(policy, table, four)).includes('SRC-IP-CIDR,172.17.0.2/32 1'));
  assert.ok((await conditions(policy, table, four)).includes('ZONE,container 1'));
});

test('of several flows, what matches all of them comes first', async () => {
  const table = new FlowTable();
  const records = ['a.example.com', 'b.example.com'].map((domain) => add(table, { domain }));
  const found = await conditions(policyOf('MATCH,DIRECT'), table, ...records);
  assert.deepEqual(found.slice(0, 3), [
    'DOMAIN-SUFFIX,example.com 2',
    'DST-PORT,443 2',
    'AND,((NETWORK,tcp),(DST-PORT,443)) 2',
  ]);
  assert.ok(found.includes('DOMAIN,a.example.com 1'));
});

test('of a thousand flows, some are models, and all are counted', async () => {
  const table = new FlowTable();
  const records = Array.from({ length: 1000 }, (_, n) => {
    return add(table, { domain: `h${n}.site${n % 3}.test` });
  });
  const found = await conditions(policyOf('MATCH,DIRECT'), table, ...records);
  assert.equal(found[0], 'DST-PORT,443 1000');
  assert.ok(found.includes('DOMAIN-SUFFIX,site0.test 334'));
  assert.ok(found.length <= 40);
});

test('what cannot be written as a rule is not offered', async () => {
  const table = new FlowTable();
  for (const name of ['a,b', 'a),(MATCH', ' x ', 'ab\n  - MATCH,REJECT', 'x"', '((']) {
    const record = add(table, { domain: null, process: { name, path: '', uid: 0 } });
    for (const text of await conditions(policyOf('MATCH,DIRECT'), table, record)) {
      const isWhole = text.startsWith('PROCESS-NAME,') && text === `PROCESS-NAME,${name} 1`;
      assert.ok(isWhole || !text.startsWith('PROCESS'), text);
    }
  }
});

test('places are those of the rule that decides now, of MATCH, and of the end', async () => {
  const table = new FlowTable();
  const policy = policyOf('DST-PORT,80,far', 'DOMAIN-SUFFIX,example.com,office', 'MATCH,DIRECT');
  const record = add(table, { domain: 'www.example.com' });
  const places = await listCandidates(policy, table, [record.id, 999], setImmediate);
  const { decidedAt, matchAt, count, known } = places;
  assert.deepEqual(
    { decidedAt, matchAt, count, known },
    { decidedAt: 1, matchAt: 2, count: 3, known: 1 },
  );
  const unmatched = policyOf('DST-PORT,80,far');
  const end = await listCandidates(unmatched, table, [record.id], setImmediate);
  assert.equal(end.decidedAt, 1);
});

test('a preview tells which flows would go another way, and from where to where', async () => {
  const table = new FlowTable();
  const policy = policyOf('DOMAIN-SUFFIX,example.com,office', 'MATCH,DIRECT');
  const live = add(table, { domain: 'www.example.com' });
  const ended = add(table, { domain: 'cdn.example.com' });
  table.finish(ended, 'closed');
  add(table, { domain: 'example.net' });
  table.open('tcp', '198.18.0.1', 40_000, '192.0.2.80', 443);
  const found = await preview(policy, table, 'DOMAIN-SUFFIX,example.com,REJECT', 0, [live.id]);
  assert.equal(found.looked, 3);
  assert.equal(found.caught, 2);
  assert.deepEqual(found.ways, [{ from: ['office', 'near'], to: ['REJECT'], count: 2, live: 1 }]);
  assert.deepEqual(
    found.flows.map(({ host, isLive, way }) => [host, isLive, way]),
    [
      ['www.example.com', true, 0],
      ['cdn.example.com', false, 0],
    ],
  );
  assert.deepEqual(found.live, [live.id]);
  assert.deepEqual(found.asked, [
    { id: live.id, result: 'caught', rule: 'DOMAIN-SUFFIX,example.com,REJECT' },
  ]);
});

test('a rule that leads where the flow goes anyway moves nothing', async () => {
  const table = new FlowTable();
  add(table, { domain: 'example.com' });
  const found = await preview(policyOf('MATCH,far'), table, 'DOMAIN,example.com,far', 0);
  assert.deepEqual([found.caught, found.ways, found.live], [1, [], []]);
});

test('an earlier rule that wins is named, and so is what does not match', async () => {
  const table = new FlowTable();
  const policy = policyOf('DOMAIN,example.com,office', 'MATCH,DIRECT');
  const { id } = add(table, { domain: 'example.com' });
  const behind = await preview(policy, table, 'DST-PORT,443,REJECT', 1, [id]);
  assert.deepEqual(behind.asked, [{ id, result: 'earlier', rule: 'DOMAIN,example.com,office' }]);
  const beside = await preview(policy, table, 'DST-PORT,80,REJECT', 0, [id]);
  assert.deepEqual(beside.asked, [{ id, result: 'missed', rule: 'DOMAIN,example.com,office' }]);
});

test('what nobody has found out is counted as unknown', async () => {
  const table = new FlowTable();
  const policy = policyOf('MATCH,DIRECT');
  const { id } = add(table, { domain: 'fake.example.com' });
  const addressed = await preview(policy, table, 'IP-CIDR,192.0.2.0/24,REJECT', 0, [id]);
  assert.deepEqual(addressed.unknown, { name: 0, address: 1, process: 0 });
  assert.deepEqual(addressed.asked, [{ id, result: 'unknown', rule: '' }]);
  const program = await preview(policy, table, 'PROCESS-NAME,curl,REJECT', 0);
  assert.deepEqual(program.unknown, { name: 0, address: 0, process: 1 });
});

test('a program that was found after the decision counts', async () => {
  const table = new FlowTable();
  const record = add(table, { domain: 'example.com' });
  record.process = curl;
  const found = await preview(policyOf('MATCH,DIRECT'), table, 'PROCESS-NAME,curl,REJECT', 0);
  assert.equal(found.caught, 1);
});

test('rules that pass on and rules that are switched off decide nothing in a preview, either', async () => {
  const table = new FlowTable();
  const policy = policyOf('DST-PORT,443,PASS', 'DST-PORT,443,far', 'MATCH,DIRECT');
  add(table, { domain: 'example.com' });
  policy.setDisabled(1, true);
  const found = await preview(policy, table, 'DOMAIN,example.com,REJECT', 1);
  assert.deepEqual(found.ways, [{ from: ['DIRECT'], to: ['REJECT'], count: 1, live: 1 }]);
  const passing = await preview(policy, table, 'DOMAIN,example.com,PASS', 0);
  assert.equal(passing.caught, 0);
});

test('a rule that is none is refused with the reason', async () => {
  const table = new FlowTable();
  const policy = policyOf('MATCH,DIRECT');
  for (const [rule, reason] of [
    ['nonsense', /NONSENSE/],
    ['IP-CIDR,1.2.3.4/33,DIRECT', /33/],
    ['DOMAIN,example.com,nobody', /nobody/],
    ['RULE-SET,nothing,DIRECT', /nothing/],
    ['SUB-RULE,(DST-PORT,1),nowhere', /nowhere/],
  ] as const) {
    await assert.rejects(preview(policy, table, rule, 0), {
      code: 'ERR_RULE_INVALID',
      message: reason,
    });
  }
});

test('flows go on while thousands are looked at', async () => {
  const table = new FlowTable();
  for (let n = 0; n < 6000; n += 1) add(table, { domain: `h${n}.example.com` });
  let turns = 0;
  const pause = async (): Promise<void> => {
    turns += 1;
    await setImmediate();
  };
  const rules = Array.from({ length: 20_000 }, (_, n) => `DOMAIN,d${n}.test,far`);
  const rule = { rule: 'DOMAIN-SUFFIX,example.com,near', at: 0, ids: [] };
  const found = await previewRule(policyOf(...rules, 'MATCH,DIRECT'), table, rule, pause);
  assert.equal(found.live.length, 6000);
  assert.equal(found.flows.length, 200);
  assert.ok(turns > 0);
});
