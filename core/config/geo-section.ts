/** The key `geox-url:` and its relatives. Defaults are mihomo's. */
import { boolean, integer, map, optional, readSection } from './fields.ts';
import type { Reader } from './fields.ts';
import type { Problems } from './problems.ts';
import type { GeoConfig } from './provider-config.ts';
import { absolutePath, httpUrl } from './source-fields.ts';
import { text } from './fields.ts';
import type { MapValue } from './value.ts';

const RELEASES = 'https://github.com/MetaCubeX/meta-rules-dat/releases/download/latest';

const emptyMap: MapValue = { kind: 'map', entries: new Map(), offset: 0 };

export const geoKeys = {
  'geox-url': optional(map, emptyMap),
  'geodata-mode': optional(boolean, false),
  'geo-auto-update': optional(boolean, false),
  // Hours; a timer cannot wait for longer.
  'geo-update-interval': optional(integer(1, 500), 24),
};

/** `file` is the configuration's: relative paths begin in its folder. */
export function readGeo(
  fields: {
    readonly 'geox-url': MapValue;
    readonly 'geodata-mode': boolean;
    readonly 'geo-auto-update': boolean;
    readonly 'geo-update-interval': number;
  },
  file: string,
  problems: Problems,
): GeoConfig {
  const { geoip, mmdb, asn, geosite } = readSection(
    fields['geox-url'],
    'geox-url',
    geoxSection(file),
    problems,
  );
  return {
    datMode: fields['geodata-mode'],
    autoUpdate: fields['geo-auto-update'],
    updateInterval: fields['geo-update-interval'],
    ...{ geoip, mmdb, asn, geosite },
  };
}

export function geoxSection(file: string) {
  const place = placeReader(file);
  return {
    used: {
      geoip: optional(place, `${RELEASES}/geoip.dat`),
      mmdb: optional(place, `${RELEASES}/geoip.metadb`),
      asn: optional(place, `${RELEASES}/GeoLite2-ASN.mmdb`),
      geosite: optional(place, `${RELEASES}/geosite.dat`),
    },
  };
}

/** A URL, or a file of the user's. */
function placeReader(file: string): Reader<string> {
  const read: Reader<string> = (value, name, problems) => {
    if (value.kind !== 'scalar' || /^[a-z][a-z0-9+.-]+:/i.test(value.text)) {
      return httpUrl(value, name, problems);
    }
    const path = text(1, 4096)(value, name, problems);
    if (path === undefined) return undefined;
    const found = absolutePath(path, file);
    if (found !== null) return found;
    const message = `${name} leaves the folder of the configuration: write an absolute path where that is meant`;
    problems.error('path-outside', value.offset, message);
    return undefined;
  };
  const expected = 'an http or https URL, or the path of a file';
  return Object.assign(read, { shape: { kind: 'text', expected } as const });
}
