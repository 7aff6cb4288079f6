/** Commands that ask a running core, as processes of their own. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Explanation } from '../../../../core/api/explain.ts';
import type { FlowInfo, FlowList, FlowsFrame } from '../../../../core/api/flows.ts';
import type { ProviderList } from '../../../../core/api/providers.ts';
import type { GroupTest } from '../../../../core/api/proxies.ts';
import type { Status } from '../../../../core/api/status.ts';
import { CoreLab, program } from '../core-lab.ts';
import { LISTS } from './lists.ts';

let lab: CoreLab;

beforeEach(() => {
  lab = new CoreLab();
});

afterEach(() => lab.close());

test('without a command the list of commands is shown, as a mistake', async () => {
  const { code, out, err } = await lab.sluice();
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /run .*\n.*check/);
});

test('help is an answer, for the program and for each command', async () => {
  const all = await lab.sluice('--help');
  assert.equal(all.code, 0);
  for (const line of all.out.matchAll(/^ {2}(\w+)/gm)) {
    const name = line[1] ?? '';
    const { code, out } = await lab.sluice(name, '--help');
    assert.equal(code, 0, name);
    assert.match(out, new RegExp(`^Usage: sluice ${name}`));
  }
});

test('an unknown command suggests the nearest', async () => {
  const { code, err } = await lab.sluice('statsu');
  assert.equal(code, 2);
  assert.match(err, /did you mean "status"\?/);
});

test('an unknown option names the command whose help tells more', async () => {
  const { code, err } = await lab.sluice('status', '--jsn');
  assert.equal(code, 2);
  assert.match(err, /--jsn[^]*sluice status --help/);
});

test('the version is that of the product', async () => {
  assert.match((await lab.sluice('--version')).out, /^sluice \d+\.\d+\.\d+\n$/);
});

test('the interface is opened by what the desktop has for it; without one its link is printed', async () => {
  await lab.start('rules: ["MATCH,DIRECT"]\n');
  const taken = join(lab.dir, 'taken');
  const opener = lab.write('xdg-open', `#!/bin/sh\nprintf %s "$1" > ${taken}\n`);
  chmodSync(opener, 0o755);
  const link = /^http:\/\/127\.0\.0\.1:\d+\/ui\/#code=[\w-]{22}$/;
  const path = `${lab.dir}:${process.env['PATH']}`;
  Object.assign(lab.env, { PATH: path, DISPLAY: '', WAYLAND_DISPLAY: 'wayland-0' });
  assert.equal((await lab.sluice('ui')).out, 'Opened in your browser.\n');
  assert.match(readFileSync(taken, 'utf8'), link);
  rmSync(taken);
  assert.match((await lab.sluice('ui', '--print')).out.trimEnd(), link);
  // What cannot be opened can be copied.
  writeFileSync(opener, '#!/bin/sh\nexit 3\n');
  assert.match((await lab.sluice('ui')).out.trimEnd(), link);
  Object.assign(lab.env, { WAYLAND_DISPLAY: '' });
  assert.match((await lab.sluice('ui')).out.trimEnd(), link);
  assert.equal(existsSync(taken), false);
});

test('a test that failed says why, of a group and of one proxy', async () => {
  await lab.start(
    [
      'proxies: [{name: nobody, type: socks5, server: 127.0.0.1, port: 1}]',
      'proxy-groups: [{name: way, type: select, proxies: [nobody, REJECT]}]',
      'rules: ["MATCH,way"]',
    ].join('\n'),
  );
  const { code, out } = await lab.sluice('test', 'way');
  assert.equal(code, 1);
  // What refuses always was not tested, and so has not failed.
  assert.match(out, /^nobody +failed: .*127\.0\.0\.1.* \[ERR_UPSTREAM_SERVER\]\n$/);
  const { delays, errors } = JSON.parse(
    (await lab.sluice('test', 'way', '--json')).out,
  ) as GroupTest;
  assert.deepEqual([delays, Object.keys(errors)], [{ nobody: 0 }, ['nobody']]);
  assert.match((await lab.sluice('test', 'nobody')).err, /127\.0\.0\.1.*ERR_UPSTREAM_SERVER/);
});

test('explain asks the running core', async () => {
  await lab.start('rules: ["DOMAIN,b.com,REJECT", "MATCH,DIRECT"]\n');
  const { out } = await lab.sluice('explain', 'b.com', '--json');
  assert.equal((JSON.parse(out) as Explanation).target, 'REJECT');
});

test('commands that ask the core say that none runs', async () => {
  for (const args of [['status'], ['flows'], ['close', '1'], ['reload']]) {
    const { code, err } = await lab.sluice(...args);
    assert.equal(code, 1, args[0]);
    assert.match(err, /not running.*ERR_NOT_RUNNING/);
  }
});

test('reading the file again does not begin a new run', async () => {
  const core = await lab.start('rules: ["MATCH,DIRECT"]\n');
  const { since } = core.status();
  lab.write('config.yaml', 'rules: ["MATCH,REJECT"]\n');
  assert.equal((await lab.sluice('reload')).out, 'Applied.\n');
  assert.equal(core.status().since, since);
});

test('status tells a person and a program the same', async () => {
  await lab.start('mode: direct\nrules: ["MATCH,DIRECT"]\n');
  const status = JSON.parse((await lab.sluice('status', '--json')).out) as Status;
  assert.deepEqual([status.state, status.mode], ['running', 'direct']);
  const { out } = await lab.sluice('status');
  assert.match(out, /^State +running/);
  assert.match(out, new RegExp(`process ${process.pid}`));
  assert.match(out, /mode direct: 1 rule,/);
});

test('flows are shown with what a hostile name would do to the terminal written out', async () => {
  const { flows } = await lab.start('rules: ["MATCH,DIRECT"]\n');
  const record = flows.open('tcp', '198.18.0.1', 40000, '2001:db8::1', 443);
  record.domain = 'evil\u001b[2Jname';
  const { out } = await lab.sluice('flows');
  assert.match(out, /evil\\u\{1b\}\[2Jname:443/);
  const listed = JSON.parse((await lab.sluice('flows', '--json')).out) as FlowList;
  assert.equal(listed.flows[0]?.domain, 'evil\u001b[2Jname');
});

test('one flow is shown with its timeline, while it lives and after', async () => {
  const { flows } = await lab.start('rules: ["MATCH,DIRECT"]\n');
  const record = flows.open('tcp', '198.18.0.1', 40000, '192.0.2.1', 443);
  record.times.mark('decided');
  const live = await lab.sluice('flows', `${record.id}`);
  assert.match(live.out, /^to +192\.0\.2\.1:443$/m);
  assert.match(live.out, /^\+[0-9.]+ m?s +rule decided$/m);
  assert.doesNotMatch(live.out, /upstream asked/);
  flows.finish(record, 'closed');
  assert.match((await lab.sluice('flows', `${record.id}`)).out, / ended$/m);
  const json = JSON.parse((await lab.sluice('flows', `${record.id}`, '--json')).out) as FlowInfo;
  assert.deepEqual(Object.keys(json.timeline), ['decided', 'ended']);
  assert.match((await lab.sluice('flows', '99999')).err, /ERR_FLOW_UNKNOWN/);
});

test('a recording is a file for its owner alone; there is one at a time, and core knows the limits', async () => {
  const { recorder } = await lab.start('rules: ["MATCH,DIRECT"]\n');
  const path = join(lab.dir, 'packets.pcap');
  const { code, err } = await lab.sluice('record', '--seconds', '1', '-o', path);
  assert.equal(code, 0);
  assert.match(err, /Its time is over\. 0 packets, 0 B\. Written to /);
  assert.deepEqual([readFileSync(path).length, statSync(path).mode & 0o777], [24, 0o600]);
  assert.equal(recorder.info(), null);
  recorder.start({ flow: null, seconds: 60, size: 1, snap: 65_535 });
  assert.match((await lab.sluice('status')).out, /^Recording packets are being recorded$/m);
  assert.match((await lab.sluice('record', '-o', path)).err, /ERR_RECORDING_RUNS/);
  // That of somebody else goes on.
  assert.equal(recorder.isOn, true);
  recorder.forget();
  assert.match((await lab.sluice('record', '-o', path, '--size', '999')).err, /from 1 to 256/);
  assert.match((await lab.sluice('record', '-o', path, '--flow', '7')).err, /ERR_FLOW_UNKNOWN/);
});

test('what cannot be written is known before anything is recorded', async () => {
  const { recorder } = await lab.start('rules: ["MATCH,DIRECT"]\n');
  const link = join(lab.dir, 'link.pcap');
  symlinkSync(lab.write('precious', 'precious'), link);
  for (const path of [link, join(lab.dir, 'no/such/folder.pcap')]) {
    assert.match((await lab.sluice('record', '-o', path)).err, /ERR_RECORD_FILE/);
  }
  assert.equal(readFileSync(join(lab.dir, 'precious'), 'utf8'), 'precious');
  assert.equal(recorder.info(), null);
  assert.equal((await lab.sluice('record')).code, 2);
  assert.equal((await lab.sluice('record', '-o', link, '--seconds', 'ten')).code, 2);
});

test('flows that ended are listed when asked for', async () => {
  const { flows } = await lab.start('rules: ["MATCH,DIRECT"]\n');
  flows.finish(flows.open('udp', '198.18.0.1', 40000, '192.0.2.1', 53), 'refused');
  assert.match((await lab.sluice('flows', '--state', 'closed')).out, /udp +refused/);
  assert.doesNotMatch((await lab.sluice('flows')).out, /refused/);
});

test('a query stands in the columns of the flows', async () => {
  await lab.start('dns: {enable: true}\nrules: ["MATCH,DIRECT"]\n');
  await lab.sluice('dns', 'query', 'a.test');
  const { out } = await lab.sluice('flows', '--state', 'all');
  const [heading = '', query = ''] = out.split('\n');
  const at = heading.indexOf('DESTINATION');
  assert.match(query.slice(at), /^a\.test A /);
  assert.match(query.slice(heading.indexOf('SOURCE')), /^sluice /);
});

test('watched flows are printed as they open and close, until the reader goes', async () => {
  const { flows } = await lab.start('rules: ["MATCH,DIRECT"]\n');
  const record = flows.open('tcp', '198.18.0.1', 40000, '192.0.2.1', 443);
  const args = [program, 'flows', '--watch', '--json'];
  const child = execFile(process.execPath, args, { env: lab.env });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const first = await new Promise<string>((resolve) => child.stdout?.once('data', resolve));
  assert.equal((JSON.parse(first) as FlowsFrame).opened[0]?.id, record.id);
  child.stdout?.destroy();
  assert.equal(await exited, 0);
});

test('close ends a flow, and knows when there is none', async () => {
  const { flows } = await lab.start('rules: ["MATCH,DIRECT"]\n');
  const record = flows.open('tcp', '198.18.0.1', 40000, '192.0.2.1', 443);
  let ended = false;
  record.abort = () => {
    ended = true;
  };
  assert.equal((await lab.sluice('close', `${record.id}`)).code, 0);
  assert.equal(ended, true);
  const unknown = await lab.sluice('close', '999');
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /ERR_FLOW_UNKNOWN/);
  assert.equal((await lab.sluice('close', 'x')).code, 2);
});

test('reload applies a good file and shows what is wrong with a bad one', async () => {
  await lab.start('rules: ["MATCH,DIRECT"]\n');
  lab.write('config.yaml', 'rules: ["MATCH,REJECT"]\n');
  const good = await lab.sluice('reload');
  assert.deepEqual([good.code, good.out], [0, 'Applied.\n']);
  lab.write('config.yaml', 'rules: ["MATCH,NOWHERE"]\n');
  const bad = await lab.sluice('reload');
  assert.equal(bad.code, 1);
  assert.match(bad.err, /config\.yaml:1:\d+ error .*NOWHERE[^]*Nothing was changed/);
});

test('run beside another core in the same folder says so', async () => {
  await lab.start('rules: ["MATCH,DIRECT"]\n');
  const { code, err } = await lab.sluice('run');
  assert.equal(code, 1);
  assert.match(err, /ERR_ALREADY_RUNNING/);
});

test('providers lists them with what is wrong, and refreshes by name', async () => {
  lab.write('ads.txt', 'a.test\nb b\n+.c.test\n');
  await lab.start(LISTS);
  const { code, out } = await lab.sluice('providers');
  assert.equal(code, 0);
  assert.match(out, /^RULES\nNAME +TYPE +ENTRIES +SIZE +UPDATED +NEXT +STATE\n/);
  assert.match(out, /\nads +file, domain +2 +20 B +\d+s ago +- +1 broken\n/);
  assert.match(out, /\ngone +file, ipcidr +0 .* never .*gone\.yaml: there is no such file/);
  assert.match(out, /PROXIES\n[^]*\nads +inline +1 .* in use\n/);
  lab.write('ads.txt', 'a.test\n');
  const refreshed = await lab.sluice('providers', 'refresh', 'ads');
  assert.deepEqual([refreshed.code, refreshed.out], [0, 'Refreshed ads.\nRefreshed ads.\n']);
  const list = JSON.parse((await lab.sluice('providers', '--json')).out) as ProviderList;
  assert.deepEqual([list.rules[0]?.count, list.rules[0]?.broken], [1, 0]);
  const failed = await lab.sluice('providers', 'refresh', 'gone');
  assert.equal(failed.code, 1);
  assert.match(failed.err, /ERR_LIST_UNREADABLE/);
  assert.match((await lab.sluice('providers', 'refresh', 'x')).err, /No provider is called x/);
  assert.equal((await lab.sluice('providers', 'drop', 'ads')).code, 2);
});
