import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImportPreview, ImportedProxy } from '../../../../core/api/import.ts';
import type { UpstreamList } from '../../../../core/api/upstreams.ts';
import {
  firstChoice,
  hasNothing,
  isEmpty,
  matchTarget,
  requestOf,
  waysOf,
} from '../../../../renderer/pages/upstreams/import/choice.ts';
import { emptyForm, settingsOf } from '../../../../renderer/pages/upstreams/upstream-form.ts';

type Known = Pick<UpstreamList, 'upstreams' | 'groups'>;

const bare: Known = { upstreams: [], groups: [] };
const grown: Known = {
  upstreams: [],
  groups: [{ name: 'Proxy', type: 'select', members: [], line: 1 }],
};

function aProxy(id: number, change: Partial<ImportedProxy> = {}): ImportedProxy {
  const settings = settingsOf({ ...emptyForm, name: `p${id}`, server: '192.0.2.1', port: '1' });
  return { id, settings, as: `p${id}`, conflict: 'none', line: id, note: '', ...change };
}

function aPreview(change: Partial<ImportPreview>): ImportPreview {
  return {
    id: 'x',
    format: 'lines',
    source: '',
    hash: 'a'.repeat(64),
    proxies: [aProxy(0), aProxy(1), aProxy(2, { conflict: 'same' })],
    groups: [],
    rules: [],
    providers: [],
    problems: [],
    omitted: 0,
    canReplace: false,
    provider: null,
    subscription: null,
    ...change,
  };
}

test('at first what is new is ticked; into an empty file comes a group that takes everything', () => {
  const choice = firstChoice(aPreview({}), bare);
  assert.deepEqual([...choice.proxies], [0, 1]);
  assert.deepEqual([choice.newGroup, choice.match], ['Proxy', true]);
  const later = firstChoice(aPreview({}), grown);
  assert.deepEqual([later.newGroup, later.match], ['', false]);
  const named = aPreview({ proxies: [aProxy(0, { as: 'Proxy' }), aProxy(1)] });
  assert.equal(firstChoice(named, bare).newGroup, 'Proxy 2');
});

test('the rules and groups of a Proxifier profile are ticked, those of a Clash file are not', () => {
  const rules = [{ id: 4, rule: 'MATCH,p0', line: 1, was: '', enabled: true }];
  const ticked = (format: ImportPreview['format']): number =>
    firstChoice(aPreview({ format, rules }), bare).rules.size;
  assert.equal(ticked('proxifier'), 1);
  assert.equal(ticked('clash'), 0);
});

test('where everything goes: the new group, else a group that gets them, else the only one', () => {
  const preview = aPreview({});
  const choice = { ...firstChoice(preview, bare), newGroup: 'New' };
  assert.equal(matchTarget(preview, choice), 'New');
  assert.equal(matchTarget(preview, { ...choice, newGroup: ' ', into: ['g'] }), 'g');
  const one = { ...choice, newGroup: '' };
  assert.equal(matchTarget(preview, one), null);
  assert.equal(matchTarget(preview, { ...one, proxies: new Set([1]) }), 'p1');
  assert.equal(matchTarget(preview, { ...choice, how: 'replace' }), null);
});

test('the request says what was ticked, and nothing where the whole text replaces the file', () => {
  const preview = aPreview({ canReplace: true });
  const choice = firstChoice(preview, bare);
  assert.deepEqual(requestOf(preview, choice), {
    ...{ id: 'x', hash: preview.hash, how: 'merge', author: 'ui' },
    ...{ proxies: [0, 1], groups: [], rules: [], newGroup: 'Proxy', match: 'Proxy' },
  });
  const whole = requestOf(preview, { ...choice, how: 'replace' });
  assert.deepEqual(whole, { id: 'x', hash: preview.hash, how: 'replace', author: 'ui' });
});

test('a subscription is kept up to date unless somebody wants a copy', () => {
  const preview = aPreview({ provider: 'plan' });
  const choice = firstChoice(preview, bare);
  assert.equal(choice.how, 'provider');
  assert.deepEqual(waysOf(preview), ['merge', 'provider']);
  const request = requestOf(preview, choice);
  assert.equal(request.provider, 'plan');
  assert.equal(request.proxies, undefined);
  assert.equal(isEmpty({ ...choice, provider: ' ' }), true);
});

test('of proxies that are not spoken nothing is left, unless the file as a whole can be taken', () => {
  assert.equal(hasNothing(aPreview({ proxies: [] })), true);
  assert.equal(hasNothing(aPreview({ proxies: [], provider: 'plan' })), true);
  assert.equal(hasNothing(aPreview({ proxies: [], canReplace: true })), false);
  assert.equal(hasNothing(aPreview({})), false);
});
