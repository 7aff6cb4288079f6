/** The key `hosts:`: names with their addresses, or with the name to ask for instead. */
import { normalizeDomain } from '../../rules/domain.ts';
import { formatIp, parseIp } from '../../rules/ip.ts';
import { quote } from '../../rules/text.ts';
import type { HostsSetting, HostsValue } from './dns-config.ts';
import { list, text } from './fields.ts';
import { PATTERN_EXPECTED, normalizePattern } from './name-pattern.ts';
import type { Problems } from './problems.ts';
import type { MapValue, Value } from './value.ts';

const VALUE_EXPECTED = 'an IP address, a list of them, another domain name, or lan';

export function readHosts(map: MapValue, problems: Problems): readonly HostsSetting[] {
  const settings: HostsSetting[] = [];
  for (const [key, { keyOffset, value }] of map.entries) {
    const pattern = normalizePattern(key);
    if (pattern === undefined) {
      const message = `${quote(key)} in hosts must be ${PATTERN_EXPECTED}`;
      problems.error('hosts-name', keyOffset, message);
      continue;
    }
    const read = readValue(value, key, problems);
    if (read !== undefined) settings.push({ pattern, value: read });
  }
  refuseCircles(settings, map, problems);
  return settings;
}

function readValue(value: Value, key: string, problems: Problems): HostsValue | undefined {
  const texts = list(text(1, 1024))(value, `hosts[${key}]`, problems) ?? [];
  const addresses = texts.map((one) => {
    const ip = parseIp(one);
    return ip === null ? undefined : formatIp(ip);
  });
  if (addresses.length > 0 && addresses.every((address) => address !== undefined)) {
    return { kind: 'addresses', addresses };
  }
  const [only = '', ...others] = texts;
  if (others.length === 0) {
    if (only === 'lan') return { kind: 'lan' };
    const name = normalizeDomain(only);
    if (name !== null) return { kind: 'alias', name };
  }
  if (value.kind === 'map') return undefined;
  problems.error('hosts-value', value.offset, `hosts[${key}] must be ${VALUE_EXPECTED}`);
  return undefined;
}

/** Aliases of exact names; what wildcards make of them is bounded when they are followed. */
function refuseCircles(settings: readonly HostsSetting[], map: MapValue, problems: Problems): void {
  const aliases = new Map<string, string>();
  for (const { pattern, value } of settings) {
    if (value.kind === 'alias') aliases.set(pattern, value.name);
  }
  for (const start of aliases.keys()) {
    const path = [start];
    for (let next = aliases.get(start); next !== undefined; next = aliases.get(next)) {
      path.push(next);
      if (next === start || path.length > aliases.size + 1) break;
    }
    // Told once, at the first name of the circle.
    if (path.length < 2 || path.at(-1) !== start) continue;
    for (const name of path) aliases.delete(name);
    const entry = [...map.entries].find(([key]) => normalizePattern(key) === start)?.[1];
    const message = `these hosts lead in a circle: ${path.join(' -> ')}`;
    problems.error('hosts-circle', entry?.keyOffset ?? map.offset, message);
  }
}
