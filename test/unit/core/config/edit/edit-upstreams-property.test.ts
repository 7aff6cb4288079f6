/** Whatever the style of a file: an edit of an upstream changes what it was meant to, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { UpstreamEdit, UpstreamSettings } from '../../../../../core/api/upstreams.ts';
import type { Config } from '../../../../../core/config/config.ts';
import { editUpstream } from '../../../../../core/config/edit/edit-upstreams.ts';
import { parseConfig } from '../../../../../core/config/parse-config.ts';
import { settingsOf } from '../../../../../core/config/upstream-settings.ts';
import { merge } from '../../../../../core/import/merge.ts';
import { planImport } from '../../../../../core/import/plan.ts';
import { readImport } from '../../../../../core/import/read-import.ts';
import { nameOf, randomFile } from './random-file.ts';
import type { RandomFile } from './random-file.ts';

const RUNS = { numRuns: 150 };

function configOf(text: string): Config {
  const { config, problems } = parseConfig(text, 'f');
  assert.ok(config !== null, `${JSON.stringify(problems)}\n${text}`);
  return config;
}

/** What a file says, without where it says it. */
function said({ proxies, groups, rules }: Config) {
  return {
    proxies: proxies.map((proxy) => settingsOf(proxy)),
    groups: groups
      .filter(({ position }) => position.line > 0)
      .map(({ name, type, members }) => ({ name, type, members })),
    rules: rules.map(({ type, payload, target }) => ({ type, payload, target })),
  };
}

/** Every comment is still there, in its order, but those that went with what was removed. */
function assertComments(file: RandomFile, text: string, lost = 0): void {
  const kept = file.comments.filter((comment) => text.includes(comment));
  assert.ok(kept.length >= file.comments.length - lost, `${file.text}\n=>\n${text}`);
  const places = kept.map((comment) => text.indexOf(comment));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
}

/** Line breaks stay what they were. */
function assertBreaks({ text: before }: RandomFile, text: string): void {
  const isWindows = before.includes('\r\n');
  assert.equal(/(?<!\r)\n/.test(text), !isWindows && text.includes('\n'), JSON.stringify(text));
}

const settings = (name: string, more: Partial<UpstreamSettings> = {}): UpstreamSettings => ({
  ...{ name, type: 'socks5', server: '198.51.100.7', port: 1080, username: '', password: '' },
  ...{ udp: false, tls: null, dialerProxy: '', headers: {} },
  ...more,
});

test('added: last, and in its groups', () => {
  fc.assert(
    fc.property(randomFile, nameOf, fc.boolean(), (file, name, isRest) => {
      fc.pre(![...file.proxies, ...file.groups].some((one) => one.name === name));
      // A comma cannot stand in the target of a rule, and the rule language trims.
      const match = isRest && /^[A-Za-z0-9 ]+$/.test(name);
      const groups = file.groups.map((group) => group.name);
      const added = settings(name, { username: 'u', password: 'p: "\'#', udp: true });
      const text = editUpstream(file.text, { op: 'add', settings: added, groups, match });
      const before = said(configOf(file.text));
      assert.deepEqual(said(configOf(text)), {
        proxies: [...before.proxies, added],
        groups: before.groups.map((group) => ({ ...group, members: [...group.members, name] })),
        rules: before.rules.map((rule) =>
          rule.type === 'MATCH' && match ? { ...rule, target: name } : rule,
        ),
      });
      assertComments(file, text);
      assertBreaks(file, text);
    }),
    RUNS,
  );
});

test('changed and renamed: everything else stays', () => {
  fc.assert(
    fc.property(randomFile, nameOf, fc.nat(), fc.boolean(), (file, name, pick, hasTls) => {
      const index = pick % file.proxies.length;
      const old = file.proxies[index]?.name ?? '';
      fc.pre(![...file.proxies, ...file.groups].some((one) => one.name === name && name !== old));
      const tls = { sni: 'tls.test', skipCertVerify: true, fingerprint: '', caText: 'A\nB\n' };
      const after = settings(name, {
        ...(hasTls
          ? { tls: { ...tls, caText: '' }, type: 'http', headers: { 'X-A': 'b: c' } }
          : {}),
        ...(pick % 2 === 0 ? { username: 'me', password: "it's" } : {}),
      });
      const edit: UpstreamEdit = { op: 'replace', name: old, settings: after };
      const text = editUpstream(file.text, edit);
      const before = said(configOf(file.text));
      assert.deepEqual(said(configOf(text)), {
        proxies: before.proxies.with(index, after),
        groups: before.groups.map((group) => ({
          ...group,
          members: group.members.map((member) => (member === old ? name : member)),
        })),
        rules: before.rules,
      });
      // A key that goes takes the comment behind it along: at most user name and password.
      assertComments(file, text, 2);
      assertBreaks(file, text);
    }),
    RUNS,
  );
});

test('removed: it leaves its groups, or is refused where one would be empty', () => {
  fc.assert(
    fc.property(randomFile, fc.nat(), (file, pick) => {
      const index = pick % file.proxies.length;
      const name = file.proxies[index]?.name ?? '';
      const isLast = file.groups.some(({ members }) => members.length === 1 && members[0] === name);
      const edit: UpstreamEdit = { op: 'remove', name, force: true };
      if (isLast) {
        assert.throws(() => editUpstream(file.text, edit), { code: 'ERR_UPSTREAM_LAST_MEMBER' });
        return;
      }
      const text = editUpstream(file.text, edit);
      const before = said(configOf(file.text));
      assert.deepEqual(said(configOf(text)), {
        proxies: before.proxies.toSpliced(index, 1),
        groups: before.groups.map((group) => ({
          ...group,
          members: group.members.filter((member) => member !== name),
        })),
        rules: before.rules,
      });
      // Up to twelve of its own, and one beside each membership.
      assertComments(file, text, 12 + file.groups.length);
      assertBreaks(file, text);
    }),
    RUNS,
  );
});

test('one file imported into another: both are there, under names that are free', () => {
  fc.assert(
    fc.property(randomFile, randomFile, (file, other) => {
      const found = readImport(other.text);
      const plan = planImport(found, file.text);
      const { text } = merge(file.text, plan, { groups: 'all', rules: 'all' });
      const before = said(configOf(file.text));
      const after = said(configOf(text));
      assert.deepEqual(after.proxies.slice(0, before.proxies.length), before.proxies);
      assert.deepEqual(after.groups.slice(0, before.groups.length), before.groups);
      const added = plan.proxies.filter(({ conflict }) => conflict !== 'same');
      assert.equal(after.proxies.length, before.proxies.length + added.length);
      assert.equal(after.groups.length, before.groups.length + other.groups.length);
      assert.equal(after.rules.length, before.rules.length + 1);
      assert.equal(after.rules.at(-1)?.type, 'MATCH');
      assertComments(file, text);
      assertBreaks(file, text);
    }),
    RUNS,
  );
});
