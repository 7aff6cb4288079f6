/** Readers for names and sets of names, as `dns` and `hosts` use them: mihomo's domain wildcards, and sets. */
import { toAsciiDomain } from '../../rules/domain.ts';
import type { NamePattern } from './dns-config.ts';
import { scalar } from './fields.ts';

const LONGEST_NAME = 253;

export const PATTERN_EXPECTED =
  'a domain name, with *. for one label, +. for the name and all below it, or . for all below it';

/**
 * The comparable form of a pattern, or undefined. `*` stands for one label anywhere, `+` for the
 * name itself and all below it, an empty first label for all below it.
 */
export function normalizePattern(text: string): string | undefined {
  if (text.length > 4 * LONGEST_NAME) return undefined;
  const pattern = toAsciiDomain(text);
  const labels = pattern.split('.');
  const [first = '', ...rest] = labels;
  const isLabel = (label: string): boolean => /^(\*|[a-z0-9_-]{1,63})$/.test(label);
  if (pattern.length > LONGEST_NAME + 2 || !rest.every(isLabel)) return undefined;
  const isPrefix = (first === '' || first === '+') && rest.length > 0;
  return isPrefix || isLabel(first) ? pattern : undefined;
}

export const domainPattern = scalar(PATTERN_EXPECTED, normalizePattern);

/** The patterns of `geosite:a,b`, `rule-set:a,b` or `name,name`; undefined where one of them is none. */
export function parsePatterns(text: string): NamePattern[] | undefined {
  const [, prefix, sets] = /^(geosite|rule-set):(.*)$/i.exec(text) ?? [];
  const parts = (sets ?? text).split(',').map((part) => part.trim());
  const patterns = parts.map((part): NamePattern | undefined => {
    if (prefix === undefined) {
      const pattern = normalizePattern(part);
      return pattern === undefined ? undefined : { kind: 'domain', pattern };
    }
    if (part === '' || part.length > 128) return undefined;
    if (prefix.toLowerCase() === 'rule-set') return { kind: 'rule-set', name: part };
    return { kind: 'geosite', name: part.toLowerCase() };
  });
  return patterns.every((pattern) => pattern !== undefined) ? patterns : undefined;
}

export const namePatterns = scalar(
  `${PATTERN_EXPECTED}, geosite:CATEGORY or rule-set:PROVIDER`,
  parsePatterns,
);
