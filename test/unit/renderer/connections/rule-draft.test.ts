import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProxyInfo, ProxyList } from '../../../../core/api/proxies.ts';
import type { CandidateList } from '../../../../core/api/rule-preview.ts';
import {
  firstTarget,
  placeIn,
  placeInFile,
  ruleText,
  targetsOf,
} from '../../../../renderer/pages/connections/make-rule/rule-draft.ts';

const list: CandidateList = { known: 1, candidates: [], decidedAt: 2, matchAt: 4, count: 5 };

function rules(...marks: string[]): { enabled: boolean; text: string; line: number }[] {
  return marks.map((text, line) => ({ enabled: !text.startsWith('#'), text, line }));
}

test('flags stand behind the target', () => {
  const base = { kind: 'address', matches: 1 } as const;
  assert.equal(
    ruleText({ ...base, condition: 'IP-CIDR,192.0.2.1/32', flags: 'no-resolve' }, 'a b'),
    'IP-CIDR,192.0.2.1/32,a b,no-resolve',
  );
  assert.equal(
    ruleText({ ...base, condition: 'ZONE,lan', flags: '' }, 'DIRECT'),
    'ZONE,lan,DIRECT',
  );
});

test('rules that are switched off count in the file, and not in force', () => {
  assert.deepEqual(
    (['top', 'decided', 'match'] as const).map((place) => placeIn(list, place)),
    [0, 2, 4],
  );
  const file = rules('#x', 'a', '#y', 'b', 'c');
  assert.deepEqual(
    [0, 1, 2, 3].map((at) => placeInFile(file, at, 3)),
    [1, 3, 4, 5],
  );
});

test('a file with other rules than those in force has no place', () => {
  assert.equal(placeInFile(rules('a', 'b'), 0, 3), null);
});

test('targets are what a rule can name: groups first, then proxies of the file, then what is built in', () => {
  const proxy = (name: string, provider: string | null = null): ProxyInfo =>
    ({ name, provider }) as ProxyInfo;
  const told = {
    mode: 'rule',
    groups: [{ name: 'Auto' }, { name: 'GLOBAL' }],
    proxies: [proxy('DIRECT'), proxy('PASS'), proxy('near'), proxy('a,b'), proxy('far', 'sub')],
  } as unknown as ProxyList;
  const targets = targetsOf(told);
  assert.deepEqual(
    targets.map(({ items }) => items),
    [['Auto'], ['near'], ['DIRECT', 'REJECT', 'REJECT-DROP']],
  );
  assert.equal(firstTarget(targets, ['Auto', 'near']), 'DIRECT');
  assert.equal(firstTarget(targets, ['DIRECT']), 'Auto');
});
