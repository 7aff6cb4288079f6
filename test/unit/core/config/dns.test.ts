import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DnsConfig, Nameserver } from '../../../../core/config/dns-config.ts';
import { configOf, markedProblem, problemsIn } from './check.ts';

const dnsOf = (text: string): DnsConfig => configOf(`dns: {${text}}`).dns;

/** One resolver, next to a proxy called `exit` and a group called `team`. */
function serverOf(text: string, more = ''): Nameserver {
  const { dns } = configOf(`
proxies: [{name: exit, type: direct}]
proxy-groups: [{name: team, type: select, proxies: [exit]}]
dns: {nameserver: ["${text}"]${more}}
`);
  assert.equal(dns.nameserver.length, 1);
  return dns.nameserver[0]!;
}

const noOptions = { ecs: '', ecsOverride: false, disabledTypes: [] };
const system = { kind: 'system', text: 'system', interfaceName: '', options: noOptions };
const straight = { via: null, interfaceName: '', options: noOptions };

test('without the key names get fake addresses, and the resolvers of the system are asked', () => {
  const { fakeIpFilter, ...dns } = configOf('mode: rule').dns;
  assert.ok(fakeIpFilter.length > 0 && fakeIpFilter.every(({ fake }) => !fake));
  assert.deepEqual(dns, {
    enable: true,
    listen: null,
    ipv6: true,
    ipv6Timeout: 100,
    mode: 'fake-ip',
    fakeIpRange: '198.18.0.0/16',
    fakeIpRange6: 'fdfe:dcba:9876::/64',
    fakeIpTtl: 1,
    fakeByDefault: true,
    useHosts: true,
    useSystemHosts: true,
    defaultNameserver: [system],
    nameserver: [system],
    fallback: [],
    fallbackFilter: { country: 'CN', geosite: [], prefixes: [], domains: [] },
    nameserverPolicy: [],
    proxyServerNameserver: [],
    proxyServerNameserverPolicy: [],
    directNameserver: [],
    directFollowsPolicy: false,
    cacheAlgorithm: 'lru',
    cacheMaxSize: 4096,
  });
});

test('what a file sets is used', () => {
  const text = `
dns:
  enable: false
  listen: :1053
  ipv6: false
  ipv6-timeout: 50
  enhanced-mode: normal
  fake-ip-range: 10.9.3.1/24
  fake-ip-range6: "fd00:1::5/112"
  fake-ip-ttl: 30
  fake-ip-filter: ["*.lan", "geosite:private,cn", "rule-set:Mine"]
  use-hosts: false
  use-system-hosts: false
  default-nameserver: [192.0.2.1, "tls://[2001:db8::1]"]
  nameserver: 192.0.2.2
  fallback: [tcp://192.0.2.3:5353]
  fallback-filter: {geoip-code: de, geosite: GFW, ipcidr: [240.1.1.1/4], domain: ["+.Example.com"]}
  nameserver-policy: {"a.test,*.b.test": 192.0.2.4, "geosite:cn": [192.0.2.5, system]}
  proxy-server-nameserver: [192.0.2.6]
  proxy-server-nameserver-policy: {"+.proxy.test": 192.0.2.7}
  direct-nameserver: [system]
  direct-nameserver-follow-policy: true
  cache-algorithm: arc
  cache-max-size: 100
`;
  assert.deepEqual(problemsIn(text), []);
  const { dns } = configOf(text);
  const texts = (servers: readonly Nameserver[]): string[] => servers.map((one) => one.text);
  assert.deepEqual(
    {
      ...dns,
      defaultNameserver: texts(dns.defaultNameserver),
      nameserver: texts(dns.nameserver),
      fallback: texts(dns.fallback),
      nameserverPolicy: dns.nameserverPolicy.map((one) => [
        one.text,
        one.patterns,
        texts(one.servers),
      ]),
      proxyServerNameserver: texts(dns.proxyServerNameserver),
      proxyServerNameserverPolicy: dns.proxyServerNameserverPolicy.map((one) => one.text),
      directNameserver: texts(dns.directNameserver),
    },
    {
      enable: false,
      listen: { address: '::', port: 1053 },
      ipv6: false,
      ipv6Timeout: 50,
      mode: 'redir-host',
      fakeIpRange: '10.9.3.0/24',
      fakeIpRange6: 'fd00:1::/112',
      fakeIpTtl: 30,
      fakeIpFilter: [
        { pattern: { kind: 'domain', pattern: '*.lan' }, fake: false },
        { pattern: { kind: 'geosite', name: 'private' }, fake: false },
        { pattern: { kind: 'geosite', name: 'cn' }, fake: false },
        { pattern: { kind: 'rule-set', name: 'Mine' }, fake: false },
      ],
      fakeByDefault: true,
      useHosts: false,
      useSystemHosts: false,
      defaultNameserver: ['192.0.2.1', 'tls://[2001:db8::1]'],
      nameserver: ['192.0.2.2'],
      fallback: ['tcp://192.0.2.3:5353'],
      fallbackFilter: {
        country: 'DE',
        geosite: ['gfw'],
        prefixes: ['240.0.0.0/4'],
        domains: ['+.example.com'],
      },
      nameserverPolicy: [
        [
          'a.test,*.b.test',
          [
            { kind: 'domain', pattern: 'a.test' },
            { kind: 'domain', pattern: '*.b.test' },
          ],
          ['192.0.2.4'],
        ],
        ['geosite:cn', [{ kind: 'geosite', name: 'cn' }], ['192.0.2.5', 'system']],
      ],
      proxyServerNameserver: ['192.0.2.6'],
      proxyServerNameserverPolicy: ['+.proxy.test'],
      directNameserver: ['system'],
      directFollowsPolicy: true,
      cacheAlgorithm: 'arc',
      cacheMaxSize: 100,
    },
  );
});

test('ipv6: false at the top switches it off for names, too', () => {
  assert.equal(configOf('ipv6: false\ndns: {ipv6: true}').dns.ipv6, false);
});

test('listens on all addresses, on one, or not', () => {
  assert.deepEqual(dnsOf('listen: "0.0.0.0:53"').listen, { address: '0.0.0.0', port: 53 });
  assert.deepEqual(dnsOf('listen: "[::1]:53"').listen, { address: '::1', port: 53 });
  assert.equal(dnsOf('listen: ""').listen, null);
});

test('a whitelist names what alone gets fake addresses', () => {
  const { fakeIpFilter, fakeByDefault } = dnsOf(
    'fake-ip-filter-mode: whitelist, fake-ip-filter: [+.x.test]',
  );
  assert.equal(fakeByDefault, false);
  assert.deepEqual(fakeIpFilter, [
    { pattern: { kind: 'domain', pattern: '+.x.test' }, fake: true },
  ]);
});

test('rules can decide who gets fake addresses', () => {
  const { fakeIpFilter, fakeByDefault } = dnsOf(
    'fake-ip-filter-mode: rule, fake-ip-filter: ["DOMAIN,a.test,real-ip", ' +
      '"DOMAIN-SUFFIX,b.test,fake-ip", "GEOSITE,CN,real-ip", "RULE-SET,r,fake-ip", "MATCH,real-ip"]',
  );
  assert.equal(fakeByDefault, true);
  assert.deepEqual(
    fakeIpFilter.map(({ pattern, fake }) => [Object.values(pattern ?? {}).join(' '), fake]),
    [
      ['domain a.test', false],
      ['domain +.b.test', true],
      ['geosite cn', false],
      ['rule-set r', true],
      ['', false],
    ],
  );
});

for (const [text, kind, host, port] of [
  ['1.1.1.1', 'udp', '1.1.1.1', 53],
  ['1.1.1.1:5353', 'udp', '1.1.1.1', 5353],
  ['2001:db8:0::1', 'udp', '2001:db8::1', 53],
  ['[2001:db8::1]:54', 'udp', '2001:db8::1', 54],
  ['udp://Dns.Example:54', 'udp', 'dns.example', 54],
  ['dns.example', 'udp', 'dns.example', 53],
  ['tcp://1.1.1.1', 'tcp', '1.1.1.1', 53],
] as const) {
  test(`reads ${text}`, () => {
    assert.deepEqual(serverOf(text), { kind, text, host, port, ...straight });
  });
}

test('reads DNS over TLS', () => {
  assert.deepEqual(
    serverOf('tls://dns.example:8853#skip-cert-verify=true&name-cert-verify=b.example'),
    {
      kind: 'tls',
      text: 'tls://dns.example:8853#skip-cert-verify=true&name-cert-verify=b.example',
      host: 'dns.example',
      port: 8853,
      ...straight,
      skipCertVerify: true,
      certName: 'b.example',
    },
  );
  const plain = serverOf('tls://1.1.1.1');
  assert.ok(plain.kind === 'tls');
  assert.deepEqual([plain.port, plain.certName, plain.skipCertVerify], [853, '1.1.1.1', false]);
});

test('reads DNS over HTTPS, and shows no password', () => {
  assert.deepEqual(serverOf('https://me:p%40ss@dns.example/q/a?b=c'), {
    kind: 'https',
    text: 'https://dns.example/q/a?b=c',
    host: 'dns.example',
    port: 443,
    ...straight,
    tls: true,
    path: '/q/a?b=c',
    authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    skipCertVerify: false,
    certName: 'dns.example',
  });
  const bare = serverOf('http://192.0.2.1');
  assert.ok(bare.kind === 'https');
  assert.deepEqual([bare.tls, bare.port, bare.path], [false, 80, '/']);
});

test('reads what needs no address', () => {
  const local = { text: '', interfaceName: '', options: noOptions };
  assert.deepEqual(serverOf('system'), { ...local, kind: 'system', text: 'system' });
  assert.equal(serverOf('dhcp://system').kind, 'system');
  assert.deepEqual(serverOf('dhcp://eth0'), {
    ...local,
    kind: 'dhcp',
    text: 'dhcp://eth0',
    interfaceName: 'eth0',
  });
  assert.deepEqual(serverOf('rcode://refused'), {
    kind: 'rcode',
    text: 'rcode://refused',
    options: noOptions,
    rcode: 5,
  });
});

test('reads the way to a resolver', () => {
  const way = (text: string): unknown => {
    const server = serverOf(text);
    return 'via' in server ? [server.via, server.interfaceName] : null;
  };
  assert.deepEqual(way('1.1.1.1'), [null, '']);
  assert.deepEqual(way('1.1.1.1#exit'), [{ proxy: 'exit' }, '']);
  assert.deepEqual(way('1.1.1.1#team'), [{ proxy: 'team' }, '']);
  assert.deepEqual(way('1.1.1.1#DIRECT'), [{ proxy: 'DIRECT' }, '']);
  assert.deepEqual(way('1.1.1.1#RULES'), ['rules', '']);
  assert.deepEqual(way('1.1.1.1#wlan7'), [null, 'wlan7']);
});

test('reads the options of a resolver', () => {
  const { options } = serverOf(
    'https://dns.example/dns-query#team&ecs=1.2.3.4/24&ecs-override=true&disable-ipv6=true' +
      '&disable-ipv4=false&disable-qtype-65=true',
  );
  assert.deepEqual(options, { ecs: '1.2.3.0/24', ecsOverride: true, disabledTypes: [28, 65] });
  assert.equal(serverOf('1.1.1.1#ecs=2001:db8::5').options.ecs, '2001:db8::5/128');
});

test('respect-rules is the way of resolvers that name none', () => {
  const { dns } = configOf(`
proxies: [{name: exit, type: direct}]
dns:
  respect-rules: true
  nameserver: [1.1.1.1, 1.0.0.1#exit, 1.0.0.2#eth9]
  nameserver-policy: {a.test: 1.1.1.2}
  proxy-server-nameserver: [1.1.1.3]
  direct-nameserver: [1.1.1.4]
`);
  const ways = (servers: readonly Nameserver[]): unknown[] =>
    servers.map((one) => ('via' in one ? one.via : 'none'));
  assert.deepEqual(ways(dns.nameserver), ['rules', { proxy: 'exit' }, null]);
  assert.deepEqual(ways(dns.nameserverPolicy[0]!.servers), ['rules']);
  assert.deepEqual(ways(dns.proxyServerNameserver), [null]);
  assert.deepEqual(ways(dns.directNameserver), [null]);
});

test('a resolver that is listed twice is asked once', () => {
  assert.equal(dnsOf('nameserver: [1.1.1.1, 1.1.1.1, 1.1.1.2]').nameserver.length, 2);
});

test('an empty list is no list', () => {
  assert.deepEqual(dnsOf('nameserver: [], fallback: []').nameserver, [system]);
});

test('DNS over QUIC is skipped where there is another resolver', () => {
  const text = 'dns: {nameserver: ["quic://dns.example", 1.1.1.1]}';
  assert.equal(dnsOf('nameserver: ["quic://dns.example", 1.1.1.1]').nameserver.length, 1);
  assert.match(problemsIn(text)[0] ?? '', /^1:21 warning nameserver .*not spoken, write tls:\/\//);
});

test('only the fallback filter without geoip lets every country pass', () => {
  assert.equal(dnsOf('fallback-filter: {geoip: false}').fallbackFilter.country, '');
});

for (const [text, expected] of [
  [
    'dns: {§prefer-h3: true}',
    '§ warning key-ignored dns.prefer-h3 is ignored: DNS over HTTPS is spoken over HTTP/2',
  ],
  [
    'dns: {§nameservers: []}',
    '§ warning key-unknown unknown key "nameservers", ignored: did you mean "nameserver"?',
  ],
  [
    'dns: {enhanced-mode: §fakeip}',
    '§ error value-invalid dns.enhanced-mode must be one of fake-ip, redir-host, normal, not "fakeip"',
  ],
  [
    'dns: {listen: §localhost:53}',
    '§ error value-invalid dns.listen must be an address with a port, such as 127.0.0.1:1053 or [::]:53, not "localhost:53"',
  ],
  [
    'dns: {fake-ip-range: §198.18.0.1/30}',
    '§ error value-invalid dns.fake-ip-range must be an IPv4 prefix of 8 to 28 bits, such as 198.18.0.1/16, not "198.18.0.1/30"',
  ],
  [
    'dns: {fake-ip-range6: §10.0.0.0/8}',
    '§ error value-invalid dns.fake-ip-range6 must be an IPv6 prefix of 32 to 120 bits, such as fdfe:dcba:9876::/64, not "10.0.0.0/8"',
  ],
  [
    'dns: {fake-ip-filter: [§a..b]}',
    '§ error value-invalid dns.fake-ip-filter[0] must be a domain name, with *. for one label, +. for the name and all below it, or . for all below it, geosite:CATEGORY or rule-set:PROVIDER, not "a..b"',
  ],
  [
    'dns: {fake-ip-filter-mode: rule, fake-ip-filter: [§"DOMAIN,a.test,DIRECT"]}',
    '§ error value-invalid dns.fake-ip-filter[0] must be a rule, such as DOMAIN-SUFFIX,example.com,real-ip or MATCH,fake-ip, not "DOMAIN,a.test,DIRECT"',
  ],
  [
    'dns: {nameserver: [§htps://a.test]}',
    '§ error nameserver dns.nameserver[0]: Sluice speaks no "htps://": did you mean "https"?',
  ],
  [
    'dns: {nameserver: ["§1.1.1.1:99999"]}',
    '§ error nameserver dns.nameserver[0]: the port must be a number from 1 to 65535, not "99999"',
  ],
  [
    'dns: {nameserver: ["§fe80::1%eth0"]}',
    '§ error nameserver dns.nameserver[0]: "fe80::1%eth0" is not a resolver: write 1.1.1.1, udp://1.1.1.1:53, tcp://1.1.1.1, tls://dns.example:853, https://dns.example/dns-query, dhcp://eth0, system or rcode://refused (IPv6 with a port: [2001:db8::1]:53)',
  ],
  [
    'dns: {nameserver: ["§[fe80::1%eth0]"]}',
    '§ error nameserver dns.nameserver[0]: "fe80::1%eth0" is neither a domain name nor an IP address: write [fe80::1]#eth0',
  ],
  [
    'dns: {nameserver: [§rcode://servfail]}',
    '§ error nameserver dns.nameserver[0]: rcode must be one of success, format_error, server_failure, name_error, not_implemented, refused, not "servfail"',
  ],
  [
    'dns: {nameserver: [§dhcp://]}',
    '§ error nameserver dns.nameserver[0]: "" is not an interface: write dhcp://eth0',
  ],
  [
    'dns: {nameserver: [§tls://a.test/path]}',
    '§ error nameserver dns.nameserver[0]: "/path" has no use in tls://',
  ],
  [
    'dns: {nameserver: [1.1.1.1#§my long proxy]}',
    '§ error nameserver dns.nameserver[0]: no proxy, group or interface is called "my long proxy"',
  ],
  [
    'dns: {nameserver: [§1.1.1.1#DIREKT]}',
    '§ warning nameserver "DIREKT" is taken for an interface: did you mean "DIRECT"?',
  ],
  [
    'dns: {nameserver: [1.1.1.1#eth0&§eth1]}',
    '§ error nameserver dns.nameserver[0]: "eth0" and "eth1" cannot both be the way to it',
  ],
  [
    'dns: {nameserver: [1.1.1.1#§ecs=1.2.3.0/99]}',
    '§ error nameserver dns.nameserver[0]: ecs must be an address or a prefix, such as 1.2.3.0/24: "99" is not a prefix length from 0 to 32',
  ],
  [
    'dns: {nameserver: [1.1.1.1#§disable-ipv6=yes]}',
    '§ error nameserver dns.nameserver[0]: disable-ipv6 must be true or false, not "yes"',
  ],
  [
    'dns: {nameserver: [§1.1.1.1#ecs-overide=true]}',
    '§ warning nameserver unknown option "ecs-overide", ignored: did you mean "ecs-override"?',
  ],
  [
    'dns: {nameserver: [§https://a.test/#h3=true]}',
    '§ warning nameserver h3 is ignored: DNS over HTTPS is spoken over HTTP/2',
  ],
  [
    'dns: {nameserver: [§{a: b}]}',
    '§ error nameserver dns.nameserver[0] must be a resolver, such as 1.1.1.1, udp://1.1.1.1:53, tcp://1.1.1.1, tls://dns.example:853, https://dns.example/dns-query, dhcp://eth0, system or rcode://refused',
  ],
  [
    'dns: {nameserver-policy: {a.test: §[]}}',
    '§ error dns-no-server dns.nameserver-policy[a.test] has no resolver that Sluice can ask: write 1.1.1.1, tls:// or https://',
  ],
  [
    'dns: {nameserver-policy: {§"geosite:": 1.1.1.1}}',
    '§ error value-invalid a key of dns.nameserver-policy must be a domain name, with *. for one label, +. for the name and all below it, or . for all below it, geosite:CATEGORY or rule-set:PROVIDER, not "geosite:"',
  ],
  [
    'dns: {respect-rules: §true}',
    '§ error dns-respect-rules dns.respect-rules needs dns.proxy-server-nameserver: the servers of proxies must be found without a proxy',
  ],
  [
    'dns: {default-nameserver: §[tls://dns.example]}',
    '§ error dns-default-nameserver dns.default-nameserver is asked for the names of the other resolvers, so tls://dns.example must have an IP address: write 1.1.1.1, tls://1.1.1.1 or system',
  ],
  [
    'dns: {default-nameserver: §[rcode://refused]}',
    '§ error dns-default-nameserver dns.default-nameserver is asked for the names of the other resolvers, so rcode://refused must have an IP address: write 1.1.1.1, tls://1.1.1.1 or system',
  ],
  [
    'dns: {proxy-server-nameserver-policy: §{a.test: 1.1.1.1}}',
    '§ warning dns-proxy-server-policy dns.proxy-server-nameserver-policy is not used without dns.proxy-server-nameserver',
  ],
  [
    'dns: {fallback-filter: {ipcidr: [§240.0.0.0]}}',
    '§ error value-invalid dns.fallback-filter.ipcidr[0] must be an address with a prefix length, such as 240.0.0.0/4, not "240.0.0.0"',
  ],
  [
    'tun: {dns-hijack: [§"udp://any:0"]}',
    '§ error value-invalid tun.dns-hijack[0] must be an address with a port, such as any:53, tcp://any:53 or 8.8.8.8:53, not "udp://any:0"',
  ],
  [
    'profile: {store-fake-ip: §maybe}',
    '§ error value-invalid profile.store-fake-ip must be true or false, not "maybe"',
  ],
  [
    'hosts: {§"a b": 1.1.1.1}',
    '§ error hosts-name "a b" in hosts must be a domain name, with *. for one label, +. for the name and all below it, or . for all below it',
  ],
  [
    'hosts: {a.test: §[1.1.1.1, b.test]}',
    '§ error hosts-value hosts[a.test] must be an IP address, a list of them, another domain name, or lan',
  ],
  [
    'hosts: {a.test: b.test, §b.test: c.test, c.test: b.test}',
    '§ error hosts-circle these hosts lead in a circle: b.test -> c.test -> b.test',
  ],
] as const) {
  test(`says of "${text}": ${expected}`, () => {
    assert.equal(markedProblem(text), expected);
  });
}

test('resolvers of which none is left are an error, not the default', () => {
  const problems = problemsIn('dns: {nameserver: [quic://a.test]}');
  assert.match(problems[0] ?? '', /error dns-no-server dns\.nameserver has no resolver/);
});

test('hosts have addresses, another name, or those of this machine', () => {
  const { hosts } = configOf(`
hosts:
  "*.Dev.test": 127.0.0.1
  six.test: [192.0.2.1, "2001:DB8::0"]
  alias.test: other.test
  here.test: lan
`);
  assert.deepEqual(hosts, [
    { pattern: '*.dev.test', value: { kind: 'addresses', addresses: ['127.0.0.1'] } },
    { pattern: 'six.test', value: { kind: 'addresses', addresses: ['192.0.2.1', '2001:db8::'] } },
    { pattern: 'alias.test', value: { kind: 'alias', name: 'other.test' } },
    { pattern: 'here.test', value: { kind: 'lan' } },
  ]);
});

test('queries to every resolver are taken, or to those that the file names', () => {
  assert.deepEqual(configOf('mode: rule').tun.dnsHijack, [
    { network: 'udp', address: '', port: 53 },
    { network: 'tcp', address: '', port: 53 },
  ]);
  const named = configOf(
    'tun: {dns-hijack: ["tcp://8.8.8.8:5353", "0.0.0.0:53", "[2001:db8::1]:53", any]}',
  );
  assert.deepEqual(named.tun.dnsHijack, [
    { network: 'tcp', address: '8.8.8.8', port: 5353 },
    { network: 'udp', address: '', port: 53 },
    { network: 'udp', address: '2001:db8::1', port: 53 },
    { network: 'udp', address: '', port: 53 },
  ]);
  assert.deepEqual(configOf('tun: {dns-hijack: []}').tun.dnsHijack, []);
});

test('fake addresses and choices are kept unless the file says otherwise', () => {
  assert.deepEqual(configOf('mode: rule').profile, { storeSelected: true, storeFakeIp: true });
  assert.deepEqual(configOf('profile: {store-selected: no, store-fake-ip: no}').profile, {
    storeSelected: false,
    storeFakeIp: false,
  });
});
