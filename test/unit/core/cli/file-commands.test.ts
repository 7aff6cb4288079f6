/** Commands that need a file and no running core: check, lint, explain, the tests of rules. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Explanation } from '../../../../core/api/explain.ts';
import { CoreLab } from '../core-lab.ts';
import { LISTS } from './lists.ts';

let lab: CoreLab;

beforeEach(() => {
  lab = new CoreLab();
});

afterEach(() => lab.close());

test('check prints every problem with its place and fails on an error', async () => {
  const path = lab.write('bad.yaml', 'rulez: []\nrules:\n  - MATCH,NOWHERE\n');
  const { code, out } = await lab.sluice('check', path);
  assert.equal(code, 1);
  const lines = out.trimEnd().split('\n');
  assert.match(lines[0] ?? '', new RegExp(`^${path}:1:1 warning [a-z-]+ .*rules`));
  assert.match(lines.at(-1) ?? '', new RegExp(`^${path}:3:\\d+ error [a-z-]+ .*NOWHERE`));
});

test('check accepts a file with warnings alone', async () => {
  const path = lab.write('warn.yaml', 'rulez: []\nrules: ["MATCH,DIRECT"]\n');
  const { code, out } = await lab.sluice('check', path, '--json');
  assert.equal(code, 0);
  assert.deepEqual(
    (JSON.parse(out) as { severity: string }[]).map(({ severity }) => severity),
    ['warning'],
  );
});

test('check of a file that is not there is one clear error', async () => {
  const { code, out } = await lab.sluice('check', join(lab.dir, 'none.yaml'));
  assert.equal(code, 1);
  assert.match(out, /none\.yaml:1:1 error file-unreadable .*no such file/);
});

test('lint tells what is superfluous, and removes it when asked to', async () => {
  const text =
    'rules:\n  - DOMAIN-SUFFIX,b.com,REJECT # all\n  - DOMAIN,a.b.com,DIRECT\n  - MATCH,DIRECT\n';
  const path = lab.write('lint.yaml', text);
  const told = await lab.sluice('lint', path);
  assert.equal(told.code, 1);
  assert.match(told.out, /lint\.yaml:3:5 warning rule-shadowed .*line 2.*\(--fix\)\n$/);
  const checked = await lab.sluice('check', path);
  assert.match(checked.out, /:3:5 warning rule-shadowed/);
  const fixed = await lab.sluice('lint', path, '--fix');
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
  const config = lab.write('cases-config.yaml', casesConfig);
  const cases = lab.write(
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
  const { code, out } = await lab.sluice('rules', 'test', cases, '-c', config);
  assert.match(out, /^ok {3}1 www\.b\.com -> g\n/);
  assert.match(out, /6 cases: 6 passed, 0 failed\n$/);
  assert.equal(code, 0);
});

test('rules test without a table says how to get one', async () => {
  const { code, err } = await lab.sluice('rules', 'test', join(lab.dir, 'none.yaml'));
  assert.equal(code, 1);
  assert.match(err, /There are no tests in .*none\.yaml\. Make some/);
});

test('rules test fails with the position of the case and what decided instead', async () => {
  const config = lab.write('cases-config.yaml', casesConfig);
  const cases = lab.write(
    'failing.yaml',
    '- { host: a.com, address: 203.0.113.1, target: REJECT }\n- { host: "a..b", target: g }\n- { host: b.com, target: g }\n',
  );
  const { code, out } = await lab.sluice('rules', 'test', cases, '-c', config);
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
    const config = lab.write('cases-config.yaml', casesConfig);
    const { code, err } = await lab.sluice(
      'rules',
      'test',
      lab.write('bad.yaml', text),
      '-c',
      config,
    );
    assert.match(err, expected);
    assert.equal(code, 1);
  });
}

test('explain goes by a file when no core runs', async () => {
  const path = lab.write('a.yaml', 'rules: ["DOMAIN-SUFFIX,b.com,REJECT", "MATCH,DIRECT"]\n');
  const { code, out } = await lab.sluice('explain', 'www.example.com:8080', '-c', path);
  assert.equal(code, 0);
  assert.match(out, /^www\.example\.com:8080 \(tcp\) goes to DIRECT\n/);
  assert.match(out, /- 1\. DOMAIN-SUFFIX,b\.com,REJECT[^]*www\.example\.com is not/);
});

test('explain shows logic member by member, and what was chosen', async () => {
  const path = lab.write(
    'logic.yaml',
    'proxy-groups: [{name: g, type: select, proxies: [REJECT, DIRECT]}]\n' +
      'rules: ["AND,((PROCESS-NAME,curl),(NETWORK,udp)),DIRECT", "MATCH,g"]\n',
  );
  const { out } = await lab.sluice('explain', 'b.com', '-c', path, '--process', 'curl');
  assert.match(out, /The group g chose REJECT: nobody has chosen/);
  assert.match(
    out,
    /- 1\. AND[^]*1 of 2 match, and all must\n +\+ PROCESS-NAME,curl: .*\n +- NETWORK,udp/,
  );
  const { code, err } = await lab.sluice('explain', 'b.com', '-c', path, '--zone', 'moon');
  assert.equal(code, 2);
  assert.match(err, /zone must be/);
});

test('explain of a broken file is its first error', async () => {
  const path = lab.write('a.yaml', 'rules: ["MATCH,NOWHERE"]\n');
  const { code, err } = await lab.sluice('explain', 'example.com', '-c', path);
  assert.equal(code, 1);
  assert.match(err, /a\.yaml:1:\d+ error/);
});

test('explain takes hosts, ports, brackets, bare IPv6 and pasted addresses', async () => {
  const path = lab.write('a.yaml', 'rules: ["MATCH,DIRECT"]\n');
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
    const { out, err } = await lab.sluice('explain', text, '-c', path, '--json');
    assert.equal(err, '', text);
    const found = JSON.parse(out) as Explanation;
    assert.deepEqual([found.host, found.port], [host, port], text);
  }
});

test('explain refuses what is no destination', async () => {
  for (const text of ['a:b:c:d:zz', 'example.com:0', 'example.com:70000', '[::1', '/path']) {
    const { code, err } = await lab.sluice('explain', text);
    assert.equal(code, 2, text);
    assert.match(err, /sluice explain --help/);
  }
});

test('run with a broken file prints its problems and begins nothing', async () => {
  const path = lab.write('bad.yaml', 'rules:\n  - MATCH,NOWHERE\n');
  const { code, err } = await lab.sluice('run', '-c', path);
  assert.equal(code, 1);
  assert.match(err, /bad\.yaml:2:\d+ error[^]*nothing was changed/);
});

test('check reads lists that are at hand', async () => {
  const path = lab.write('config.yaml', LISTS);
  const list = lab.write('ads.txt', 'a.test\nb b\n+.c.test\n');
  const { code, out } = await lab.sluice('check', path);
  assert.equal(code, 0);
  const line = `${list}:2:1 warning provider-line "b b" is not a domain name; it is passed over\n`;
  assert.ok(out.includes(line), out);
  assert.match(
    out,
    /config\.yaml:4:9 warning provider-unusable the provider "gone" cannot be used/,
  );
});

test('explain by a file asks the lists that are at hand', async () => {
  lab.write('ads.txt', '+.ads.test\n');
  const path = lab.write('config.yaml', LISTS);
  const { code, out } = await lab.sluice('explain', '-c', path, '--json', 'x.ads.test');
  assert.equal(code, 0);
  const { ruleText, target } = JSON.parse(out) as Explanation;
  assert.deepEqual([ruleText, target], ['RULE-SET,ads,REJECT', 'REJECT']);
});
