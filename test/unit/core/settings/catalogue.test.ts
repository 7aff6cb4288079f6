/** The catalogue says what is true: of the readers, of the documentation and of the engine. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { SettingValue } from '../../../../core/api/settings.ts';
import type { Config } from '../../../../core/config/config.ts';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import { restartNeeded } from '../../../../core/engine/tunnel-settings.ts';
import { catalogue } from '../../../../core/settings/catalogue.ts';
import type { Catalogued } from '../../../../core/settings/catalogue.ts';
import { changeSettings } from '../../../../core/settings/edit-settings.ts';
import { FileSettings } from '../../../../core/settings/read-settings.ts';

/** Values that are not the default, of settings whose shape does not tell one. */
const samples: Readonly<Record<string, SettingValue>> = {
  'interface-name': 'eth9',
  hosts: { 'nas.example': '192.0.2.1', '*.dev.example': ['192.0.2.2', '192.0.2.3'] },
  'global-ua': 'tester',
  'external-controller': '127.0.0.1:9191',
  secret: 'yes',
  'tun.device': 'tun7',
  'tun.inet4-address': ['198.18.0.1/30'],
  'tun.inet6-address': ['fd00::1/126'],
  'tun.route-address': ['192.0.2.0/24'],
  'tun.route-exclude-address': ['192.0.2.0/24', '2001:db8::/32'],
  'tun.dns-hijack': ['192.0.2.1:53'],
  'dns.listen': '127.0.0.1:1053',
  'dns.fake-ip-range': '10.9.0.0/16',
  'dns.fake-ip-range6': 'fd09::/64',
  'dns.fake-ip-filter': ['+.corp.example'],
  'dns.nameserver': ['192.0.2.53', 'https://dns.example/dns-query#ecs=192.0.2.0/24'],
  'dns.default-nameserver': ['192.0.2.53'],
  'dns.fallback': ['tls://192.0.2.53'],
  'dns.proxy-server-nameserver': ['192.0.2.53'],
  'dns.direct-nameserver': ['192.0.2.53'],
  'dns.nameserver-policy': { '+.corp.example': '10.0.0.53', 'geosite:cn': ['system'] },
  'dns.proxy-server-nameserver-policy': { '+.corp.example': '10.0.0.53' },
  'dns.fallback-filter.geoip-code': 'DE',
  'dns.fallback-filter.geosite': ['gfw'],
  'dns.fallback-filter.ipcidr': ['240.0.0.0/4'],
  'dns.fallback-filter.domain': ['+.example.org'],
  'sniffer.force-domain': ['+.example.org'],
  'sniffer.skip-domain': ['+.example.org'],
  'sniffer.skip-src-address': ['192.0.2.0/24'],
  'sniffer.skip-dst-address': ['192.0.2.0/24'],
  'sniffer.sniff.HTTP.ports': ['80', '8080-8880'],
  'sniffer.sniff.TLS.ports': ['8443'],
  'sniffer.sniff.QUIC.ports': [443],
  'geox-url.geoip': 'https://lists.example/geoip.dat',
  'geox-url.mmdb': '/var/lib/data/country.mmdb',
  'geox-url.asn': 'https://lists.example/asn.mmdb',
  'geox-url.geosite': 'https://lists.example/geosite.dat',
  'external-controller-cors.allow-origins': ['https://board.example.com'],
};

function sampleOf({ path, shape, default: usual }: Catalogued): SettingValue {
  switch (shape.kind) {
    case 'switch':
      return usual === false;
    case 'integer':
      return usual === shape.max ? shape.min : Number(usual) + 1;
    case 'choice':
      return shape.choices.find((choice) => choice !== usual) ?? '';
    default: {
      const sample = samples[path];
      assert.ok(sample !== undefined, `${path} needs a sample`);
      return sample;
    }
  }
}

/** What a setting needs in order to count. */
function baseOf({ path, needs }: Catalogued): string {
  if (path === 'dns.respect-rules')
    return 'dns: {nameserver: [192.0.2.53], proxy-server-nameserver: [192.0.2.53]}\n';
  if (path === 'dns.fallback-filter.geoip-code') return 'dns: {fallback: [192.0.2.53]}\n';
  const protocol = /^sniffer\.sniff\.(\w+)\.override/.exec(path)?.[1];
  if (protocol !== undefined)
    return `sniffer: {enable: true, sniff: {${protocol}: {ports: [99]}}}\n`;
  if (path.startsWith('sniffer.sniff.TLS')) return 'sniffer: {enable: true}\n';
  return needs === null ? 'mode: rule\n' : 'sniffer: {enable: true, sniff: {TLS: {ports: [99]}}}\n';
}

function configOf(text: string): Config {
  const { config, problems } = parseConfig(text, '/etc/test.yaml');
  assert.ok(config !== null, `${JSON.stringify(problems)} in ${text}`);
  return config;
}

/** Without what tells a key that is there from one that is not. */
function meaning(text: string): unknown {
  const { controller, ...config } = configOf(text);
  return { ...config, controller: { ...controller, isExplicit: false } };
}

describe('each setting', () => {
  for (const setting of catalogue) {
    const { path, shape, default: usual } = setting;
    const base = baseOf(setting);
    test(`${path}: a value is taken, found again and changes the configuration`, () => {
      const value = sampleOf(setting);
      const text = changeSettings(base, [{ path, value }]);
      const found = new FileSettings(text).get(setting);
      const asText = (item: unknown): unknown => (Array.isArray(item) ? item.map(String) : item);
      assert.deepEqual(asText(found?.value), asText(value));
      assert.notDeepEqual(meaning(text), meaning(base), text);
      const needed = restartNeeded(configOf(base), configOf(text));
      assert.equal(needed.length > 0, setting.needsRestart, needed.join());
      const reset = changeSettings(text, [{ path, value: null }]);
      assert.deepEqual(meaning(reset), meaning(base));
    });
    if (usual !== null) {
      test(`${path}: the default is what the readers take for nothing`, () => {
        const text = changeSettings(base, [{ path, value: usual }]);
        assert.deepEqual(meaning(text), meaning(base), text);
      });
    }
    if (shape.kind === 'integer') {
      test(`${path}: the range is the reader's`, () => {
        for (const value of [shape.min, shape.max]) {
          configOf(changeSettings(base, [{ path, value }]));
        }
        for (const value of [shape.min - 1, shape.max + 1]) {
          if (value < 0) continue;
          assert.throws(() => changeSettings(base, [{ path, value }]), {
            code: 'ERR_SETTING_INVALID',
          });
        }
      });
    }
    if (shape.kind === 'choice') {
      test(`${path}: the choices are the reader's`, () => {
        for (const value of shape.choices) changeSettings(base, [{ path, value }]);
        assert.throws(() => changeSettings(base, [{ path, value: 'neither' }]), {
          code: 'ERR_SETTING_INVALID',
          message: new RegExp(`^${path} must be one of ${shape.choices.join(', ')}`),
        });
      });
    }
  }
});

/** The first cells of the tables in each part of the page, as paths. */
function documentedPaths(): string[] {
  const page = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');
  const prefixes = { tun: 'tun.', sniffer: 'sniffer.', sluice: 'sluice.' } as const;
  const parts = [
    ...['General', 'The interface and its API', 'GEOIP and GEOSITE data', '`dns`', '`profile`'],
    ...['`tun`', '`sniffer`', '`sluice`'],
  ];
  return page.split(/^## /m).flatMap((part) => {
    const [title = '', ...lines] = part.split('\n');
    if (!parts.includes(title)) return [];
    const name = title.replaceAll('`', '');
    const prefix = name in prefixes ? prefixes[name as keyof typeof prefixes] : '';
    return lines.flatMap((line) => {
      const cell = line.startsWith('| `') ? (line.split('|')[1] ?? '') : '';
      return Array.from(cell.matchAll(/`([^`]+)`/g), ([, key = '']) => prefix + key);
    });
  });
}

test('the documentation and the catalogue have the same settings', () => {
  const documented = documentedPaths();
  const paths = catalogue.map(({ path }) => path);
  const isKnown = (path: string): boolean =>
    paths.some((known) => known === path || known.startsWith(`${path}.`));
  const pages = [
    ...['proxies', 'proxy-groups', 'rules', 'sub-rules', 'rule-providers', 'proxy-providers'],
  ];
  assert.deepEqual(
    documented.filter((path) => !isKnown(path) && !pages.includes(path)),
    [],
  );
  const isDocumented = (path: string): boolean =>
    documented.some((known) => known === path || path.startsWith(`${known}.`));
  assert.deepEqual(
    paths.filter((path) => !isDocumented(path)),
    [],
  );
});
