/** CIDR notation with bits set beyond its length: it means more than it seems to. */
import { formatIp, formatPrefix, parseIp } from '../ip.ts';
import type { Check } from './finding.ts';

export const hostBits: Check = ({ rules }, report) => {
  for (const rule of rules) {
    const { condition, payload, position } = rule;
    if (condition.kind !== 'ip-cidr') continue;
    const ip = parseIp(payload.slice(0, payload.indexOf('/')));
    // IPv4-mapped spellings are another matter.
    if (ip === null || ip.family !== condition.prefix.ip.family || payload.startsWith('::ffff:'))
      continue;
    if (formatIp(ip) === formatIp(condition.prefix.ip)) continue;
    const meant = formatPrefix(condition.prefix);
    report({
      severity: 'warning',
      code: 'rule-host-bits',
      message: `${payload} has bits beyond its length: it is ${meant}`,
      position,
      fix: { isSafe: true, rule, replace: { from: payload, to: meant } },
    });
  }
};
