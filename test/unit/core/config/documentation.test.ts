import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { configOf, problemsIn } from './check.ts';

const page = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');

test('the examples of the documentation have no problem', () => {
  const blocks = Array.from(page.matchAll(/^```yaml\n(.*?)^```$/gms), ([, text = '']) => text);
  // A table of expectations (`sluice rules test`) is no configuration.
  const examples = blocks.filter((text) => !text.startsWith('cases:'));
  assert.ok(examples.length >= 3);
  for (const example of examples) assert.deepEqual(problemsIn(example), [], example);
});

test('the defaults of the documentation are those of the program', () => {
  const { mode, logLevel, ipv6, tun, dns, profile, sluice, findProcessMode } =
    configOf('mode: rule');
  const { limits, udpTimeouts } = sluice;
  const defaults = {
    mode,
    'log-level': logLevel,
    ipv6,
    enable: tun.enable,
    mtu: tun.mtu,
    'auto-route': tun.autoRoute,
    'udp-timeout': tun.udpTimeout,
    'endpoint-independent-nat': tun.endpointIndependentNat,
    'iproute2-table-index': tun.iproute2TableIndex,
    'iproute2-rule-index': tun.iproute2RuleIndex,
    'dns.enable': dns.enable,
    'dns.ipv6': dns.ipv6,
    'dns.ipv6-timeout': dns.ipv6Timeout,
    'dns.enhanced-mode': dns.mode,
    'dns.fake-ip-range': dns.fakeIpRange,
    'dns.fake-ip-range6': dns.fakeIpRange6,
    'dns.fake-ip-ttl': dns.fakeIpTtl,
    'dns.use-hosts': dns.useHosts,
    'dns.use-system-hosts': dns.useSystemHosts,
    'dns.nameserver': dns.nameserver.map(({ text }) => text).join(),
    'dns.default-nameserver': dns.defaultNameserver.map(({ text }) => text).join(),
    'dns.direct-nameserver-follow-policy': dns.directFollowsPolicy,
    'dns.cache-algorithm': dns.cacheAlgorithm,
    'dns.cache-max-size': dns.cacheMaxSize,
    'profile.store-selected': profile.storeSelected,
    'profile.store-fake-ip': profile.storeFakeIp,
    'connect-timeout': sluice.connectTimeout,
    'find-process-mode': findProcessMode,
    'sniff-timeout': sluice.sniffTimeout,
    'udp-fallback': sluice.udpFallback,
    'udp-timeouts.dns': udpTimeouts.dns,
    'udp-timeouts.quic': udpTimeouts.quic,
    icmp: sluice.icmp,
    'limits.max-flows': limits.maxFlows,
    'limits.max-half-open': limits.maxHalfOpen,
    'limits.max-udp-sessions': limits.maxUdpSessions,
    'limits.max-buffer-bytes': limits.maxBufferBytes,
  };
  const rows = page
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')));
  for (const [key, value] of Object.entries(defaults)) {
    const row = rows.find((cells) => cells[1] === key);
    assert.equal(row?.[3], String(value), key);
  }
});
