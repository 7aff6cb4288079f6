import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Explanation } from '../../../../core/api/explain.ts';
import type { FlowInfo, FlowList, FlowsFrame } from '../../../../core/api/flows.ts';
import type { ProviderList } from '../../../../core/api/providers.ts';
import type { Status } from '../../../../core/api/status.ts';
import { Core } from '../../../../core/core.ts';
import { createLogger } from '../../../../core/log/logger.ts';
import { QuietPlatform } from '../engine/quiet-platform.ts';

const program = join(import.meta.dirname, '../../../../core/cli/sluice.mjs');

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let dir = '';
let core: Core | null = null;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
});

afterEach(async () => {
  await core?.stop();
  core = null;
  rmSync(dir, { recursive: true });
});

/** Runs `sluice ARGS` as a process of its own. */
function sluice(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, SLUICE_STATE_DIR: join(dir, 'state') };
    execFile(process.execPath, [program, ...args], { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

function write(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

/** A core in this process, with a device in memory, for the commands to ask. */
async function startCore(yaml: string): Promise<Core> {
  core = await Core.start({
    configPath: write('config.yaml', yaml),
    stateDir: join(dir, 'state'),
    log: createLogger({ level: 'silent', write: () => undefined }),
    openPlatform: async () => new QuietPlatform(),
    deviceOf: ({ tun }) => ({ kind: 'memory', mtu: tun.mtu }),
  });
  return core;
}

test('without a command the list of commands is shown, as a mistake', async () => {
  const { code, out, err } = await sluice();
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /run .*\n.*check/);
});

test('help is an answer, for the program and for each command', async () => {
  const all = await sluice('--help');
  assert.equal(all.code, 0);
  for (const line of all.out.matchAll(/^ {2}(\w+)/gm)) {
    const name = line[1] ?? '';
    const { code, out } = await sluice(name, '--help');
    assert.equal(code, 0, name);
    assert.match(out, new RegExp(`^Usage: sluice ${name}`));
  }
});

test('an unknown command suggests the nearest', async () => {
  const { code, err } = await sluice('statsu');
  assert.equal(code, 2);
  assert.match(err, /did you mean "status"\?/);
});

test('an unknown option names the command whose help tells more', async () => {
  const { code, err } = await sluice('status', '--jsn');
  assert.equal(code, 2);
  assert.match(err, /--jsn[^]*sluice status --help/);
});

test('the version is that of the product', async () => {
  assert.match((await sluice('--version')).out, /^sluice \d+\.\d+\.\d+\n$/);
});

test('check prints every problem with its place and fails on an error', async () => {
  const path = write('bad.yaml', 'rulez: []\nrules:\n  - MATCH,NOWHERE\n');
  const { code, out } = await sluice('check', path);
  assert.equal(code, 1);
  const lines = out.trimEnd().split('\n');
  assert.match(lines[0] ?? '', new RegExp(`^${path}:1:1 warning [a-z-]+ .*rules`));
  assert.match(lines.at(-1) ?? '', new RegExp(`^${path}:3:\\d+ error [a-z-]+ .*NOWHERE`));
});

test('check accepts a file with warnings alone', async () => {
  const path = write('warn.yaml', 'rulez: []\nrules: ["MATCH,DIRECT"]\n');
  const { code, out } = await sluice('check', path, '--json');
  assert.equal(code, 0);
  assert.deepEqual(
    (JSON.parse(out) as { severity: string }[]).map(({ severity }) => severity),
    ['warning'],
  );
});

test('check of a file that is not there is one clear error', async () => {
  const { code, out } = await sluice('check', join(dir, 'none.yaml'));
  assert.equal(code, 1);
  assert.match(out, /none\.yaml:1:1 error file-unreadable .*no such file/);
});

test('lint tells what is superfluous, and removes it when asked to', async () => {
  const text =
    'rules:\n  - DOMAIN-SUFFIX,b.com,REJECT # all\n  - DOMAIN,a.b.com,DIRECT\n  - MATCH,DIRECT\n';
  const path = write('lint.yaml', text);
  const told = await sluice('lint', path);
  assert.equal(told.code, 1);
  assert.match(told.out, /lint\.yaml:3:5 warning rule-shadowed .*line 2.*\(--fix\)\n$/);
  const checked = await sluice('check', path);
  assert.match(checked.out, /:3:5 warning rule-shadowed/);
  const fixed = await sluice('lint', path, '--fix');
  assert.equal(fixed.code, 0);
  assert.match(fixed.err, /1 change made/);
  assert.equal(
    readFileSync(path, 'utf8'),
    'rules:\n  - DOMAIN-SUFFIX,b.com,REJECT # all\n  - MATCH,DIRECT\n',
  );
});

const casesConfig = `
proxy-groups: [{name: g, type: select, proxies: [REJECT, DIRECT]}]
sub-rules: {mine: ["DST-PORT,53,REJECT"]}
rules:
  - DOMAIN-SUFFIX,b.com,g
  - AND,((ZONE,wsl),(PROCESS-NAME,curl)),REJECT
  - SUB-RULE,(NETWORK,udp),mine
  - IP-CIDR,192.0.2.0/24,REJECT-DROP
  - MATCH,DIRECT
`;

test('rules test passes where every expectation holds', async () => {
  const config = write('cases-config.yaml', casesConfig);
  const cases = write(
    'cases.yaml',
    `cases:
  - { host: www.b.com, target: g, rule: "DOMAIN-SUFFIX, b.com, g" }
  - { host: b.com, target: REJECT }
  - { host: a.com, zone: wsl, process: curl, target: REJECT }
  - { host: a.com, network: udp, port: 53, rule: "DST-PORT,53,REJECT" }
  - { host: a.com, address: 192.0.2.7, target: REJECT-DROP }
  - { host: 203.0.113.5, target: DIRECT, rule: "MATCH,DIRECT" }
`,
  );
  const { code, out } = await sluice('rules', 'test', cases, '-c', config);
  assert.match(out, /^ok {3}1 www\.b\.com -> g\n/);
  assert.match(out, /6 cases: 6 passed, 0 failed\n$/);
  assert.equal(code, 0);
});

test('rules test without a table says how to get one', async () => {
  const { code, err } = await sluice('rules', 'test', join(dir, 'none.yaml'));
  assert.equal(code, 1);
  assert.match(err, /There are no tests in .*none\.yaml\. Make some/);
});

test('rules test fails with the position of the case and what decided instead', async () => {
  const config = write('cases-config.yaml', casesConfig);
  const cases = write(
    'failing.yaml',
    '- { host: a.com, address: 203.0.113.1, target: REJECT }\n- { host: "a..b", target: g }\n- { host: b.com, target: g }\n',
  );
  const { code, out } = await sluice('rules', 'test', cases, '-c', config);
  assert.equal(code, 1);
  assert.match(
    out,
    /^FAIL 1 a\.com \(.*failing\.yaml:1:3\)\n +expected the target REJECT, and it goes to DIRECT\n +decided by rule 5, line 9: MATCH,DIRECT\n/,
  );
  assert.match(out, /FAIL 2 a\.\.b \(.*:2:3\)[^]*3 cases: 1 passed, 2 failed\n$/);
});

for (const [text, expected] of [
  ['- { host: a.com }', /:1:3 error case-expects-nothing/],
  ['- { target: DIRECT }', /:1:3 error key-missing cases\[0\]\.host/],
  ['- { host: a.com, prot: 80, target: g }', /warning .*prot.*port/],
  ['- { host: a.com, port: 0, target: g }', /:1:24 error .*port/],
  ['cases: []', /cases-none/],
  ['- [', /yaml-syntax/],
] as const) {
  test(`rules test says what is wrong with ${text}`, async () => {
    const config = write('cases-config.yaml', casesConfig);
    const { code, err } = await sluice('rules', 'test', write('bad.yaml', text), '-c', config);
    assert.match(err, expected);
    assert.equal(code, 1);
  });
}

test('explain goes by a file when no core runs', async () => {
  const path = write('a.yaml', 'rules: ["DOMAIN-SUFFIX,b.com,REJECT", "MATCH,DIRECT"]\n');
  const { code, out } = await sluice('explain', 'www.example.com:8080', '-c', path);
  assert.equal(code, 0);
  assert.match(out, /^www\.example\.com:8080 \(tcp\) goes to DIRECT\n/);
  assert.match(out, /- 1\. DOMAIN-SUFFIX,b\.com,REJECT[^]*www\.example\.com is not/);
});

test('explain shows logic member by member, and what was chosen', async () => {
  const path = write(
    'logic.yaml',
    'proxy-groups: [{name: g, type: select, proxies: [REJECT, DIRECT]}]\n' +
      'rules: ["AND,((PROCESS-NAME,curl),(NETWORK,udp)),DIRECT", "MATCH,g"]\n',
  );
  const { out } = await sluice('explain', 'b.com', '-c', path, '--process', 'curl');
  assert.match(out, /The group g chose REJECT: nobody has chosen/);
  assert.match(
    out,
    /- 1\. AND[^]*1 of 2 match, and all must\n +\+ PROCESS-NAME,curl: .*\n +- NETWORK,udp/,
  );
  const { code, err } = await sluice('explain', 'b.com', '-c', path, '--zone', 'moon');
  assert.equal(code, 2);
  assert.match(err, /zone must be/);
});

test('explain of a broken file is its first error', async () => {
  const path = write('a.yaml', 'rules: ["MATCH,NOWHERE"]\n');
  const { code, err } = await sluice('explain', 'example.com', '-c', path);
  assert.equal(code, 1);
  assert.match(err, /a\.yaml:1:\d+ error/);
});

test('explain asks the running core', async () => {
  await startCore('rules: ["DOMAIN,b.com,REJECT", "MATCH,DIRECT"]\n');
  const { out } = await sluice('explain', 'b.com', '--json');
  assert.equal((JSON.parse(out) as Explanation).target, 'REJECT');
});

test('explain takes hosts, ports, brackets, bare IPv6 and pasted addresses', async () => {
  const path = write('a.yaml', 'rules: ["MATCH,DIRECT"]\n');
  const cases = [
    ['example.com', 'example.com', 443],
    ['example.com:80', 'example.com', 80],
    ['192.0.2.1:22', '192.0.2.1', 22],
    ['[2001:db8::1]:80', '2001:db8::1', 80],
    ['2001:db8::1', '2001:db8::1', 443],
    ['http://example.com/path?x', 'example.com', 80],
    ['https://[2001:db8::1]:8443/', '2001:db8::1', 8443],
  ] as const;
  for (const [text, host, port] of cases) {
    const { out, err } = await sluice('explain', text, '-c', path, '--json');
    assert.equal(err, '', text);
    const found = JSON.parse(out) as Explanation;
    assert.deepEqual([found.host, found.port], [host, port], text);
  }
});

test('explain refuses what is no destination', async () => {
  for (const text of ['a:b:c:d:zz', 'example.com:0', 'example.com:70000', '[::1', '/path']) {
    const { code, err } = await sluice('explain', text);
    assert.equal(code, 2, text);
    assert.match(err, /sluice explain --help/);
  }
});

test('commands that ask the core say that none runs', async () => {
  for (const args of [['status'], ['flows'], ['close', '1'], ['reload']]) {
    const { code, err } = await sluice(...args);
    assert.equal(code, 1, args[0]);
    assert.match(err, /not running.*ERR_NOT_RUNNING/);
  }
});

test('status tells a person and a program the same', async () => {
  await startCore('mode: direct\nrules: ["MATCH,DIRECT"]\n');
  const status = JSON.parse((await sluice('status', '--json')).out) as Status;
  assert.deepEqual([status.state, status.mode], ['running', 'direct']);
  const { out } = await sluice('status');
  assert.match(out, /^State +running/);
  assert.match(out, new RegExp(`process ${process.pid}`));
  assert.match(out, /mode direct: 1 rule,/);
});

test('flows are shown with what a hostile name would do to the terminal written out', async () => {
  const { flows } = await startCore('rules: ["MATCH,DIRECT"]\n');
  const record = flows.open('tcp', '198.18.0.1', 40000, '2001:db8::1', 443);
  record.domain = 'evil\u001b[2Jname';
  const { out } = await sluice('flows');
  assert.match(out, /evil\\u\{1b\}\[2Jname:443/);
  const listed = JSON.parse((await sluice('flows', '--json')).out) as FlowList;
  assert.equal(listed.flows[0]?.domain, 'evil\u001b[2Jname');
});

test('one flow is shown with its timeline, while it lives and after', async () => {
  const { flows } = await startCore('rules: ["MATCH,DIRECT"]\n');
  const record = flows.open('tcp', '198.18.0.1', 40000, '192.0.2.1', 443);
  record.times.mark('decided');
  const live = await sluice('flows', `${record.id}`);
  assert.match(live.out, /^to +192\.0\.2\.1:443$/m);
  assert.match(live.out, /^\+[0-9.]+ m?s +rule decided$/m);
  assert.doesNotMatch(live.out, /upstream asked/);
  flows.finish(record, 'closed');
  assert.match((await sluice('flows', `${record.id}`)).out, / ended$/m);
  const json = JSON.parse((await sluice('flows', `${record.id}`, '--json')).out) as FlowInfo;
  assert.deepEqual(Object.keys(json.timeline), ['decided', 'ended']);
  assert.match((await sluice('flows', '99999')).err, /ERR_FLOW_UNKNOWN/);
});

test('a recording is a file for its owner alone; there is one at a time, and core knows the limits', async () => {
  const { recorder } = await startCore('rules: ["MATCH,DIRECT"]\n');
  const path = join(dir, 'packets.pcap');
  const { code, err } = await sluice('record', '--seconds', '1', '-o', path);
  assert.equal(code, 0);
  assert.match(err, /Its time is over\. 0 packets, 0 B\. Written to /);
  assert.deepEqual([readFileSync(path).length, statSync(path).mode & 0o777], [24, 0o600]);
  assert.equal(recorder.info(), null);
  recorder.start({ flow: null, seconds: 60, size: 1, snap: 65_535 });
  assert.match((await sluice('status')).out, /^Recording packets are being recorded$/m);
  assert.match((await sluice('record', '-o', path)).err, /ERR_RECORDING_RUNS/);
  // That of somebody else goes on.
  assert.equal(recorder.isOn, true);
  recorder.forget();
  assert.match((await sluice('record', '-o', path, '--size', '999')).err, /from 1 to 256/);
  assert.match((await sluice('record', '-o', path, '--flow', '7')).err, /ERR_FLOW_UNKNOWN/);
});

test('what cannot be written is known before anything is recorded', async () => {
  const { recorder } = await startCore('rules: ["MATCH,DIRECT"]\n');
  const link = join(dir, 'link.pcap');
  symlinkSync(write('precious', 'precious'), link);
  for (const path of [link, join(dir, 'no/such/folder.pcap')]) {
    assert.match((await sluice('record', '-o', path)).err, /ERR_RECORD_FILE/);
  }
  assert.equal(readFileSync(join(dir, 'precious'), 'utf8'), 'precious');
  assert.equal(recorder.info(), null);
  assert.equal((await sluice('record')).code, 2);
  assert.equal((await sluice('record', '-o', link, '--seconds', 'ten')).code, 2);
});

test('flows that ended are listed when asked for', async () => {
  const { flows } = await startCore('rules: ["MATCH,DIRECT"]\n');
  flows.finish(flows.open('udp', '198.18.0.1', 40000, '192.0.2.1', 53), 'refused');
  assert.match((await sluice('flows', '--state', 'closed')).out, /udp +refused/);
  assert.doesNotMatch((await sluice('flows')).out, /refused/);
});

test('watched flows are printed as they open and close, until the reader goes', async () => {
  const { flows } = await startCore('rules: ["MATCH,DIRECT"]\n');
  const record = flows.open('tcp', '198.18.0.1', 40000, '192.0.2.1', 443);
  const child = execFile(process.execPath, [program, 'flows', '--watch', '--json'], {
    env: { ...process.env, SLUICE_STATE_DIR: join(dir, 'state') },
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const first = await new Promise<string>((resolve) => child.stdout?.once('data', resolve));
  assert.equal((JSON.parse(first) as FlowsFrame).opened[0]?.id, record.id);
  child.stdout?.destroy();
  assert.equal(await exited, 0);
});

test('close ends a flow, and knows when there is none', async () => {
  const { flows } = await startCore('rules: ["MATCH,DIRECT"]\n');
  const record = flows.open('tcp', '198.18.0.1', 40000, '192.0.2.1', 443);
  let ended = false;
  record.abort = () => {
    ended = true;
  };
  assert.equal((await sluice('close', `${record.id}`)).code, 0);
  assert.equal(ended, true);
  const unknown = await sluice('close', '999');
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /ERR_FLOW_UNKNOWN/);
  assert.equal((await sluice('close', 'x')).code, 2);
});

test('reload applies a good file and shows what is wrong with a bad one', async () => {
  await startCore('rules: ["MATCH,DIRECT"]\n');
  write('config.yaml', 'rules: ["MATCH,REJECT"]\n');
  const good = await sluice('reload');
  assert.deepEqual([good.code, good.out], [0, 'Applied.\n']);
  write('config.yaml', 'rules: ["MATCH,NOWHERE"]\n');
  const bad = await sluice('reload');
  assert.equal(bad.code, 1);
  assert.match(bad.err, /config\.yaml:1:\d+ error .*NOWHERE[^]*Nothing was changed/);
});

test('run with a broken file prints its problems and begins nothing', async () => {
  const path = write('bad.yaml', 'rules:\n  - MATCH,NOWHERE\n');
  const { code, err } = await sluice('run', '-c', path);
  assert.equal(code, 1);
  assert.match(err, /bad\.yaml:2:\d+ error[^]*nothing was changed/);
});

test('run beside another core in the same folder says so', async () => {
  await startCore('rules: ["MATCH,DIRECT"]\n');
  const { code, err } = await sluice('run');
  assert.equal(code, 1);
  assert.match(err, /ERR_ALREADY_RUNNING/);
});

const LISTS = `rules: ["RULE-SET,ads,REJECT", "MATCH,DIRECT"]
rule-providers:
  ads: {type: file, behavior: domain, format: text, path: ads.txt}
  gone: {type: file, behavior: ipcidr, path: gone.yaml}
proxy-providers:
  ads: {type: inline, payload: [{name: p, type: socks5, server: 192.0.2.1, port: 1080}]}
`;

test('providers lists them with what is wrong, and refreshes by name', async () => {
  write('ads.txt', 'a.test\nb b\n+.c.test\n');
  await startCore(LISTS);
  const { code, out } = await sluice('providers');
  assert.equal(code, 0);
  assert.match(out, /^RULES\nNAME +TYPE +ENTRIES +SIZE +UPDATED +NEXT +STATE\n/);
  assert.match(out, /\nads +file, domain +2 +20 B +\d+s ago +- +1 broken\n/);
  assert.match(out, /\ngone +file, ipcidr +0 .* never .*gone\.yaml: there is no such file/);
  assert.match(out, /PROXIES\n[^]*\nads +inline +1 .* in use\n/);
  write('ads.txt', 'a.test\n');
  const refreshed = await sluice('providers', 'refresh', 'ads');
  assert.deepEqual([refreshed.code, refreshed.out], [0, 'Refreshed ads.\nRefreshed ads.\n']);
  const list = JSON.parse((await sluice('providers', '--json')).out) as ProviderList;
  assert.deepEqual([list.rules[0]?.count, list.rules[0]?.broken], [1, 0]);
  const failed = await sluice('providers', 'refresh', 'gone');
  assert.equal(failed.code, 1);
  assert.match(failed.err, /ERR_LIST_UNREADABLE/);
  assert.match((await sluice('providers', 'refresh', 'x')).err, /No provider is called x/);
  assert.equal((await sluice('providers', 'drop', 'ads')).code, 2);
});

test('check reads lists that are at hand', async () => {
  const path = write('config.yaml', LISTS);
  const list = write('ads.txt', 'a.test\nb b\n+.c.test\n');
  const { code, out } = await sluice('check', path);
  assert.equal(code, 0);
  const line = `${list}:2:1 warning provider-line "b b" is not a domain name; it is passed over\n`;
  assert.ok(out.includes(line), out);
  assert.match(
    out,
    /config\.yaml:4:9 warning provider-unusable the provider "gone" cannot be used/,
  );
});

test('explain by a file asks the lists that are at hand', async () => {
  write('ads.txt', '+.ads.test\n');
  const path = write('config.yaml', LISTS);
  const { code, out } = await sluice('explain', '-c', path, '--json', 'x.ads.test');
  assert.equal(code, 0);
  const { ruleText, target } = JSON.parse(out) as Explanation;
  assert.deepEqual([ruleText, target], ['RULE-SET,ads,REJECT', 'REJECT']);
});
