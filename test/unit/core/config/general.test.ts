import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CONFIG_TEXT } from '../../../../core/config/default-config.ts';
import { configOf, markedProblem, problemsIn, problemsOf } from './check.ts';

test('the built-in configuration captures everything, sends it out directly and has no problem', () => {
  assert.deepEqual(problemsOf(DEFAULT_CONFIG_TEXT), []);
  const config = configOf(DEFAULT_CONFIG_TEXT);
  assert.ok(config.tun.enable && config.tun.autoRoute && config.ipv6);
  assert.deepEqual(
    config.rules.map(({ type, target }) => [type, target]),
    [['MATCH', 'DIRECT']],
  );
});

test('the example in the built-in configuration works when its comment signs are removed', () => {
  const uncommented = DEFAULT_CONFIG_TEXT.replace(/^(#|  #) (?=proxies:|  |- )/gm, (sign) =>
    sign.startsWith('#') ? '' : '  ',
  );
  const config = configOf(uncommented);
  assert.equal(config.proxies[0]?.type, 'socks5');
  assert.ok(config.rules.some(({ target }) => target === 'office'));
});

test('what a file leaves out has a default', () => {
  // What the others are is tested with their sections.
  const config = configOf('mode: rule\n');
  const { rules, groups, dns: _dns, hosts, profile: _profile, geo: _geo, ...rest } = config;
  assert.deepEqual(hosts, []);
  assert.deepEqual(rules, []);
  assert.deepEqual(
    groups.map(({ name, members }) => [name, members]),
    [['GLOBAL', ['DIRECT', 'REJECT']]],
  );
  assert.deepEqual(rest, {
    mode: 'rule',
    logLevel: 'info',
    ipv6: true,
    interfaceName: '',
    tun: {
      enable: true,
      device: '',
      mtu: 1500,
      autoRoute: true,
      inet4Address: '',
      inet6Address: '',
      routeAddress: [],
      routeExcludeAddress: [],
      dnsHijack: [
        { network: 'udp', address: '', port: 53 },
        { network: 'tcp', address: '', port: 53 },
      ],
      udpTimeout: 300,
      endpointIndependentNat: true,
      iproute2TableIndex: 2022,
      iproute2RuleIndex: 9000,
    },
    findProcessMode: 'strict',
    sniffer: null,
    proxies: [],
    subRules: new Map(),
    ruleProviders: [],
    proxyProviders: [],
    userAgent: 'Sluice/0.1.0 clash.meta',
    etagSupport: true,
    unifiedDelay: false,
    sluice: {
      limits: {
        maxFlows: 32768,
        maxHalfOpen: 4096,
        maxUdpSessions: 16384,
        maxBufferBytes: 268435456,
      },
      connectTimeout: 10000,
      sniffTimeout: 300,
      udpFallback: 'next',
      udpTimeouts: { dns: 10, quic: 30 },
      icmp: 'reply',
      systemDns: true,
    },
    controller: {
      listen: { host: '127.0.0.1', port: 9090 },
      isExplicit: false,
      secret: '',
      allowOrigins: [],
      allowPrivateNetwork: false,
    },
  });
});

test('what a file sets is used', () => {
  const config = configOf(`
mode: Global
log-level: DEBUG
ipv6: no
interface-name: eth0
tun:
  enable: off
  device: sluice0
  mtu: 1400
  auto-route: false
  auto-detect-interface: false
  inet4-address: 198.18.0.1/30
  inet6-address: ["fd00::1/126"]
  route-address: [10.1.2.3/8]
  inet6-route-address: ["2001:DB8::/32"]
  route-exclude-address: 192.168.0.0/16
  dns-hijack: [any:53]
  udp-timeout: 60
  endpoint-independent-nat: false
  iproute2-table-index: 3000
  iproute2-rule-index: 8000
sluice:
  connect-timeout: 5000
  sniff-timeout: 100
  udp-fallback: direct
  udp-timeouts: {dns: 5, quic: 60}
  system-dns: false
  icmp: direct
  limits: {max-flows: 100, max-half-open: 20, max-udp-sessions: 30, max-buffer-bytes: 2097152}
`);
  assert.deepEqual(
    [config.mode, config.logLevel, config.ipv6, config.interfaceName],
    ['global', 'debug', false, 'eth0'],
  );
  assert.deepEqual(config.tun, {
    enable: false,
    device: 'sluice0',
    mtu: 1400,
    autoRoute: false,
    inet4Address: '198.18.0.1/30',
    inet6Address: 'fd00::1/126',
    routeAddress: ['10.0.0.0/8', '2001:db8::/32'],
    routeExcludeAddress: ['192.168.0.0/16'],
    dnsHijack: [{ network: 'udp', address: '', port: 53 }],
    udpTimeout: 60,
    endpointIndependentNat: false,
    iproute2TableIndex: 3000,
    iproute2RuleIndex: 8000,
  });
  assert.deepEqual(config.sluice, {
    limits: { maxFlows: 100, maxHalfOpen: 20, maxUdpSessions: 30, maxBufferBytes: 2097152 },
    connectTimeout: 5000,
    sniffTimeout: 100,
    systemDns: false,
    udpFallback: 'direct',
    udpTimeouts: { dns: 5, quic: 60 },
    icmp: 'direct',
  });
});

for (const [text, expected] of [
  [
    '§log-levle: info',
    '§ warning key-unknown unknown key "log-levle", ignored: did you mean "log-level"?',
  ],
  ['§xyzzy: 1', '§ warning key-unknown unknown key "xyzzy", ignored'],
  ['§mixed-port: 7890', '§ warning key-not-used-yet mixed-port is accepted, not used yet'],
  ['tun: {§stack: gvisor}', '§ warning key-ignored tun.stack is ignored: the stack is always lwIP'],
  [
    'tun: {§auto-detect-interface: false}',
    '§ warning tun-auto-detect tun.auto-detect-interface: the way to the internet is followed all the same; interface-name says which one is to be used',
  ],
  ['tun: {§mtv: 1}', '§ warning key-unknown unknown key "mtv", ignored: did you mean "mtu"?'],
  [
    'sluice: {§limit: {}}',
    '§ warning key-unknown unknown key "limit", ignored: did you mean "limits"?',
  ],
  ['mode: §fast', '§ error value-invalid mode must be one of rule, global, direct, not "fast"'],
  ['ipv6: §maybe', '§ error value-invalid ipv6 must be true or false, not "maybe"'],
  ['tun: §5', '§ error value-invalid tun must be a map, not "5"'],
  ['rules: §{a: b}', '§ error value-invalid rules must be a list, not a map'],
  [
    'tun: {mtu: §1279}',
    '§ error value-invalid tun.mtu must be a whole number from 1280 to 65535, not "1279"',
  ],
  [
    'tun: {mtu: §1e3}',
    '§ error value-invalid tun.mtu must be a whole number from 1280 to 65535, not "1e3"',
  ],
  [
    'tun: {udp-timeout: §0}',
    '§ error value-invalid tun.udp-timeout must be a whole number from 1 to 86400, not "0"',
  ],
  [
    'tun: {route-address: [10.0.0.0/8, §nope]}',
    '§ error value-invalid tun.route-address[1] must be an address with a prefix length, such as 10.0.0.0/8, not "nope"',
  ],
  [
    'tun: {inet4-address: §"fd00::1/64"}',
    '§ error value-invalid tun.inet4-address[0] must be an IPv4 address with a prefix length, such as 198.18.0.1/30, not "fd00::1/64"',
  ],
  [
    'tun: {device: §a/b}',
    '§ error value-invalid tun.device must be an interface name of at most 15 characters without spaces or /, not "a/b"',
  ],
  [
    'tun: {iproute2-table-index: §254}',
    '§ error value-invalid tun.iproute2-table-index must be the number of a routing table of its own, not "254"',
  ],
] as const) {
  test(`says of "${text}": ${expected}`, () => {
    assert.equal(markedProblem(text), expected);
  });
}

test('a large MTU is used, with a warning that names WSL', () => {
  assert.equal(configOf('tun: {mtu: 9000}').tun.mtu, 9000);
  assert.match(problemsIn('tun: {mtu: 9000}')[0] ?? '', /^1:7 warning tun-mtu .*above 1500: WSL/);
});

test('a key without a value has its default', () => {
  assert.deepEqual(problemsIn('tun:\nproxies:\nrules: ~\nmode: null\n'), []);
});

test('the group GLOBAL is there, with everything in it, unless the file has one', () => {
  const group = (name: string): string => `{name: ${name}, type: select, proxies: [DIRECT]}`;
  const proxies = 'proxies: [{name: p, type: direct}]\n';
  const global = (text: string): readonly string[] | undefined =>
    configOf(text).groups.findLast(({ name }) => name === 'GLOBAL')?.members;
  const own = `${proxies}proxy-groups: [${group('GLOBAL')}, ${group('g')}]`;
  assert.deepEqual(global(own), ['DIRECT']);
  assert.equal(configOf(own).groups.length, 2);
  const without = `${proxies}proxy-groups: [${group('g')}]`;
  assert.deepEqual(global(without), ['g', 'p', 'DIRECT', 'REJECT']);
});
