/** Which geo data a configuration needs, from the text of its rules and from its DNS settings. Pure. */
import type { Config } from '../config/config.ts';

export interface GeoNeeds {
  /** Names of GEOSITE lists, in lower case. */
  readonly sites: readonly string[];
  /** Codes of GEOIP, in lower case, without `lan`, which needs no data. */
  readonly countries: readonly string[];
  readonly asn: boolean;
}

type Needing = Pick<Config, 'rules' | 'subRules' | 'dns'>;

/** Rules within rules are found, too: AND, OR, NOT and SUB-RULE have them in their payload. */
export function geoNeeds({ rules, subRules, dns }: Needing): GeoNeeds {
  const sites = new Set<string>();
  const countries = new Set<string>();
  let asn = false;
  for (const { type, payload } of [rules, ...subRules.values()].flat()) {
    for (const [, kind = '', text = ''] of `(${type},${payload},`.matchAll(GEO_RULE)) {
      const name = text.trim().toLowerCase();
      if (kind.toUpperCase() === 'GEOSITE') sites.add(name);
      else if (kind.toUpperCase().endsWith('GEOIP')) countries.add(name.replace(/^!/, ''));
      else asn = true;
    }
  }
  if (dns.enable) {
    for (const name of namesIn(dns)) sites.add(name);
    if (dns.fallback.length > 0) {
      for (const name of dns.fallbackFilter.geosite) sites.add(name);
      countries.add(dns.fallbackFilter.country.toLowerCase());
    }
  }
  countries.delete('lan');
  countries.delete('');
  return { sites: [...sites], countries: [...countries], asn };
}

const GEO_RULE = /\(\s*(GEOSITE|(?:SRC-)?GEOIP|(?:SRC-)?IP-ASN)\s*,([^,)]*)/gi;

/** Wherever a pattern of names may stand. */
function* namesIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  if ('kind' in value && value.kind === 'geosite' && 'name' in value) yield String(value.name);
  else for (const inner of Object.values(value)) yield* namesIn(inner);
}
