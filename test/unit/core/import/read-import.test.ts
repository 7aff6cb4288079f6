/** What a text is, and what is found in it: nothing that is hostile gets further, and nothing throws anything but our own errors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SluiceError } from '../../../../core/api/errors.ts';
import type { Found } from '../../../../core/import/found.ts';
import { MAX_IMPORT_TEXT } from '../../../../core/api/import.ts';
import { readInThread } from '../../../../core/import/reader.ts';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import { merge } from '../../../../core/import/merge.ts';
import { planImport } from '../../../../core/import/plan.ts';
import { readImport } from '../../../../core/import/read-import.ts';
import { PROFILE } from './profile.ts';

function shown({ proxies }: Found): string[] {
  return proxies.map(({ settings }) => {
    const { name, type, server, port, username, password, tls, dialerProxy } = settings;
    const login = username === '' ? '' : `${username}:${password}@`;
    const more = `${tls === null ? '' : ` tls ${tls.sni}`}${dialerProxy === '' ? '' : ` by ${dialerProxy}`}`;
    return `${name} = ${type}://${login}${server}:${port}${more}`;
  });
}

function problems({ problems: { list } }: Found): string[] {
  return list.map(({ line, name, message }) => `${line} ${name}: ${message}`);
}

test('lines in every way in which people pass proxies on', () => {
  const found = readImport(`
# mine
socks5://u:p%40@a.test:1080#Tokyo%201
socks://dXNlcjpwYXNzQGIudGVzdDoxMDgx#all in Base64
socks://dXNlcjpwYXNz@c.test:1082
socks4://d.test:1083
socks4a://d.test:1084
http://u:p@e.test:8080
https://f.test:8443?sni=x.test
g.test:3128
h.test:1080:me:secret
me:secret@192.0.2.1:1081
[2001:db8::1]:1080
- socks5://item.test:1
'http://quoted.test:1',
curl -x socks5h://j.test:1080 -U me:secret https://example.com/
curl --socks5-hostname=k.test https://example.com/
export ALL_PROXY="socks5://l.test:9"
`);
  assert.equal(found.format, 'lines');
  assert.deepEqual(shown(found), [
    'Tokyo 1 = socks5://u:p@@a.test:1080',
    'all in Base64 = socks5://user:pass@b.test:1081',
    'c.test:1082 = socks5://user:pass@c.test:1082',
    'd.test:1083 = socks4://d.test:1083',
    'd.test:1084 = socks4a://d.test:1084',
    'e.test:8080 = http://u:p@e.test:8080',
    'f.test:8443 = http://f.test:8443 tls x.test',
    'g.test:3128 = http://g.test:3128',
    'h.test:1080 = socks5://me:secret@h.test:1080',
    '192.0.2.1:1081 = socks5://me:secret@192.0.2.1:1081',
    '[2001:db8::1]:1080 = socks5://2001:db8::1:1080',
    'item.test:1 = socks5://item.test:1',
    'quoted.test:1 = http://quoted.test:1',
    'j.test:1080 = socks5://me:secret@j.test:1080',
    'k.test:1080 = socks5://k.test:1080',
    'l.test:9 = socks5://l.test:9',
  ]);
  assert.deepEqual(problems(found), []);
  assert.match(found.proxies[7]?.note ?? '', /taken for an HTTP proxy, by its port/);
});

test('what Sluice does not speak is told by its line, and the rest is taken', () => {
  const found = readImport('vmess://eyJh\nss://YWJj@h.test:1#Sea\nnonsense\nsocks5://a.test:1\n');
  assert.deepEqual(shown(found), ['a.test:1 = socks5://a.test:1']);
  assert.deepEqual(problems(found), [
    '1 vmess: Sluice does not speak vmess',
    '2 Sea: Sluice does not speak ss',
    '3 : "nonsense" is no proxy that is known here',
  ]);
});

test('a subscription in Base64, with line breaks in it', () => {
  const packed = Buffer.from('socks5://a.test:1#one\r\nhttp://b.test:2#two\r\n').toString('base64');
  const found = readImport(packed.replace(/(.{20})/g, '$1\n'));
  assert.deepEqual(shown(found), ['one = socks5://a.test:1', 'two = http://b.test:2']);
  const clash = 'proxies:\n  - {name: one, type: socks5, server: a.test, port: 1}\n';
  const unpacked = readImport(Buffer.from(clash).toString('base64url'));
  assert.equal(unpacked.format, 'clash');
  assert.deepEqual(shown(unpacked), ['one = socks5://a.test:1']);
});

test('a word that could be Base64 is what it is', () => {
  for (const word of ['nonsense', 'AAAAAAAAAAAA', 'proxy.test/8080']) {
    assert.throws(() => readImport(word), { code: 'ERR_IMPORT_EMPTY' }, word);
  }
});

test('Clash YAML as a whole, as JSON, as sections, and as a bare list', () => {
  const proxy = '{name: a, type: socks5, server: a.test, port: 1}';
  for (const text of [
    `proxies:\n  - ${proxy}\n`,
    `port: 7890\r\nproxies: [${proxy}]\r\nrules: ['MATCH,a']\r\n`,
    `- ${proxy}\n`,
    '- name: a\n  type: socks5\n  server: a.test\n  port: 1\n',
    '{"port": 1, "proxies": [{"name": "a", "type": "socks5", "server": "a.test", "port": 1}]}',
    `\ufeffproxies:\n  - ${proxy}\n`,
  ]) {
    const found = readImport(text);
    assert.equal(found.format, 'clash', text);
    assert.deepEqual(shown(found), ['a = socks5://a.test:1'], text);
  }
});

test('Clash: what cannot be used is told with its line; paths of another machine are left out', () => {
  const found = readImport(`
external-controller: 0.0.0.0:9090
proxies:
  - {name: V, type: vmess, server: v.test, port: 1}
  - {name: Bad, type: socks5, server: 'x y', port: 1}
  - {name: A, type: socks5, server: a.test, port: 1, tls: true, ca: /etc/shadow}
proxy-groups:
  - {name: G, type: select, proxies: [A, V], use: [sub]}
  - {name: R, type: relay, proxies: [A]}
proxy-providers:
  sub: {type: http, url: 'https://s.test/', path: /etc/cron.d/x}
  own: {type: file, path: ./x.yaml}
rules:
  - DOMAIN,a.test,G
  - WRONG,x,G
  - SUB-RULE,(NETWORK,udp),other
`);
  assert.deepEqual([...(found.providers[0]?.value.keys() ?? [])], ['type', 'url']);
  assert.deepEqual(problems(found), [
    '4 V: Sluice does not speak "vmess"',
    '5 Bad: server must be a domain name or an IP address, not "x y"',
    '9 R: groups of the type "relay" do not exist here: chain proxies with dialer-proxy instead',
    '15 WRONG,x,G: unknown rule type "WRONG"',
    '16 SUB-RULE,(NETWORK,udp),other: rules that lead to other lists are not taken over',
    '12 own: this provider is a file of another machine',
    '2 : As a whole it would also open the control API at "0.0.0.0:9090"',
    '11 sub: As a whole it would also read or write the file "/etc/cron.d/x"',
  ]);
  assert.match(found.proxies[0]?.note ?? '', /CA is a file of another machine/);
  assert.equal(JSON.stringify(found.proxies).includes('shadow'), false);
});

test('a profile of Proxifier: proxies, chains, rules, and passwords that cannot be read', () => {
  const found = readImport(PROFILE);
  assert.equal(found.format, 'proxifier');
  assert.deepEqual(shown(found), [
    '127.0.0.1:1080 = socks5://user:@127.0.0.1:1080',
    'Office & Co = http://proxy.example.com:3128',
    'old.example.com:1080 = socks4://old.example.com:1080',
    'Two hops = http://proxy.example.com:3128 by 127.0.0.1:1080',
  ]);
  assert.match(found.proxies[0]?.note ?? '', /has encrypted its password/);
  assert.deepEqual(
    found.groups.map(({ name, type, members }) => [name, type, members]),
    [['Spare', 'fallback', ['127.0.0.1:1080', 'old.example.com:1080']]],
  );
  assert.deepEqual(
    found.rules.map(({ rule, enabled }) => `${enabled ? '' : '# '}${rule}`),
    [
      'DOMAIN,localhost,DIRECT',
      'IP-CIDR,127.0.0.1/32,DIRECT,no-resolve',
      'IP-CIDR6,::1/128,DIRECT,no-resolve',
      String.raw`AND,((OR,((PROCESS-NAME,thunderbird.exe),(PROCESS-PATH,C:\Program Files\out look.exe),` +
        '(PROCESS-NAME-WILDCARD,fire*.exe))),(OR,((DOMAIN-WILDCARD,*.example.com),' +
        '(IP-CIDR,10.0.0.0/8,no-resolve),(IP-CIDR,192.168.1.5/32,no-resolve),' +
        '(IP-CIDR,192.168.1.6/31,no-resolve),(IP-CIDR,192.168.1.8/32,no-resolve),' +
        '(IP-CIDR,172.16.0.0/16,no-resolve))),(DST-PORT,25/143/8000-9000)),Two hops',
      '# DST-PORT,23,REJECT',
      'MATCH,Spare',
    ],
  );
  assert.deepEqual(problems(found), [
    '40 ss.example.com:8388: Sluice does not speak "SHADOWSOCKS"',
    '59 Lost: its proxy "103" is not there',
    '59 Lost: the chain is left out, since not all of it can be used',
    '66 Localhost: "%ComputerName%" is another machine\'s own name',
    '83 Gone: the rule leads to "103", which is not there',
    '88 Only this machine: "%ComputerName%" is another machine\'s own name',
    '88 Only this machine: the rule is left out, since one of its lists cannot be used',
  ]);
});

test('a profile that was saved without encryption brings its passwords', () => {
  const found = readImport(PROFILE.replace('mode="basic"', 'mode="disabled"'));
  assert.equal(found.proxies[0]?.settings.password, 'AAACgvEFQtRZxdwLq7mFYA==');
  assert.equal(found.proxies[0]?.note, '');
});

test('entities, document types and endless nesting of XML are refused', () => {
  const bombs = [
    PROFILE.replace('<ProxifierProfile', '<!DOCTYPE p [<!ENTITY a "aaaa">]>\n<ProxifierProfile'),
    PROFILE.replace('Office &amp; Co', '&xxe;'),
    `<?xml version="1.0"?><ProxifierProfile>${'<a>'.repeat(100_000)}`,
    `<?xml version="1.0"?><ProxifierProfile>${'<a/>'.repeat(300_000)}</ProxifierProfile>`,
    '<?xml version="1.0"?><other/>',
    '<?xml version="1.0"?>',
  ];
  for (const text of bombs) {
    assert.throws(() => readImport(text), { code: 'ERR_IMPORT_FORMAT' }, text.slice(0, 60));
  }
});

test('aliases that multiply, and depth without end, are refused', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let n = 1; n < 12; n++)
    lines.push(
      `a${n}: &a${n} [${Array(10)
        .fill(`*a${n - 1}`)
        .join(', ')}]`,
    );
  const bomb = `${lines.join('\n')}\nproxy-groups: [{name: g, type: select, proxies: [DIRECT], x: *a11}]\n`;
  assert.throws(() => readImport(bomb), { code: 'ERR_IMPORT_TOO_LARGE' });
});

test('a text that wants all memory or time ends its thread, and nothing else', async () => {
  await assert.rejects(readInThread(`proxies: ${'['.repeat(MAX_IMPORT_TEXT - 9)}`), {
    code: 'ERR_IMPORT_TOO_LARGE',
  });
  const { proxies } = await readInThread('socks5://a.test:1');
  assert.equal(proxies.length, 1);
});

test('names are short, on one line, and hide nothing', () => {
  const name = `a\u202Eevil\u0007\n${'x'.repeat(2000)}`;
  const found = readImport(`socks5://a.test:1#${encodeURIComponent(name)}`);
  const [proxy] = found.proxies;
  assert.ok(proxy !== undefined);
  assert.equal(proxy.settings.name.length <= 128, true);
  assert.equal(/[\p{Cc}\u202E]/u.test(proxy.settings.name), false);
  const many = 'socks5://a.test:1\n'.repeat(10_100);
  const all = readImport(many);
  assert.equal(all.proxies.length, 10_000);
  assert.equal(all.problems.list.length + all.problems.omitted, 100);
});

test('texts that are nothing of all that say so', () => {
  for (const text of [
    '',
    'hello',
    '<html><body>login</body></html>',
    '{"outbounds": []}',
    '\0\0',
  ]) {
    assert.throws(
      () => readImport(text),
      (error: SluiceError) => error.code.startsWith('ERR_IMPORT_'),
    );
  }
});

const OWN = 'proxies:\n  - {name: a, type: socks5, server: a.test, port: 1}\nrules:\n  - MATCH,a\n';

test('whatever the text is, it is taken over or refused', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      ...[
        'proxies:\n- {name: b, type: http, server: b.test, port: 2}\n',
        'proxies:\n',
        '- {name: ',
        'type: socks5',
        'server: ',
        '&a ',
        '*a',
        '<<: *a',
        '}',
        ']',
        '[',
        '{',
        ', ',
      ],
      ...[
        'socks5://',
        'socks://',
        '@',
        ':1080',
        '#',
        '%',
        'curl -x ',
        'http_proxy=',
        '"',
        "'",
        '\n',
        '\r',
        '\t',
      ],
      ...[
        '<?xml version="1.0"?>',
        '<ProxifierProfile>',
        '<ProxyList>',
        '<Proxy id="1" type="SOCKS5">',
        '</Proxy>',
      ],
      ...[
        '<Rule>',
        '<Targets>',
        '1.2.3.4-1.2.3.9;',
        '</Targets>',
        '<Action type="Proxy">1</Action>',
        '</Rule>',
        '&amp;',
      ],
      ...['rules:\n- ', 'MATCH,a', 'AND,((', 'proxy-groups:\n- ', 'RULE-SET,x,'],
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        const found = readImport(pieces.join(''));
        for (const { settings } of found.proxies) assert.equal(settings.name.length <= 128, true);
        const { text } = merge(OWN, planImport(found, OWN), { groups: 'all', rules: 'all' });
        const { problems } = parseConfig(text, 'f');
        assert.equal(
          problems.some(({ code }) => code.startsWith('yaml-')),
          false,
          text,
        );
      } catch (error) {
        assert.ok(error instanceof SluiceError, String(error));
        assert.match(error.code, /^ERR_(?:IMPORT|EDIT)_/);
      }
    }),
    { numRuns: 400 },
  );
});
