/** The key `dns:`. Names are mihomo's, and so are defaults where docs/configuration.md says nothing else. */
import { formatPrefix, parseIp, formatIp, parsePrefix } from '../../rules/ip.ts';
import type {
  DnsConfig,
  FallbackFilter,
  ListenAddress,
  Nameserver,
  NameserverPolicy,
  NameserverVia,
} from './dns-config.ts';
import { readFakeIpFilter } from './fake-ip-filter.ts';
import {
  boolean,
  choice,
  integer,
  list,
  map,
  optional,
  readSection,
  scalar,
  text,
} from './fields.ts';
import type { Reader } from './fields.ts';
import { domainPattern, namePatterns } from './name-pattern.ts';
import { nameserverReader } from './nameserver.ts';
import type { Names } from './names.ts';
import type { Problems } from './problems.ts';
import type { MapValue, Value } from './value.ts';

const anything: Reader<Value> = (value) => value;

const emptyMap: MapValue = { kind: 'map', entries: new Map(), offset: 0 };

/** A host in front of the port may be left out: every address of the machine. */
const listenAddress = scalar(
  'an address with a port, such as 127.0.0.1:1053 or [::]:53',
  (value): ListenAddress | null | undefined => {
    if (value === '') return null;
    const [, six, four = '', digits] = /^(?:\[([^\]]+)\]|([^:]*)):([0-9]{1,5})$/.exec(value) ?? [];
    const port = Number(digits ?? 0);
    const ip = parseIp(six ?? (four === '' ? '::' : four));
    if (ip === null || port < 1 || port > 65535) return undefined;
    return { address: formatIp(ip), port };
  },
);

/** A range for fake addresses: room for some, and not the whole internet. */
function fakeRange(family: 4 | 6): Reader<string> {
  const [example, shortest, longest] =
    family === 4
      ? (['198.18.0.1/16', 8, 28] as const)
      : (['fdfe:dcba:9876::/64', 32, 120] as const);
  const expected = `an IPv${family} prefix of ${shortest} to ${longest} bits, such as ${example}`;
  return scalar(expected, (value) => {
    const parsed = parsePrefix(value);
    if (!parsed.ok) return undefined;
    const { ip, length } = parsed.value;
    const fits = ip.family === family && length >= shortest && length <= longest;
    return fits ? formatPrefix(parsed.value) : undefined;
  });
}

export const dnsSection = {
  used: {
    enable: optional(boolean, true),
    listen: optional(listenAddress, null),
    ipv6: optional(boolean, true),
    'ipv6-timeout': optional(integer(0, 10_000), 100),
    'enhanced-mode': optional(choice(['fake-ip', 'redir-host', 'normal']), 'fake-ip' as const),
    'fake-ip-range': optional(fakeRange(4), '198.18.0.0/16'),
    'fake-ip-range6': optional(fakeRange(6), 'fdfe:dcba:9876::/64'),
    'fake-ip-ttl': optional(integer(0, 86_400), 1),
    'fake-ip-filter': optional(anything, null),
    'fake-ip-filter-mode': optional(
      choice(['blacklist', 'whitelist', 'rule']),
      'blacklist' as const,
    ),
    'use-hosts': optional(boolean, true),
    'use-system-hosts': optional(boolean, true),
    'respect-rules': optional(boolean, false),
    'default-nameserver': optional(anything, null),
    nameserver: optional(anything, null),
    fallback: optional(anything, null),
    'fallback-filter': optional(map, emptyMap),
    'nameserver-policy': optional(map, emptyMap),
    'proxy-server-nameserver': optional(anything, null),
    'proxy-server-nameserver-policy': optional(map, emptyMap),
    'direct-nameserver': optional(anything, null),
    'direct-nameserver-follow-policy': optional(boolean, false),
    'cache-algorithm': optional(choice(['lru', 'arc']), 'lru' as const),
    'cache-max-size': optional(integer(16, 1_000_000), 4096),
  },
  ignored: {
    'prefer-h3': 'DNS over HTTPS is spoken over HTTP/2',
    'fallback-lazy-query': 'fallback servers are asked together with the others',
  },
};

export const fallbackFilterSection = {
  used: {
    geoip: optional(boolean, true),
    'geoip-code': optional(
      scalar('the code of a country, such as CN', (value) =>
        /^[a-z0-9-]{2,32}$/i.test(value) ? value.toUpperCase() : undefined,
      ),
      'CN',
    ),
    geosite: optional(list(text(1, 128)), []),
    ipcidr: optional(
      list(
        scalar('an address with a prefix length, such as 240.0.0.0/4', (value) => {
          const parsed = parsePrefix(value);
          return parsed.ok ? formatPrefix(parsed.value) : undefined;
        }),
      ),
      [],
    ),
    domain: optional(list(domainPattern), []),
  },
};

const system: Nameserver = {
  kind: 'system',
  text: 'system',
  interfaceName: '',
  options: { ecs: '', ecsOverride: false, disabledTypes: [] },
};

/** `ipv6` is the top-level key. */
export function readDns(
  value: MapValue,
  ipv6: boolean,
  names: Names,
  problems: Problems,
): DnsConfig {
  const fields = readSection(value, 'dns', dnsSection, problems);
  const reader = new ServerLists(names, problems);
  const via: NameserverVia = fields['respect-rules'] ? 'rules' : null;
  const mode = fields['enhanced-mode'];
  const config: DnsConfig = {
    enable: fields.enable,
    listen: fields.listen,
    ipv6: fields.ipv6 && ipv6,
    ipv6Timeout: fields['ipv6-timeout'],
    mode: mode === 'normal' ? 'redir-host' : mode,
    fakeIpRange: fields['fake-ip-range'],
    fakeIpRange6: fields['fake-ip-range6'],
    fakeIpTtl: fields['fake-ip-ttl'],
    ...readFakeIpFilter(fields['fake-ip-filter'], fields['fake-ip-filter-mode'], problems),
    useHosts: fields['use-hosts'],
    useSystemHosts: fields['use-system-hosts'],
    defaultNameserver: reader.list(fields['default-nameserver'], 'default-nameserver', null, [
      system,
    ]),
    nameserver: reader.list(fields.nameserver, 'nameserver', via, [system]),
    fallback: reader.list(fields.fallback, 'fallback', via, []),
    fallbackFilter: readFallbackFilter(fields['fallback-filter'], problems),
    nameserverPolicy: reader.policies(fields['nameserver-policy'], 'nameserver-policy', via),
    proxyServerNameserver: reader.list(
      fields['proxy-server-nameserver'],
      'proxy-server-nameserver',
      null,
      [],
    ),
    proxyServerNameserverPolicy: reader.policies(
      fields['proxy-server-nameserver-policy'],
      'proxy-server-nameserver-policy',
      null,
    ),
    directNameserver: reader.list(fields['direct-nameserver'], 'direct-nameserver', null, []),
    directFollowsPolicy: fields['direct-nameserver-follow-policy'],
    cacheAlgorithm: fields['cache-algorithm'],
    cacheMaxSize: fields['cache-max-size'],
  };
  checkTogether(value, config, fields['respect-rules'], problems);
  return config;
}

/** What no key is wrong about alone. */
function checkTogether(
  value: MapValue,
  config: DnsConfig,
  respectRules: boolean,
  problems: Problems,
): void {
  const offsetOf = (key: string): number => value.entries.get(key)?.value.offset ?? value.offset;
  if (respectRules && config.proxyServerNameserver.length === 0) {
    const message =
      'dns.respect-rules needs dns.proxy-server-nameserver: the servers of proxies must be found ' +
      'without a proxy';
    problems.error('dns-respect-rules', offsetOf('respect-rules'), message);
  }
  for (const server of config.defaultNameserver) {
    const isAddress = 'host' in server ? parseIp(server.host) !== null : server.kind !== 'rcode';
    if (isAddress) continue;
    const message =
      `dns.default-nameserver is asked for the names of the other resolvers, so ${server.text} must ` +
      'have an IP address: write 1.1.1.1, tls://1.1.1.1 or system';
    problems.error('dns-default-nameserver', offsetOf('default-nameserver'), message);
  }
  const policyNeedsProxyServer =
    config.proxyServerNameserverPolicy.length > 0 && config.proxyServerNameserver.length === 0;
  if (policyNeedsProxyServer) {
    const message =
      'dns.proxy-server-nameserver-policy is not used without dns.proxy-server-nameserver';
    problems.warn('dns-proxy-server-policy', offsetOf('proxy-server-nameserver-policy'), message);
  }
}

/** Reads lists of resolvers. */
class ServerLists {
  readonly #names: Names;
  readonly #problems: Problems;

  constructor(names: Names, problems: Problems) {
    this.#names = names;
    this.#problems = problems;
  }

  /** `fallback` where the key is missing. A list of which nothing is left must not mean "the others". */
  list(
    value: Value | null,
    key: string,
    via: NameserverVia,
    fallback: readonly Nameserver[],
  ): readonly Nameserver[] {
    if (value === null) return fallback;
    const isEmpty = value.kind === 'list' && value.items.length === 0;
    return isEmpty ? fallback : this.#servers(value, `dns.${key}`, via);
  }

  policies(value: MapValue, key: string, via: NameserverVia): readonly NameserverPolicy[] {
    const policies: NameserverPolicy[] = [];
    for (const [name, { keyOffset, value: servers }] of value.entries) {
      const keyText: Value = { kind: 'scalar', text: name, offset: keyOffset, textOffset: -1 };
      const patterns = namePatterns(keyText, `a key of dns.${key}`, this.#problems);
      const read = this.#servers(servers, `dns.${key}[${name}]`, via);
      if (patterns !== undefined) policies.push({ text: name, patterns, servers: read });
    }
    return policies;
  }

  #servers(value: Value, path: string, via: NameserverVia): readonly Nameserver[] {
    const before = this.#problems.errors;
    const read = list(nameserverReader(this.#names, via))(value, path, this.#problems) ?? [];
    if (read.length === 0 && this.#problems.errors === before) {
      const message = `${path} has no resolver that Sluice can ask: write 1.1.1.1, tls:// or https://`;
      this.#problems.error('dns-no-server', value.offset, message);
    }
    return read.filter(
      ({ text: own }, index) => read.findIndex((one) => one.text === own) === index,
    );
  }
}

function readFallbackFilter(value: MapValue, problems: Problems): FallbackFilter {
  const fields = readSection(value, 'dns.fallback-filter', fallbackFilterSection, problems);
  return {
    country: fields.geoip ? fields['geoip-code'] : '',
    geosite: fields.geosite.map((name) => name.toLowerCase()),
    prefixes: fields.ipcidr,
    domains: fields.domain,
  };
}
