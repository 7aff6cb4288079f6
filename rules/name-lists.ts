/** Lists of names with `/` between them: inbounds, users, zones. */
import type { Zone } from './flow-facts.ts';
import type { Parsed } from './parsed.ts';
import { quote, suggestion } from './text.ts';

const zones: readonly Zone[] = ['host', 'wsl', 'container', 'vm', 'lan'];

/** mihomo's names of what flows can come in through; a rule may name one that Sluice does not have. */
const inboundTypes = new Set([
  ...['HTTP', 'HTTPS', 'SOCKS4', 'SOCKS5', 'MIXED', 'REDIR', 'TPROXY', 'TUNNEL', 'TUN', 'INNER'],
  ...['SHADOWSOCKS', 'SNELL', 'VMESS', 'VLESS', 'TROJAN', 'TUIC', 'HYSTERIA2', 'ANYTLS', 'MIERU'],
]);

/** Any names; case counts. */
export function parseNames(payload: string): Parsed<readonly string[]> {
  const names = split(payload);
  if (names.includes('')) {
    return { ok: false, reason: `${quote(payload)} has an empty name in it: write a/b/c` };
  }
  return { ok: true, value: names };
}

/** In capitals. `SOCKS` is both versions. */
export function parseInboundTypes(payload: string): Parsed<readonly string[]> {
  const types: string[] = [];
  for (const text of split(payload.toUpperCase())) {
    if (text === 'SOCKS') types.push('SOCKS4', 'SOCKS5');
    else if (inboundTypes.has(text)) types.push(text);
    else {
      const hint = suggestion(text, inboundTypes) || ': write TUN, HTTP or SOCKS5';
      return { ok: false, reason: `${quote(text)} is not a way in${hint}` };
    }
  }
  return { ok: true, value: types };
}

export function parseZones(payload: string): Parsed<readonly Zone[]> {
  const found: Zone[] = [];
  for (const text of split(payload.toLowerCase())) {
    const zone = zones.find((known) => known === text);
    if (zone === undefined) {
      return { ok: false, reason: `${quote(text)} is not a zone: write ${zones.join(', ')}` };
    }
    found.push(zone);
  }
  return { ok: true, value: found };
}

function split(payload: string): string[] {
  return [...new Set(payload.split('/').map((part) => part.trim()))];
}
