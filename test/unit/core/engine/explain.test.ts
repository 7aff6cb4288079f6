import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExplainRequest, Explanation } from '../../../../core/api/explain.ts';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import { askRules } from '../../../../core/engine/ask-rules.ts';
import { explainFlow } from '../../../../core/engine/explain.ts';
import { EMPTY_CONTEXT } from '../../../../rules/rule-set.ts';
import { runAtOnce } from '../../../../rules/pace.ts';
import { DomainSetBuilder } from '../../../../rules/sets/domain-set.ts';
import { compileRules } from '../../../../rules/compile.ts';
import { offlinePolicy } from '../../../../core/engine/offline-policy.ts';
import type { LookUp } from '../../../../core/engine/asked-flow.ts';

/** Lookups that were made. What `askRules` makes of the same is compared each time. */
const asked: string[] = [];

async function explain(
  rules: readonly string[],
  request: ExplainRequest,
  options: { yaml?: string; lookUp?: LookUp } = {},
): Promise<Explanation> {
  asked.length = 0;
  const text = [
    'proxies:',
    '  - {name: near, type: socks5, server: 192.0.2.9, port: 1080}',
    '  - {name: far, type: http, server: 192.0.2.8, port: 3128, dialer-proxy: near}',
    options.yaml ?? 'proxy-groups: [{name: office, type: select, proxies: [far]}]',
    '',
    'rules:',
    ...rules.map((rule) => `  - ${rule}`),
  ].join('\n');
  const { config, problems } = parseConfig(text, 'test.yaml');
  if (config === null) throw new Error(JSON.stringify(problems));
  const lookUp: LookUp =
    options.lookUp ??
    (async (host) => {
      asked.push(host);
      return ['198.51.100.7'];
    });
  const { signal } = new AbortController();
  const policy = offlinePolicy(config);
  const found = await explainFlow(policy, request, lookUp, signal);
  if (policy.imposedTarget !== null) return found;
  const lookups = asked.splice(0);
  const { decidedBy, ruleText, target, chain, choices } = found;
  const { line, ...answer } = await askRules(policy, request, lookUp, signal);
  assert.deepEqual(answer, { decidedBy, ruleText, target, chain, choices });
  assert.equal(line, found.steps.find(({ index }) => index === decidedBy)?.line ?? 0);
  assert.deepEqual(asked, lookups);
  return found;
}

test('with true addresses a list of SUB-RULE that compares them has the name looked up', async () => {
  const found = await explain(
    ['SUB-RULE,(NETWORK,tcp),mine', 'MATCH,DIRECT'],
    { host: 'a.com' },
    {
      yaml: 'dns: {enable: true, enhanced-mode: redir-host}\nsub-rules: {mine: ["IP-CIDR,198.51.100.0/24,near"]}',
    },
  );
  assert.equal(found.target, 'near');
  assert.deepEqual(asked, ['a.com']);
});

test('every rule up to the one that decides is told, with what it compared', async () => {
  const found = await explain(
    ['DST-PORT,80,REJECT', 'DOMAIN-SUFFIX,example.com,office', 'MATCH,DIRECT'],
    {
      host: 'www.example.com',
    },
  );
  assert.deepEqual(
    found.steps.map(({ matched, text }) => [matched, text]),
    [
      [false, 'DST-PORT,80,REJECT'],
      [true, 'DOMAIN-SUFFIX,example.com,office'],
    ],
  );
  assert.match(found.steps[0]?.reason ?? '', /443/);
  assert.equal(found.decidedBy, 1);
  assert.equal(found.steps[1]?.line, 8);
});

test('the chain names the groups, the proxy and what it is dialled through', async () => {
  const found = await explain(['MATCH,office'], { host: 'example.com' });
  assert.deepEqual(found.chain, ['office', 'far', 'near']);
});

test('a refused flow has a target and no chain', async () => {
  const found = await explain(['MATCH,REJECT'], { host: 'example.com' });
  assert.equal(found.target, 'REJECT');
  assert.deepEqual(found.chain, []);
});

test('a name is not looked up where no rule compares addresses', async () => {
  const found = await explain(['DOMAIN,other.com,REJECT', 'MATCH,DIRECT'], { host: 'example.com' });
  assert.equal(found.resolved, null);
  assert.deepEqual(asked, []);
});

test('a name is not looked up for rules after the one that decides', async () => {
  await explain(['DOMAIN,example.com,DIRECT', 'IP-CIDR,198.51.100.0/24,REJECT', 'MATCH,DIRECT'], {
    host: 'example.com',
  });
  assert.deepEqual(asked, []);
});

test('a name is looked up once where a rule compares addresses', async () => {
  const found = await explain(
    ['IP-CIDR,203.0.113.0/24,DIRECT', 'IP-CIDR,198.51.100.0/24,REJECT', 'MATCH,DIRECT'],
    { host: 'example.com' },
  );
  assert.deepEqual(asked, ['example.com']);
  assert.deepEqual(found.resolved, ['198.51.100.7']);
  assert.equal(found.target, 'REJECT');
});

test('a no-resolve rule sees the address of a captured flow, but not that of a made-up one', async () => {
  const rules = ['IP-CIDR,198.51.100.0/24,REJECT,no-resolve', 'MATCH,DIRECT'];
  const request = { host: 'example.com' };
  assert.equal((await explain(rules, request)).target, 'DIRECT');
  const yaml = 'dns: {enhanced-mode: redir-host}';
  assert.equal((await explain(rules, request, { yaml })).target, 'REJECT');
});

test('of several addresses rules compare an IPv4 one', async () => {
  const found = await explain(
    ['IP-CIDR,2001:db8::/32,REJECT', 'IP-CIDR,198.51.100.0/24,far', 'MATCH,DIRECT'],
    { host: 'example.com' },
    { lookUp: async () => ['2001:db8::1', '198.51.100.7'] },
  );
  assert.equal(found.target, 'far');
});

test('with fake addresses a no-resolve rule sees none, unless an earlier rule asked', async () => {
  const cidr = 'IP-CIDR,198.51.100.0/24,REJECT,no-resolve';
  const found = await explain([cidr, 'MATCH,DIRECT'], { host: 'example.com' });
  assert.equal(found.target, 'DIRECT');
  assert.equal(found.resolved, null);
  const rules = ['IP-CIDR,192.0.2.0/24,DIRECT', cidr, 'MATCH,DIRECT'];
  assert.equal((await explain(rules, { host: 'example.com' })).target, 'REJECT');
});

test('a name that cannot be looked up goes on without an address', async () => {
  const found = await explain(
    ['IP-CIDR,198.51.100.0/24,REJECT', 'MATCH,DIRECT'],
    { host: 'example.com' },
    { lookUp: () => Promise.reject(new Error('no answer')) },
  );
  assert.deepEqual(found.resolved, []);
  assert.equal(found.target, 'DIRECT');
});

test('an address is explained as an address', async () => {
  const found = await explain(
    ['DOMAIN-KEYWORD,198,REJECT', 'IP-CIDR,198.51.100.0/24,office', 'MATCH,DIRECT'],
    {
      host: '198.51.100.1',
    },
  );
  assert.equal(found.target, 'office');
  assert.deepEqual(asked, []);
});

test('network, port and source are taken from the request', async () => {
  const rules = ['NETWORK,UDP,office', 'MATCH,DIRECT'];
  assert.equal((await explain(rules, { host: '192.0.2.1', network: 'udp' })).target, 'office');
  const source = ['SRC-IP-CIDR,10.0.0.0/8,REJECT', 'SRC-PORT,99,office', 'MATCH,DIRECT'];
  assert.equal((await explain(source, { host: '192.0.2.1', source: '10.1.1.1' })).target, 'REJECT');
  assert.equal((await explain(source, { host: '192.0.2.1', sourcePort: 99 })).target, 'office');
});

test('without a rule that matches the end of the list decides', async () => {
  const found = await explain(['DOMAIN,other.com,REJECT'], { host: 'example.com' });
  assert.deepEqual(
    [found.decidedBy, found.ruleText, found.target],
    [-1, 'no rule matched', 'DIRECT'],
  );
});

test('a mode decides without the rules', async () => {
  const direct = await explain(['MATCH,REJECT'], { host: 'a.com' }, { yaml: 'mode: direct' });
  assert.deepEqual([direct.ruleText, direct.target, direct.steps], ['mode: direct', 'DIRECT', []]);
  const global = await explain(
    ['MATCH,REJECT'],
    { host: 'a.com' },
    {
      yaml: 'mode: global\nproxy-groups: [{name: office, type: select, proxies: [far]}]',
    },
  );
  assert.deepEqual([global.target, global.chain], ['GLOBAL', ['GLOBAL', 'office', 'far', 'near']]);
});

test('a rule whose target passes is told, and the next one decides', async () => {
  const yaml = 'proxy-groups: [{name: g, type: select, proxies: [PASS, near]}]';
  const rules = ['DOMAIN,a.com,PASS', 'DOMAIN-SUFFIX,com,g', 'IP-CIDR,198.51.100.0/24,REJECT'];
  const found = await explain([...rules, 'MATCH,far'], { host: 'a.com' }, { yaml });
  assert.deepEqual(
    [found.decidedBy, found.target, found.resolved],
    [2, 'REJECT', ['198.51.100.7']],
  );
  assert.deepEqual(
    found.steps.map(({ matched, index }) => [matched, index]),
    [
      [true, 0],
      [true, 1],
      [true, 2],
    ],
  );
});

test('of a long list the rules nearest to the decision are told', async () => {
  const rules = Array.from({ length: 700 }, (_, n) => `DOMAIN,host${n}.com,REJECT`);
  const found = await explain([...rules, 'MATCH,DIRECT'], { host: 'example.com' });
  assert.equal(found.steps.length, 500);
  assert.equal(found.omittedSteps, 201);
  assert.equal(found.steps.at(-1)?.matched, true);
});

test('what is neither a name nor an address is refused', async () => {
  for (const host of ['a..b', '1.2.3.4.5', '-'.repeat(300), 'a/b', '256.1.1.1']) {
    await assert.rejects(
      explain(['MATCH,DIRECT'], { host }),
      { code: 'ERR_EXPLAIN_INVALID' },
      host,
    );
  }
  await assert.rejects(explain(['MATCH,DIRECT'], { host: 'a.com', source: 'b.com' }), {
    code: 'ERR_EXPLAIN_INVALID',
  });
});

test('a rule that a dashboard has disabled is passed over, and told so', async () => {
  const text = 'rules: ["DOMAIN,a.com,REJECT", "MATCH,DIRECT"]';
  const { config } = parseConfig(text, 'test.yaml');
  assert.ok(config);
  const policy = offlinePolicy(config);
  policy.setDisabled(0, true);
  const found = await explainFlow(
    policy,
    { host: 'a.com' },
    () => Promise.reject(new Error('nothing is looked up')),
    new AbortController().signal,
  );
  assert.deepEqual([found.decidedBy, found.steps[0]?.matched], [1, false]);
  assert.equal(found.steps[0]?.reason, 'disabled by a dashboard');
});

test('program, zone, user and class are taken from the request', async () => {
  const rules = ['PROCESS-NAME,curl,REJECT', 'ZONE,wsl,near', 'UID,7,far', 'DSCP,46,office'];
  const target = async (request: Partial<ExplainRequest>): Promise<string> =>
    (await explain([...rules, 'MATCH,DIRECT'], { host: 'a.com', ...request })).target;
  assert.equal(await target({}), 'DIRECT');
  assert.equal(await target({ processPath: '/usr/bin/curl' }), 'REJECT');
  assert.equal(await target({ zone: 'wsl' }), 'near');
  assert.equal(await target({ uid: 7 }), 'far');
  assert.equal(await target({ dscp: 46 }), 'office');
});

test('logic is told member by member, lists rule by rule, and which rule had the name looked up', async () => {
  const found = await explain(
    [
      'AND,((DST-PORT,443),(NOT,((DOMAIN,a.com)))),REJECT',
      'SUB-RULE,(NETWORK,tcp),mine',
      'MATCH,DIRECT',
    ],
    { host: 'a.com' },
    { yaml: 'sub-rules: {mine: ["DST-PORT,80,REJECT", "IP-CIDR,198.51.100.0/24,near"]}' },
  );
  const [logic, list] = found.steps;
  assert.deepEqual(
    logic?.members.map(({ text, result }) => [text, result]),
    [
      ['DST-PORT,443', 'matched'],
      ['NOT,((DOMAIN,a.com))', 'missed'],
    ],
  );
  assert.equal(logic?.members[1]?.members[0]?.reason, 'a.com is a.com');
  assert.deepEqual(
    list?.list?.map(({ text, matched }) => [text, matched]),
    [
      ['DST-PORT,80,REJECT', false],
      ['IP-CIDR,198.51.100.0/24,near', true],
    ],
  );
  assert.ok(list?.resolved);
  assert.equal(found.target, 'near');
  assert.equal(found.ruleText, 'SUB-RULE,(NETWORK,tcp),mine > IP-CIDR,198.51.100.0/24,near');
});

test('the line of the list that won is told', async () => {
  const text =
    'rules: ["AND,((RULE-SET,ads),(NETWORK,tcp)),REJECT", "RULE-SET,ads,REJECT", "MATCH,DIRECT"]';
  const { config } = parseConfig(
    `rule-providers: {ads: {type: inline, behavior: domain, payload: ['x.com', '+.a.com']}}\n${text}`,
    'test.yaml',
  );
  assert.ok(config);
  const builder = new DomainSetBuilder();
  ['x.com', '+.a.com'].forEach((entry, index) => builder.add(entry, index + 1));
  const slot = { name: 'ads', current: runAtOnce(builder.build()) };
  const context = { ...EMPTY_CONTEXT, ruleSets: new Map([['ads', slot]]) };
  const found = await explainFlow(
    offlinePolicy(config, { rules: compileRules(config, context) }),
    { host: 'b.a.com' },
    () => Promise.reject(new Error('nothing is looked up')),
    new AbortController().signal,
  );
  assert.deepEqual(found.steps[0]?.members[0]?.entry, { line: 2, text: '+.a.com' });
});
