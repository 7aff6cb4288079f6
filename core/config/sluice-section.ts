/** The key `sluice:`, for what Clash has no key. */
import type { SluiceConfig } from './config.ts';
import { boolean, choice, integer, map, optional, readSection } from './fields.ts';
import type { Problems } from './problems.ts';
import type { MapValue } from './value.ts';

const emptyMap: MapValue = { kind: 'map', entries: new Map(), offset: 0 };

export const sluiceSection = {
  used: {
    limits: optional(map, emptyMap),
    'connect-timeout': optional(integer(100, 600_000), 10_000),
    'sniff-timeout': optional(integer(10, 10_000), 300),
    'system-dns': optional(boolean, true),
    icmp: optional(choice(['reply', 'off', 'direct']), 'reply' as const),
    'udp-fallback': optional(choice(['next', 'direct', 'reject']), 'next' as const),
    'udp-timeouts': optional(map, emptyMap),
  },
};

export const limitsSection = {
  used: {
    'max-flows': optional(integer(16, 1_000_000), 32_768),
    'max-half-open': optional(integer(16, 1_000_000), 4096),
    'max-udp-sessions': optional(integer(16, 1_000_000), 16_384),
    'max-buffer-bytes': optional(integer(1 << 20, 2 ** 36), 256 << 20),
  },
};

export const timeoutsSection = {
  used: {
    dns: optional(integer(1, 86_400), 10),
    quic: optional(integer(1, 86_400), 30),
  },
};

export function readSluice(map: MapValue, problems: Problems): SluiceConfig {
  const fields = readSection(map, 'sluice', sluiceSection, problems);
  const limits = readSection(fields.limits, 'sluice.limits', limitsSection, problems);
  const timeouts = fields['udp-timeouts'];
  return {
    limits: {
      maxFlows: limits['max-flows'],
      maxHalfOpen: limits['max-half-open'],
      maxUdpSessions: limits['max-udp-sessions'],
      maxBufferBytes: limits['max-buffer-bytes'],
    },
    connectTimeout: fields['connect-timeout'],
    sniffTimeout: fields['sniff-timeout'],
    systemDns: fields['system-dns'],
    icmp: fields.icmp,
    udpFallback: fields['udp-fallback'],
    udpTimeouts: readSection(timeouts, 'sluice.udp-timeouts', timeoutsSection, problems),
  };
}
