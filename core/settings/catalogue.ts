/**
 * Every setting that a form can show. They are the keys of the readers' own tables, with what each
 * takes and has by default, so that neither can differ from the truth and none can be forgotten;
 * here stands only what the readers do not know. Pure.
 */
import type { Setting, SettingGroup, SettingShape, SettingValue } from '../api/settings.ts';
import { DEFAULT_LISTEN, corsSection } from '../config/controller-section.ts';
import { dnsSection, fallbackFilterSection } from '../config/dns-section.ts';
import { DEFAULT_REAL } from '../config/fake-ip-filter.ts';
import type { Key } from '../config/fields.ts';
import { geoxSection } from '../config/geo-section.ts';
import { topSection } from '../config/parse-config.ts';
import { profileSection } from '../config/profile-section.ts';
import { limitsSection, sluiceSection, timeoutsSection } from '../config/sluice-section.ts';
import { sniffedProtocolSection, snifferSection } from '../config/sniffer-section.ts';
import { tunSection } from '../config/tun-section.ts';

/** What is the same whatever a file says. */
export interface Catalogued extends Omit<Setting, 'value' | 'file'> {
  readonly keys: readonly string[];
  readonly key: Key<unknown>;
}

type Extras = Partial<
  Pick<Catalogued, 'group' | 'unit' | 'needsRestart' | 'isSecret' | 'needs' | 'default' | 'shape'>
>;

/** Keys that are maps of settings, or have a page of their own. */
const elsewhere = new Set([
  ...['tun', 'dns', 'dns.fallback-filter', 'profile', 'sniffer', 'sniffer.sniff', 'sluice'],
  ...['sluice.limits', 'sluice.udp-timeouts', 'external-controller-cors', 'geox-url'],
  ...['proxies', 'proxy-groups', 'rules', 'sub-rules', 'rule-providers', 'proxy-providers'],
  // Always so, whatever it says.
  'tun.auto-detect-interface',
  // Older names of others.
  ...['tun.inet4-route-address', 'tun.inet6-route-address'],
  ...['tun.inet4-route-exclude-address', 'tun.inet6-route-exclude-address'],
]);

const resolvers: Extras = { shape: { kind: 'list', expected: 'resolvers' }, default: [] };
const policy: Extras = { shape: { kind: 'map' }, default: {} };

const extras: Readonly<Record<string, Extras>> = {
  hosts: { ...policy, group: 'dns' },
  'geodata-mode': { group: 'data' },
  'geo-auto-update': { group: 'data' },
  'geo-update-interval': { group: 'data', unit: 'h' },
  'global-ua': { group: 'data' },
  'etag-support': { group: 'data' },
  'external-controller': {
    group: 'controller',
    default: `${DEFAULT_LISTEN.host}:${DEFAULT_LISTEN.port}`,
  },
  secret: { group: 'controller', isSecret: true },
  'tun.enable': { needsRestart: true },
  'tun.device': { needsRestart: true, default: null },
  'tun.mtu': { needsRestart: true, unit: 'bytes' },
  'tun.udp-timeout': { unit: 's' },
  'tun.dns-hijack': { default: ['any:53', 'tcp://any:53'] },
  'dns.listen': { default: '' },
  'dns.ipv6-timeout': { unit: 'ms' },
  'dns.fake-ip-ttl': { unit: 's' },
  'dns.fake-ip-filter': {
    shape: { kind: 'list', expected: 'names' },
    default: DEFAULT_REAL,
  },
  'dns.nameserver': { ...resolvers, default: ['system'] },
  'dns.default-nameserver': { ...resolvers, default: ['system'] },
  'dns.fallback': resolvers,
  'dns.proxy-server-nameserver': resolvers,
  'dns.direct-nameserver': resolvers,
  'dns.nameserver-policy': policy,
  'dns.proxy-server-nameserver-policy': policy,
  // Without the key `sniffer` the rules decide whether flows are looked at.
  'sniffer.enable': { default: null },
  'sluice.connect-timeout': { unit: 'ms' },
  'sluice.sniff-timeout': { unit: 'ms' },
  'sluice.udp-timeouts.dns': { unit: 's' },
  'sluice.udp-timeouts.quic': { unit: 's' },
  'sluice.limits.max-buffer-bytes': { unit: 'bytes' },
};

const SNIFFER_NEEDS = 'sniffer.enable';
const NOTHING: Extras = { default: null };

const sections: readonly (readonly [
  path: string,
  group: SettingGroup,
  keys: Readonly<Record<string, Key<unknown>>>,
  more?: Extras,
])[] = [
  ['', 'general', topSection.used],
  ['profile', 'general', profileSection.used],
  ['tun', 'tun', tunSection.used],
  ['dns', 'dns', dnsSection.used],
  ['dns.fallback-filter', 'dns', fallbackFilterSection.used],
  ['sniffer', 'sniffer', snifferSection.used],
  ...['HTTP', 'TLS', 'QUIC'].map(
    (protocol) =>
      // Without `ports` a protocol is not looked at, unless the file names it.
      [`sniffer.sniff.${protocol}`, 'sniffer', sniffedProtocolSection.used, NOTHING] as const,
  ),
  ['sluice', 'traffic', sluiceSection.used],
  ['sluice.udp-timeouts', 'traffic', timeoutsSection.used],
  ['sluice.limits', 'limits', limitsSection.used, { needsRestart: true }],
  ['geox-url', 'data', geoxSection('').used],
  ['external-controller-cors', 'controller', corsSection.used],
];

const inOrder: readonly Catalogued[] = sections.flatMap(([path, group, keys, more]) =>
  Object.entries(keys).flatMap(([name, key]): Catalogued[] => {
    const full = path === '' ? name : `${path}.${name}`;
    if (elsewhere.has(full)) return [];
    const extra: Extras = { ...more, ...extras[full] };
    const isUnderSniffer = group === 'sniffer' && full !== SNIFFER_NEEDS;
    return [
      {
        path: full,
        keys: full.split('.'),
        key,
        group: extra.group ?? group,
        shape: extra.shape ?? shapeOf(key, full),
        unit: extra.unit ?? '',
        default:
          extra.default === undefined ? (key.fallback as SettingValue | null) : extra.default,
        needsRestart: extra.needsRestart ?? false,
        isSecret: extra.isSecret ?? false,
        needs: isUnderSniffer ? SNIFFER_NEEDS : null,
      },
    ];
  }),
);

/** The table of hosts is long: it comes behind the other settings of its group. */
const isLong = ({ path }: Catalogued): boolean => path === 'hosts';

export const catalogue: readonly Catalogued[] = [
  ...inOrder.filter((setting) => !isLong(setting)),
  ...inOrder.filter(isLong),
];

function shapeOf({ read }: Key<unknown>, path: string): SettingShape {
  if (read.shape === undefined) throw new TypeError(`${path} has no shape`);
  return read.shape;
}
