/** What completion offers; `rules/rule-types.ts` would bring the engine for regular expressions. */

import { ZONES } from '../../../core/api/flows.ts';

export const RULE_TYPES: readonly string[] = [
  ...['DOMAIN', 'DOMAIN-SUFFIX', 'DOMAIN-KEYWORD', 'DOMAIN-WILDCARD', 'DOMAIN-REGEX', 'GEOSITE'],
  ...['IP-CIDR', 'IP-CIDR6', 'IP-SUFFIX', 'IP-ASN', 'GEOIP'],
  ...['SRC-IP-CIDR', 'SRC-IP-SUFFIX', 'SRC-IP-ASN', 'SRC-GEOIP'],
  ...['DST-PORT', 'SRC-PORT', 'IN-PORT', 'IN-TYPE', 'IN-USER', 'IN-NAME'],
  ...['PROCESS-NAME', 'PROCESS-NAME-WILDCARD', 'PROCESS-NAME-REGEX'],
  ...['PROCESS-PATH', 'PROCESS-PATH-WILDCARD', 'PROCESS-PATH-REGEX'],
  ...['UID', 'NETWORK', 'DSCP', 'ZONE', 'RULE-SET', 'MATCH'],
  ...['AND', 'OR', 'NOT', 'SUB-RULE'],
];

export const BUILT_IN_TARGETS: readonly string[] = ['DIRECT', 'REJECT', 'REJECT-DROP', 'PASS'];

/** Payloads that are chosen from a list. */
export const PAYLOADS: Readonly<Record<string, readonly string[]>> = {
  NETWORK: ['tcp', 'udp'],
  ZONE: ZONES,
};

/** After the target of a rule about addresses. */
export const FLAGS: readonly string[] = ['no-resolve', 'src'];
