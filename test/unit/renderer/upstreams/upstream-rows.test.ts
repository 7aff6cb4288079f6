import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProxyProviderInfo } from '../../../../core/api/providers.ts';
import type { ProxyList } from '../../../../core/api/proxies.ts';
import { Directory } from '../../../../renderer/pages/upstreams/members.ts';
import {
  groupKey,
  rowKey,
  upstreamRows,
} from '../../../../renderer/pages/upstreams/upstream-rows.ts';
import type { Row, RowOptions } from '../../../../renderer/pages/upstreams/upstream-rows.ts';
import { aGroup, aList, aProxy, tested } from './a-list.ts';

const options: RowOptions = {
  filter: '',
  order: 'config',
  showsHidden: false,
  open: {},
  memberColumns: 2,
  proxyColumns: 2,
};

const plan: ProxyProviderInfo = {
  name: 'plan',
  type: 'http',
  url: 'https://plan.test/',
  path: null,
  count: 1,
  size: 1,
  updatedAt: null,
  nextRefresh: null,
  error: null,
  proxies: ['p'],
  unsupported: {},
  broken: 0,
  problems: [],
  subscription: null,
};

function rowsOf(list: ProxyList, change: Partial<RowOptions> = {}): Row[] {
  return upstreamRows(list, [plan], new Directory(list), { ...options, ...change });
}

/** What the rows show, in a word each. */
function told(rows: readonly Row[]): string[] {
  return rows.map((row) => {
    switch (row.kind) {
      case 'heading':
        return `${row.section} ${row.count}`;
      case 'group':
        return `${row.isOpen ? 'open' : 'closed'} ${row.group.name}`;
      case 'members':
        return row.members.map(({ name }) => name).join('+') + (row.isLast ? '.' : '');
      case 'provider':
        return `provider ${row.provider.name}`;
      case 'proxies':
        return row.proxies.map(({ name }) => name).join('+');
    }
  });
}

const list = aList({
  proxies: [
    aProxy({ name: 'DIRECT', type: 'Direct', server: '' }),
    aProxy({ name: 'REJECT', type: 'Reject', server: '' }),
    tested('slow', [900]),
    tested('dead', [0]),
    tested('fast', [20]),
    aProxy({ name: 'p', provider: 'plan' }),
  ],
  groups: [
    aGroup({ name: 'g', all: ['slow', 'dead', 'fast', 'p'] }),
    aGroup({ name: 'quiet', all: ['DIRECT'], hidden: true }),
    aGroup({ name: 'GLOBAL', all: ['g', 'DIRECT'] }),
  ],
});

test('groups and their members, proxies, providers and theirs; built-in ones last, refusals not at all', () => {
  assert.deepEqual(told(rowsOf(list)), [
    ...['groups 1', 'open g', 'slow+dead', 'fast+p.'],
    ...['proxies 4', 'slow+dead', 'fast+DIRECT'],
    ...['provider plan', 'p'],
  ]);
});

test('by delay: the fastest first, the untested after them, the dead last', () => {
  const rows = told(rowsOf(list, { order: 'delay' }));
  assert.deepEqual(rows.slice(2, 4), ['fast+slow', 'p+dead.']);
  assert.deepEqual(told(rowsOf(list, { order: 'name' })).slice(2, 4), ['dead+fast', 'p+slow.']);
});

test('hidden groups and GLOBAL show on request; in its own mode GLOBAL comes first', () => {
  const heads = (rows: readonly Row[]): string[] =>
    rows.flatMap((row) => (row.kind === 'group' ? [row.group.name] : []));
  assert.deepEqual(heads(rowsOf(list, { showsHidden: true })), ['g', 'quiet', 'GLOBAL']);
  assert.deepEqual(heads(rowsOf({ ...list, mode: 'global' })), ['GLOBAL', 'g']);
});

test('a filter shows the members that match, in closed groups, too', () => {
  const open = { [groupKey('g')]: false };
  assert.deepEqual(told(rowsOf(list, { open })).slice(0, 3), ['groups 1', 'closed g', 'proxies 4']);
  assert.deepEqual(told(rowsOf(list, { open, filter: 'FAST' })), [
    ...['groups 1', 'open g', 'fast.', 'proxies 1', 'fast'],
  ]);
  assert.deepEqual(told(rowsOf(list, { filter: 'plan' })), ['provider plan', 'p']);
  assert.deepEqual(told(rowsOf(list, { filter: 'nobody' })), []);
});

test('large groups are closed until somebody opens them', () => {
  const names = Array.from({ length: 30 }, (_, at) => `n${at}`);
  const large = aList({ groups: [aGroup({ name: 'g', all: names })] });
  assert.equal(told(rowsOf(large))[1], 'closed g');
  assert.equal(told(rowsOf(large, { open: { [groupKey('g')]: true } }))[1], 'open g');
});

test('every row has a key of its own, though a group has a member twice', () => {
  const twice = { ...list, groups: [aGroup({ name: 'g', all: ['slow', 'fast', 'slow', 'fast'] })] };
  const keys = rowsOf(twice).map(rowKey);
  assert.equal(new Set(keys).size, keys.length);
});
