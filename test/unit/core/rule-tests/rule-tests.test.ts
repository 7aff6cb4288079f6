import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { parseRuleCaseChange, parseRuleTestRequest } from '../../../../core/api/rule-tests.ts';
import type { RuleCase, RuleTestLine, RuleTestRequest } from '../../../../core/api/rule-tests.ts';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import { offlinePolicy } from '../../../../core/engine/offline-policy.ts';
import type { Policy } from '../../../../core/engine/policy.ts';
import {
  caseFilePath,
  readCaseFile,
  writeCaseFile,
} from '../../../../core/rule-tests/case-file.ts';
import { readRuleCases } from '../../../../core/rule-tests/read-cases.ts';
import { runCases } from '../../../../core/rule-tests/run-cases.ts';
import { writeRuleCases } from '../../../../core/rule-tests/write-cases.ts';
import { EMPTY_CONTEXT } from '../../../../rules/rule-set.ts';

const CONFIG = [
  'proxies:',
  '  - {name: near, type: socks5, server: 192.0.2.9, port: 1080}',
  '  - {name: far, type: socks5, server: 192.0.2.8, port: 1080}',
  'proxy-groups: [{name: office, type: select, proxies: [near, far]}]',
  'rules:',
  '  - DOMAIN-SUFFIX,example.com,office',
  '  - IP-CIDR,198.51.100.0/24,REJECT',
  '  - MATCH,DIRECT',
  '',
].join('\n');

function running(): Policy {
  const { config, problems } = parseConfig(CONFIG, 'test.yaml');
  if (config === null) throw new Error(JSON.stringify(problems));
  return offlinePolicy(config);
}

async function run(request: RuleTestRequest, policy = running()): Promise<RuleTestLine[]> {
  const parts = {
    policy,
    lists: { context: EMPTY_CONTEXT, proxiesOf: () => [] },
    file: 'test.yaml',
    resolve: async (host: string) => (host === 'inside.test' ? ['198.51.100.7'] : []),
  };
  const lines: RuleTestLine[] = [];
  for await (const line of runCases(request, parts, new AbortController().signal)) lines.push(line);
  return lines;
}

function expecting(host: string, target: string, rule = ''): RuleCase {
  return { request: { host }, target, rule };
}

/** What became of each case: passed, or where it went. */
function outcomes(lines: readonly RuleTestLine[]): (string | true)[] {
  return lines.flatMap((line) =>
    line.kind === 'result' ? [line.passed || (line.error?.code ?? line.target)] : [],
  );
}

test('cases are run against the rules in force, in order, each for itself', async () => {
  const lines = await run({
    cases: [
      expecting('www.example.com', 'office'),
      expecting('www.example.com', 'near'),
      expecting('www.example.com', 'far'),
      expecting('inside.test', 'REJECT', 'IP-CIDR, 198.51.100.0/24, REJECT'),
      expecting('no host', 'DIRECT'),
      ...Array.from({ length: 20 }, () => expecting('other.test', 'DIRECT')),
    ],
  });
  assert.deepEqual(lines[0], { kind: 'start', problems: [], missingLists: [] });
  assert.deepEqual(outcomes(lines).slice(0, 5), [
    true,
    true,
    'office',
    true,
    'ERR_EXPLAIN_INVALID',
  ]);
  assert.deepEqual(
    lines.slice(1).map((line) => line.kind === 'result' && line.index),
    Array.from({ length: 25 }, (_, index) => index),
  );
});

test('a text that nobody has saved is asked in place of the rules in force, with the choices in force', async () => {
  const policy = running();
  const office = policy.groups.groups.find(({ name }) => name === 'office');
  assert.ok(office);
  office.state.chosen = 'far';
  const text = CONFIG.replace('DOMAIN-SUFFIX,example.com,office', 'DOMAIN,example.com,office');
  const cases = [expecting('www.example.com', 'office'), expecting('example.com', 'far')];
  assert.deepEqual(outcomes(await run({ cases }, policy)), [true, true]);
  assert.deepEqual(outcomes(await run({ cases, text }, policy)), ['DIRECT', true]);
  // Nothing of it is in force.
  assert.deepEqual(outcomes(await run({ cases }, policy)), [true, true]);
  assert.equal(policy.hits.size, 0);
});

test('a text with errors tells them, and runs nothing; lists that only it names are told', async () => {
  const cases = [expecting('a.test', 'DIRECT')];
  const broken = await run({ cases, text: 'rules: ["DOMAIN,a.test,nowhere"]' });
  assert.equal(broken.length, 1);
  assert.match(JSON.stringify(broken[0]), /nowhere/);
  const lists = 'rule-providers: {new: {type: inline, behavior: domain, payload: [a.test]}}\n';
  const [start] = await run({ cases, text: lists + CONFIG });
  assert.deepEqual(start, { kind: 'start', problems: [], missingLists: ['new'] });
});

test('the mode does not hide what the rules say', async () => {
  const policy = running();
  policy.mode = 'direct';
  const [, line] = await run(
    { cases: [expecting('www.example.com', 'office')], explain: true },
    policy,
  );
  assert.ok(line?.kind === 'result' && line.passed);
  assert.equal(line.explanation?.steps[0]?.text, 'DOMAIN-SUFFIX,example.com,office');
  assert.equal(policy.mode, 'direct');
});

test('what is written is read back, whatever the texts are', () => {
  const cases: RuleCase[] = [
    expecting('a.test', 'DIRECT'),
    expecting('null', 'no: "quotes" # and \\ {braces}, [brackets]', 'DOMAIN,a.test,香港 🇭🇰'),
    {
      request: {
        ...{ host: '2001:db8::1', port: 53, network: 'udp', source: '10.0.0.7', sourcePort: 9 },
        ...{ zone: 'wsl', process: 'true', processPath: '/opt/a b/c', uid: 0, dscp: 46 },
        ...{ inType: 'SOCKS5', inName: 'x', inUser: "o'neil", inPort: 1, address: '192.0.2.1' },
      },
      target: '',
      rule: 'MATCH,DIRECT',
    },
  ];
  const { cases: read, problems } = readRuleCases(writeRuleCases(cases), 'cases.yaml');
  assert.deepEqual(problems, []);
  assert.deepEqual(
    read.map(({ request, target, rule }) => ({ request, target, rule })),
    cases,
  );
});

test('the file beside the configuration is made, read, and not overwritten unseen', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-cases-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'sluice.yaml');
  assert.equal(caseFilePath(config), join(folder, 'sluice.cases.yaml'));
  const empty = readCaseFile(config);
  assert.deepEqual([empty.cases, empty.problems, empty.text], [[], [], '']);
  const cases = [expecting('a.test', 'DIRECT')];
  const first = writeCaseFile(config, { cases, hash: empty.hash });
  assert.deepEqual(first.cases, cases);
  assert.throws(() => writeCaseFile(config, { cases: [], hash: empty.hash }), {
    code: 'ERR_CASES_CHANGED',
  });
  writeFileSync(first.path, '- { host: b.test }\n');
  const broken = readCaseFile(config);
  assert.deepEqual([broken.cases.length, broken.problems.length], [0, 1]);
  assert.equal(readFileSync(first.path, 'utf8'), '- { host: b.test }\n');
  const last = writeCaseFile(config, { cases: [], hash: broken.hash });
  assert.deepEqual([last.cases, last.problems], [[], []]);
});

test('requests that make no sense are refused', () => {
  const one = expecting('a.test', 'DIRECT');
  for (const bad of [
    undefined,
    {},
    { cases: 'none' },
    { cases: Array.from({ length: 501 }, () => one) },
    { cases: [{ ...one, target: 7 }] },
    { cases: [{ ...one, rule: 'a\nb' }] },
    { cases: [{ ...one, request: {} }] },
    { cases: [one, one], explain: true },
    { cases: [one], text: 'x'.repeat(1024 * 1024 + 1) },
    { cases: [one], path: '/etc/passwd' },
  ]) {
    assert.throws(() => parseRuleTestRequest(bad), { code: 'ERR_REQUEST_INVALID' });
  }
  assert.throws(() => parseRuleCaseChange({ cases: [one], hash: 'x' }), {
    code: 'ERR_REQUEST_INVALID',
  });
});
