/** `sluice import` and the changes of `sluice proxies`, as processes of their own, with a core to change. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { ImportPreview, ImportResult } from '../../../../core/api/import.ts';
import type { UpstreamTestStep } from '../../../../core/api/upstreams.ts';
import { CoreLab } from '../core-lab.ts';

const TEXT = 'mode: rule\nrules:\n  # ads\n  - DOMAIN,a.test,REJECT # note\n  - MATCH,DIRECT\n';
const CLASH =
  'proxies:\n  - {name: A, type: socks5, server: 192.0.2.1, port: 1}\n' +
  '  - {name: V, type: vmess, server: v.test, port: 1}\n' +
  'proxy-groups:\n  - {name: G, type: select, proxies: [A, V]}\n' +
  'rules:\n  - DOMAIN,b.test,G\n  - MATCH,G\n';

let lab: CoreLab;

beforeEach(async () => {
  lab = new CoreLab();
  await lab.start(TEXT);
});

afterEach(() => lab.close());

const file = (content: string, name = 'import.txt'): string => lab.write(name, content);

test('a dry run shows what there is, and changes nothing', async () => {
  const { code, out } = await lab.sluice('import', file(CLASH), '--dry-run', '--json');
  assert.equal(code, 0);
  const preview = JSON.parse(out) as ImportPreview;
  assert.deepEqual(
    [preview.format, preview.proxies.length, preview.groups.length, preview.rules.length],
    ['clash', 1, 1, 2],
  );
  const shown = await lab.sluice('import', file(CLASH), '--dry-run');
  assert.match(
    shown.out,
    /^Format: Clash YAML\n\nPROXY +TYPE +SERVER +NOTE\nA +socks5 +192\.0\.2\.1:1\n/,
  );
  assert.match(shown.out, /line 3, V: Sluice does not speak "vmess"/);
  assert.equal(lab.text(), TEXT);
});

test('lines from standard input become proxies of a new group, and the rest goes there', async () => {
  const lines = 'socks5://192.0.2.1:1#one\nhttp://192.0.2.2:2#two\nvmess://x\n';
  const args = ['import', '-', '--new-group', 'Mine', '--match', 'Mine'];
  const { code, out, err } = await lab.sluiceReading(lines, ...args);
  assert.deepEqual([code, out], [0, 'Added 2 proxies, 1 group, 0 rules.\nApplied.\n']);
  assert.match(err, /line 3, vmess: Sluice does not speak vmess/);
  assert.equal(
    lab.text(),
    'mode: rule\nproxies:\n  - name: one\n    type: socks5\n    server: 192.0.2.1\n    port: 1\n    udp: true\n' +
      '  - name: two\n    type: http\n    server: 192.0.2.2\n    port: 2\n\n' +
      'proxy-groups:\n  - name: Mine\n    type: select\n    proxies:\n      - one\n      - two\n\n' +
      'rules:\n  # ads\n  - DOMAIN,a.test,REJECT # note\n  - MATCH,Mine\n',
  );
  assert.equal(lab.core.status().config.proxies, 2);
  assert.equal((await lab.sluice('history', 'undo')).code, 0);
  assert.equal(lab.text(), TEXT);
});

test('groups and rules come along where they are asked for; the same again adds nothing', async () => {
  const args = ['import', file(CLASH), '--groups', '--rules', '--json'];
  const first = JSON.parse((await lab.sluice(...args)).out) as ImportResult;
  assert.deepEqual([first.proxies, first.groups, first.rules], [['A'], ['G'], 1]);
  assert.match(lab.text(), /REJECT # note\n {2}- DOMAIN,b\.test,G\n {2}- MATCH,G\n$/);
  const before = lab.text();
  const again = JSON.parse((await lab.sluice('import', file(CLASH), '--json')).out) as ImportResult;
  assert.deepEqual([again.proxies, again.groups], [[], []]);
  assert.equal(lab.text(), before);
});

test('a whole file takes the place of ours, and undo brings ours back', async () => {
  const { code, out } = await lab.sluice('import', file(CLASH), '--replace');
  assert.deepEqual([code, out], [0, 'The file has 1 proxy, 1 group, 2 rules.\nApplied.\n']);
  assert.equal(lab.text(), CLASH);
  await lab.sluice('history', 'undo');
  assert.equal(lab.text(), TEXT);
  const lines = await lab.sluice('import', file('socks5://192.0.2.1:1\n'), '--replace');
  assert.match(lines.err, /ERR_IMPORT_NOT_WHOLE/);
  assert.equal(lab.text(), TEXT);
});

test('a proxy is added by its line, tested, and removed', async () => {
  const added = await lab.sluice(
    'proxies',
    'add',
    'socks5://127.0.0.1:1#x',
    '--name',
    'mine',
    '--match',
  );
  assert.deepEqual([added.code, added.out], [0, 'Applied.\n']);
  assert.match(lab.text(), /name: mine\n[^]*MATCH,mine\n$/);
  const checked = await lab.sluice('proxies', 'check', 'mine', '--json');
  assert.equal(checked.code, 1);
  const steps = JSON.parse(checked.out) as UpstreamTestStep[];
  assert.deepEqual(
    steps.map(({ step, state }) => `${step} ${state}`),
    [
      'resolve skipped',
      'connect failed',
      ...['tls skipped', 'auth skipped', 'tcp skipped', 'udp skipped', 'dns skipped'],
    ],
  );
  assert.equal(steps[1]?.code, 'ERR_UPSTREAM_REFUSED');
  const used = await lab.sluice('proxies', 'remove', 'mine');
  assert.match(used.err, /the rule "MATCH,mine".*ERR_UPSTREAM_IN_USE/);
  await lab.sluice('rules', 'remove', 'MATCH,mine');
  assert.equal((await lab.sluice('proxies', 'remove', 'mine')).code, 0);
  assert.equal(lab.core.status().config.proxies, 0);
});

test('what makes no sense changes nothing and says why', async () => {
  for (const [args, code, message] of [
    [['import'], 2, /FILE, URL or - is missing/],
    [['import', join(lab.dir, 'nowhere')], 1, /ERR_IMPORT_FILE/],
    [['import', file('hello', 'x')], 1, /ERR_IMPORT_EMPTY/],
    [['import', file(CLASH), '--into', 'nobody'], 1, /ERR_GROUP_UNKNOWN/],
    [['import', file(CLASH), '--match', 'nobody'], 1, /ERR_EDIT_INVALID/],
    [['import', file(CLASH), '--replace', '--rules'], 2, /--replace takes everything/],
    [['import', file(CLASH), '--subscribe'], 1, /needs a URL/],
    [['import', file(CLASH), '--via', 'A'], 2, /--via is for a URL/],
    [['import', 'http://127.0.0.1:1/x'], 1, /refused/i],
    [['proxies', 'add', 'socks5://192.0.2.1:1\nsocks5://192.0.2.2:1'], 1, /Write one proxy/],
    [['proxies', 'check', 'DIRECT'], 1, /ERR_TEST_REFUSED/],
    [['proxies', 'swap'], 2, /none of list, add, remove, check/],
    [['proxies', '--match'], 2, /are for add/],
  ] as const) {
    const { code: found, err } = await lab.sluice(...args);
    assert.equal(found, code, `${args.join(' ')}: ${err}`);
    assert.match(err, message);
  }
  assert.equal(lab.text(), TEXT);
});
