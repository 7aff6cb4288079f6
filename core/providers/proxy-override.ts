/** What the configuration puts in place of what a proxy provider says. Pure. */
import type { ProxyConfig } from '../config/config.ts';
import type { ProxyOverride } from '../config/provider-config.ts';

export function overridden(proxy: ProxyConfig, override: ProxyOverride): ProxyConfig {
  const { additionalPrefix, additionalSuffix, udp, skipCertVerify, dialerProxy } = override;
  const name = `${additionalPrefix}${proxy.name}${additionalSuffix}`;
  if (!('server' in proxy)) return { ...proxy, name };
  const tls =
    proxy.tls === null || skipCertVerify === null ? proxy.tls : { ...proxy.tls, skipCertVerify };
  const common = { name, tls, dialerProxy: dialerProxy === '' ? proxy.dialerProxy : dialerProxy };
  if (proxy.type === 'socks5') return { ...proxy, ...common, udp: udp ?? proxy.udp };
  return { ...proxy, ...common };
}
