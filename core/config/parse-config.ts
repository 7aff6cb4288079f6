/** From the text of a configuration file to a `Config`, or to what is wrong with it. Reads no file. */
import { quote } from '../../rules/text.ts';
import { productVersion } from '../version.ts';
import type { Config, Problem } from './config.ts';
import { readDns } from './dns-section.ts';
import { controllerKeys, readController } from './controller-section.ts';
import { boolean, choice, list, map, optional, readSection, scalar, text } from './fields.ts';
import type { Reader } from './fields.ts';
import { geoKeys, readGeo } from './geo-section.ts';
import { globalGroup, readGroups } from './groups-section.ts';
import { readHosts } from './hosts-section.ts';
import { LineIndex } from './line-index.ts';
import { Names } from './names.ts';
import { Problems } from './problems.ts';
import { readProfile } from './profile-section.ts';
import { readProxies } from './proxies-section.ts';
import { readProxyProviders } from './proxy-providers-section.ts';
import { readRuleProviders } from './rule-providers-section.ts';
import { readYaml } from './read-yaml.ts';
import type { RulesSection } from './rules-section.ts';
import { readRules } from './rules-section.ts';
import { readSluice } from './sluice-section.ts';
import { readSniffer } from './sniffer-section.ts';
import { checkTargets } from './targets.ts';
import { readTun } from './tun-section.ts';
import type { MapValue, Value } from './value.ts';

export interface ParsedConfig {
  /** Null where there is an error among the problems. */
  readonly config: Config | null;
  /** In the order of the file. */
  readonly problems: readonly Problem[];
}

const emptyMap: MapValue = { kind: 'map', entries: new Map(), offset: 0 };

/** The items, whatever they are. */
const items: Reader<readonly Value[]> = list((value) => value);

/** Subscription servers send Clash YAML to programs with "clash" in their name. */
const DEFAULT_USER_AGENT = `Sluice/${productVersion()} clash.meta`;

const userAgent = scalar('printable ASCII text', (value) =>
  /^[\x20-\x7e]{1,256}$/.test(value) ? value : undefined,
);

export const topSection = {
  used: {
    mode: optional(choice(['rule', 'global', 'direct']), 'rule' as const),
    'log-level': optional(choice(['silent', 'error', 'warning', 'info', 'debug']), 'info' as const),
    ipv6: optional(boolean, true),
    'interface-name': optional(text(0, 64), ''),
    tun: optional(map, emptyMap),
    dns: optional(map, emptyMap),
    hosts: optional(map, emptyMap),
    profile: optional(map, emptyMap),
    'find-process-mode': optional(choice(['off', 'strict', 'always']), 'strict' as const),
    sniffer: optional(map, null as MapValue | null),
    proxies: optional(items, []),
    'proxy-groups': optional(items, []),
    rules: optional(items, []),
    'sub-rules': optional(map, emptyMap),
    'rule-providers': optional(map, emptyMap),
    'proxy-providers': optional(map, emptyMap),
    ...geoKeys,
    'global-ua': optional(userAgent, DEFAULT_USER_AGENT),
    'etag-support': optional(boolean, true),
    'unified-delay': optional(boolean, false),
    sluice: optional(map, emptyMap),
    ...controllerKeys,
  },
  later: [
    ...['port', 'socks-port', 'mixed-port', 'allow-lan', 'bind-address', 'authentication'],
    ...['skip-auth-prefixes', 'lan-allowed-ips', 'lan-disallowed-ips', 'listeners', 'tunnels'],
    'external-controller-tls',
    ...['external-controller-unix', 'external-controller-pipe', 'external-doh-server'],
    'tls',
    ...['tcp-concurrent', 'ntp'],
    ...['keep-alive-idle', 'keep-alive-interval', 'disable-keep-alive'],
  ],
  ignored: {
    'external-ui': 'Sluice serves its own interface at /ui/',
    'external-ui-name': 'Sluice serves its own interface at /ui/',
    'external-ui-url': 'Sluice serves its own interface at /ui/',
    'redir-port': 'flows are captured by the tunnel',
    'tproxy-port': 'flows are captured by the tunnel',
    iptables: 'flows are captured by the tunnel',
    ebpf: 'flows are captured by the tunnel',
    'routing-mark': 'own sockets leave by their interface, not by a mark',
    'global-client-fingerprint': 'no protocol that Sluice speaks imitates a browser',
    'geodata-loader': 'it is an implementation detail of mihomo',
    'geosite-matcher': 'it is an implementation detail of mihomo',
    experimental: 'it is an implementation detail of mihomo',
    'clash-for-android': 'it is for Android',
    'inbound-tfo': 'captured flows have no fast open',
    'inbound-mptcp': 'captured flows have no multipath',
    'ss-config': 'Sluice does not speak Shadowsocks',
    'vmess-config': 'Sluice does not speak VMess',
    'tuic-server': 'Sluice does not speak TUIC',
  },
};

/** Every key that means something at the top of a file. */
export const TOP_LEVEL_KEYS: ReadonlySet<string> = new Set([
  ...Object.keys(topSection.used),
  ...topSection.later,
  ...Object.keys(topSection.ignored),
]);

/** `file` is how problems name the file, and where relative names in it begin. */
export function parseConfig(text: string, file: string): ParsedConfig {
  const lines = new LineIndex(text);
  const problems = new Problems(file, (offset) => lines.position(offset));
  const config = readConfig(text, file, problems);
  return { config: problems.hasErrors ? null : config, problems: problems.list() };
}

function readConfig(text: string, file: string, problems: Problems): Config | null {
  const root = readYaml(text, problems);
  if (root === null) return null;
  if (root.kind === 'null') {
    problems.error('file-empty', 0, 'the file has no settings in it');
    return null;
  }
  if (root.kind !== 'map') {
    problems.error(
      'file-not-a-map',
      root.offset,
      'the file must be a map of settings (key: value)',
    );
    return null;
  }
  const fields = readSection(root, '', topSection, problems);
  const names = new Names();
  const proxies = readProxies(fields.proxies, file, names, problems);
  const providers = [...fields['proxy-providers'].entries.keys()];
  const ownGroups = readGroups(fields['proxy-groups'], { proxies, providers }, names, problems);
  const groups = [...ownGroups, ...globalGroup(proxies, ownGroups, names, problems)];
  const unusable = checkTargets(proxies, groups, names, problems);
  const rulesOffset = root.entries.get('rules')?.keyOffset ?? root.offset;
  const sources = {
    lists: fields['sub-rules'],
    providers: new Set(fields['rule-providers'].entries.keys()),
  };
  const section = readRules(fields.rules, sources, rulesOffset, names, problems);
  const ruleProviders = readRuleProviders(fields['rule-providers'], file, names, problems);
  const proxyProviders = readProxyProviders(fields['proxy-providers'], file, names, problems);
  const geo = readGeo(fields, file, problems);
  const tun = readTun(fields.tun, problems);
  const dns = readDns(fields.dns, fields.ipv6, names, problems);
  const hosts = readHosts(fields.hosts, problems);
  const profile = readProfile(fields.profile, problems);
  const sniffer = readSniffer(fields.sniffer, problems);
  const sluice = readSluice(fields.sluice, problems);
  const controller = readController(fields, root, problems);
  if (unusable === undefined) return null;
  warnOfUnusableTargets(section, unusable, problems);
  return {
    mode: fields.mode,
    logLevel: fields['log-level'],
    ipv6: fields.ipv6,
    interfaceName: fields['interface-name'],
    tun,
    dns,
    hosts,
    profile,
    findProcessMode: fields['find-process-mode'],
    sniffer,
    proxies,
    groups,
    rules: section.rules,
    subRules: section.subRules,
    ruleProviders,
    proxyProviders,
    geo,
    userAgent: fields['global-ua'],
    etagSupport: fields['etag-support'],
    unifiedDelay: fields['unified-delay'],
    sluice,
    controller,
  };
}

function warnOfUnusableTargets(
  { targets: used }: RulesSection,
  unusable: ReadonlySet<string>,
  problems: Problems,
): void {
  for (const [name, offset] of used) {
    if (!unusable.has(name)) continue;
    const message = `${quote(name)} cannot be used: flows that rules send there are rejected`;
    problems.warn('target-unusable', offset, message);
  }
}
