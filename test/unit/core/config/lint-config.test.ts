import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyFixes, lintConfig } from '../../../../core/config/lint-config.ts';
import type { LintResult } from '../../../../core/config/lint-config.ts';
import { EMPTY_CONTEXT } from '../../../../rules/rule-set.ts';
import { configOf } from './check.ts';

function lint(text: string): LintResult[] {
  return lintConfig(configOf(text), EMPTY_CONTEXT, text);
}

function fix(text: string): string {
  return applyFixes(text, lint(text)).text;
}

test('superfluous rules go, prefixes become what they mean; comments and layout stay', () => {
  const text = `rules:
  # mine
  - DOMAIN-SUFFIX,a.com,DIRECT   # all of it
  - DOMAIN,x.a.com,REJECT
  - 'IP-CIDR, 10.0.0.1/8 ,DIRECT,no-resolve' # private
  - "MATCH,DIRECT"
  - DST-PORT,80,REJECT
# the end
`;
  assert.equal(
    fix(text),
    `rules:
  # mine
  - DOMAIN-SUFFIX,a.com,DIRECT   # all of it
  - 'IP-CIDR, 10.0.0.0/8 ,DIRECT,no-resolve' # private
  - "MATCH,DIRECT"
# the end
`,
  );
});

test('line ends of any kind are kept', () => {
  const text = 'rules:\r\n- DOMAIN,a.com,DIRECT\r\n- DOMAIN,a.com,DIRECT\r\n- MATCH,DIRECT\r\n';
  assert.equal(fix(text), 'rules:\r\n- DOMAIN,a.com,DIRECT\r\n- MATCH,DIRECT\r\n');
});

for (const text of [
  'rules: ["DOMAIN,a.com,DIRECT", "DOMAIN,a.com,DIRECT", "MATCH,DIRECT"]\n',
  'rules:\n- DOMAIN,a.com,DIRECT\n- >-\n  DOMAIN,a.com,DIRECT\n- MATCH,DIRECT\n',
  'rules:\n- DOMAIN,a.com,DIRECT\n- DOMAIN,a.com,\n  DIRECT\n- MATCH,DIRECT\n',
  'rules:\n- &a DOMAIN,a.com,DIRECT\n- *a\n- MATCH,DIRECT\n',
]) {
  test(`what does not stand in a line of its own is told and left: ${JSON.stringify(text)}`, () => {
    assert.equal(lint(text)[0]?.code, 'rule-duplicate');
    assert.equal(fix(text), text);
  });
}

test('what might send flows elsewhere is suggested, and not done', () => {
  const text = 'rules:\n- GEOIP,CN,DIRECT\n- DOMAIN,a.com,REJECT\n- MATCH,DIRECT\n';
  const [finding] = lint(text);
  assert.equal(finding?.code, 'rule-forces-dns');
  assert.equal(finding.edit?.replacement, 'GEOIP,CN,DIRECT,no-resolve');
  assert.equal(fix(text), text);
});

test('names that nothing leads to are found, through groups, chains and DNS', () => {
  const found = lint(`
proxies:
  - {name: entry, type: socks5, server: 192.0.2.1, port: 1}
  - {name: exit, type: socks5, server: 192.0.2.2, port: 1, dialer-proxy: entry}
  - {name: idle, type: socks5, server: 192.0.2.3, port: 1}
proxy-groups:
  - {name: used, type: select, proxies: [inner]}
  - {name: inner, type: select, proxies: [exit]}
  - {name: spare, type: select, proxies: [idle]}
rule-providers:
  ads: {type: inline, behavior: domain, payload: [a.com]}
  old: {type: inline, behavior: domain, payload: [a.com]}
rules:
  - AND,((RULE-SET,ads),(NETWORK,tcp)),used
  - MATCH,DIRECT
`);
  assert.deepEqual(
    found.map(({ code, message }) => `${code} ${message}`),
    [
      'proxy-unused nothing leads to the proxy "idle"',
      'group-unused nothing leads to the group "spare"',
      'rule-provider-unused nothing leads to the rule provider "old"',
    ],
  );
});
