/** The key `proxy-providers:`. Their contents are read by `core/providers`. */
import { expectedStatus } from './expected-status.ts';
import { boolean, integer, list, map, optional, readSection, scalar, text } from './fields.ts';
import { nameFilters } from './name-filter.ts';
import { Names, reference } from './names.ts';
import type { Problems } from './problems.ts';
import type { HealthCheckConfig, ProxyProviderConfig } from './provider-config.ts';
import { readProxies } from './proxies-section.ts';
import { httpUrl, namedMaps, readSource, sourceKeys } from './source-fields.ts';
import type { MapValue, Value } from './value.ts';

const emptyMap: MapValue = { kind: 'map', entries: new Map(), offset: 0 };

export const typeNames = scalar('types of proxies, such as http|socks5', (value) =>
  value
    .split('|')
    .map((type) => type.trim().toLowerCase())
    .filter((type) => type !== ''),
);

const section = {
  used: {
    ...sourceKeys,
    payload: optional(
      list<Value>((value) => value),
      [],
    ),
    filter: optional(nameFilters, []),
    'exclude-filter': optional(nameFilters, []),
    'exclude-type': optional(typeNames, []),
    'dialer-proxy': optional(reference, null),
    override: optional(map, emptyMap),
    'health-check': optional(map, emptyMap),
  },
};

const overrideSection = {
  used: {
    'additional-prefix': optional(text(0, 64), ''),
    'additional-suffix': optional(text(0, 64), ''),
    udp: optional(boolean, null),
    'skip-cert-verify': optional(boolean, null),
    'dialer-proxy': optional(reference, null),
  },
  later: [
    ...['tfo', 'mptcp', 'udp-over-tcp', 'interface-name', 'routing-mark', 'ip-version'],
    ...['proxy-name', 'up', 'down'],
  ],
};

const healthCheckSection = {
  used: {
    enable: optional(boolean, false),
    url: optional(httpUrl, ''),
    interval: optional(integer(0, 86_400), 300),
    timeout: optional(integer(1, 600_000), 5_000),
    lazy: optional(boolean, true),
    'expected-status': optional(expectedStatus, '*'),
  },
};

/** `file` is the configuration's: relative paths begin in its folder. */
export function readProxyProviders(
  section_: MapValue,
  file: string,
  names: Names,
  problems: Problems,
): readonly ProxyProviderConfig[] {
  const providers: ProxyProviderConfig[] = [];
  for (const { name, path, item } of namedMaps(section_, 'proxy-providers', problems)) {
    const fields = readSection(item, path, section, problems);
    const override = readSection(fields.override, `${path}.override`, overrideSection, problems);
    const healthCheck = readHealthCheck(fields['health-check'], path, problems);
    const dialer = override['dialer-proxy'] ?? fields['dialer-proxy'];
    if (dialer !== null) names.check(dialer, problems);
    const found = readSource(item, fields, { path, file, names, problems });
    if (found === null) continue;
    providers.push({
      name,
      source:
        found === 'inline'
          ? {
              type: 'inline',
              // Names of other providers and of the file itself may be the same.
              proxies: readProxies(fields.payload, file, new Names(), problems, `${path}.payload`),
            }
          : found,
      choice: {
        filter: fields.filter,
        excludeFilter: fields['exclude-filter'],
        excludeType: fields['exclude-type'],
      },
      override: {
        additionalPrefix: override['additional-prefix'],
        additionalSuffix: override['additional-suffix'],
        udp: override.udp,
        skipCertVerify: override['skip-cert-verify'],
        dialerProxy: dialer?.to ?? '',
      },
      healthCheck,
      position: problems.position(item.offset),
    });
  }
  return providers;
}

function readHealthCheck(section_: MapValue, path: string, problems: Problems): HealthCheckConfig {
  const fields = readSection(section_, `${path}.health-check`, healthCheckSection, problems);
  return {
    enable: fields.enable,
    url: fields.url,
    interval: fields.interval,
    timeout: fields.timeout,
    lazy: fields.lazy,
    expectedStatus: fields['expected-status'],
  };
}
