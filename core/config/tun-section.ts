/** The key `tun:`. Names and defaults are mihomo's where nothing else is said. */
import { formatIp, formatPrefix, parseIp, parsePrefix } from '../../rules/ip.ts';
import type { TunConfig } from './config.ts';
import type { DnsHijack } from './dns-config.ts';
import type { Reader } from './fields.ts';
import { boolean, integer, list, optional, readSection, scalar } from './fields.ts';
import type { Problems } from './problems.ts';
import type { MapValue } from './value.ts';

const LARGEST_SAFE_MTU = 1500;

const prefix = scalar('an address with a prefix length, such as 10.0.0.0/8', (value) => {
  const parsed = parsePrefix(value);
  return parsed.ok ? formatPrefix(parsed.value) : undefined;
});

/** The interface's own address keeps its host bits: 198.18.0.1/30. */
function ownAddress(family: 4 | 6): Reader<string> {
  const example = family === 4 ? '198.18.0.1/30' : 'fdfe:dcba:9876::1/126';
  return scalar(`an IPv${family} address with a prefix length, such as ${example}`, (value) => {
    const parsed = parsePrefix(value);
    return parsed.ok && parsed.value.ip.family === family ? value : undefined;
  });
}

/** `any:53`, `tcp://any:53`, `8.8.8.8:53`; without a scheme it is UDP. */
const hijack = scalar(
  'an address with a port, such as any:53, tcp://any:53 or 8.8.8.8:53',
  (value): DnsHijack | undefined => {
    const [, scheme = 'udp', six, host = '', digits = '53'] =
      /^(?:(udp|tcp):\/\/)?(?:\[([^\]]+)\]|([^:[\]]+))(?::([0-9]{1,5}))?$/i.exec(value) ?? [];
    const port = Number(digits);
    const network = scheme.toLowerCase() === 'tcp' ? 'tcp' : 'udp';
    if (port < 1 || port > 65535) return undefined;
    if (host.toLowerCase() === 'any') return { network, address: '', port };
    const ip = parseIp(six ?? host);
    if (ip === null) return undefined;
    const address = formatIp(ip);
    return { network, address: address === '0.0.0.0' || address === '::' ? '' : address, port };
  },
);

const everyQuery: readonly DnsHijack[] = [
  { network: 'udp', address: '', port: 53 },
  { network: 'tcp', address: '', port: 53 },
];

export const tunSection = {
  used: {
    enable: optional(boolean, true),
    // Linux: IFNAMSIZ is 16 with its final zero.
    device: optional(
      scalar('an interface name of at most 15 characters without spaces or /', (value) =>
        /^[^\s/]{1,15}$/.test(value) && value !== '.' && value !== '..' ? value : undefined,
      ),
      '',
    ),
    mtu: optional(integer(1280, 65535), LARGEST_SAFE_MTU),
    'auto-route': optional(boolean, true),
    // Always so: people write it in every file.
    'auto-detect-interface': optional(boolean, true),
    'inet4-address': optional(list(ownAddress(4)), []),
    'inet6-address': optional(list(ownAddress(6)), []),
    'route-address': optional(list(prefix), []),
    'route-exclude-address': optional(list(prefix), []),
    // The older names of the two above.
    'inet4-route-address': optional(list(prefix), []),
    'inet6-route-address': optional(list(prefix), []),
    'inet4-route-exclude-address': optional(list(prefix), []),
    'inet6-route-exclude-address': optional(list(prefix), []),
    'dns-hijack': optional(list(hijack), everyQuery),
    'udp-timeout': optional(integer(1, 86_400), 300),
    'endpoint-independent-nat': optional(boolean, true),
    // The main, default and local tables are 253 to 255; 0 means none.
    'iproute2-table-index': optional(
      scalar(
        'the number of a routing table of its own',
        (value) => {
          const number = /^[0-9]{1,10}$/.test(value) ? Number(value) : 0;
          return number > 0 && number < 2 ** 32 && (number < 253 || number > 255)
            ? number
            : undefined;
        },
        { kind: 'integer', min: 1, max: 2 ** 32 - 1 },
      ),
      2022,
    ),
    // The main table's rule has priority 32766, and ours go before it.
    'iproute2-rule-index': optional(integer(1, 32_000), 9000),
  },
  later: [
    ...[
      'strict-route',
      'include-interface',
      'exclude-interface',
      'include-uid',
      'include-uid-range',
    ],
    ...['exclude-uid', 'exclude-uid-range', 'route-address-set', 'route-exclude-address-set'],
    ...['dns-search-domains', 'disable-icmp-forwarding'],
  ],
  ignored: {
    stack: 'the stack is always lwIP',
    gso: 'segmentation offload is used wherever the system has it',
    'gso-max-size': 'the size is the system’s',
    'auto-redirect': 'all traffic goes through the tunnel',
    'auto-redirect-input-mark': 'no packet is marked',
    'auto-redirect-output-mark': 'no packet is marked',
    'file-descriptor': 'the tunnel is opened by Sluice itself',
    'include-android-user': 'it is for Android',
    'include-package': 'it is for Android',
    'exclude-package': 'it is for Android',
    'include-mac-address': 'the tunnel sees no hardware addresses',
    'exclude-mac-address': 'the tunnel sees no hardware addresses',
  },
};

export function readTun(map: MapValue, problems: Problems): TunConfig {
  const fields = readSection(map, 'tun', tunSection, problems);
  const offsetOf = (key: string): number => map.entries.get(key)?.keyOffset ?? map.offset;
  if (fields.mtu > LARGEST_SAFE_MTU) {
    const message =
      `tun.mtu ${fields.mtu} is above ${LARGEST_SAFE_MTU}: WSL, containers and hotspots lose` +
      ' large packets through it, and segmentation offload makes 1500 as fast';
    problems.warn('tun-mtu', offsetOf('mtu'), message);
  }
  if (!fields['auto-detect-interface']) {
    const message =
      'tun.auto-detect-interface: the way to the internet is followed all the same; ' +
      'interface-name says which one is to be used';
    problems.warn('tun-auto-detect', offsetOf('auto-detect-interface'), message);
  }
  for (const key of ['inet4-address', 'inet6-address'] as const) {
    if (fields[key].length > 1) {
      problems.warn('tun-address', offsetOf(key), `tun.${key}: only the first address is used`);
    }
  }
  return {
    enable: fields.enable,
    device: fields.device,
    mtu: fields.mtu,
    autoRoute: fields['auto-route'],
    inet4Address: fields['inet4-address'][0] ?? '',
    inet6Address: fields['inet6-address'][0] ?? '',
    routeAddress: [
      ...fields['route-address'],
      ...fields['inet4-route-address'],
      ...fields['inet6-route-address'],
    ],
    routeExcludeAddress: [
      ...fields['route-exclude-address'],
      ...fields['inet4-route-exclude-address'],
      ...fields['inet6-route-exclude-address'],
    ],
    dnsHijack: fields['dns-hijack'],
    udpTimeout: fields['udp-timeout'],
    endpointIndependentNat: fields['endpoint-independent-nat'],
    iproute2TableIndex: fields['iproute2-table-index'],
    iproute2RuleIndex: fields['iproute2-rule-index'],
  };
}
