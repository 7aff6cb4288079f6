/** Configurations for Sluice in the lab, as YAML text. */
import type { Certificates } from './certificates.ts';
import { proxyYaml } from './proxies.ts';

/** Every proxy of the lab, and these rules (`TYPE,PAYLOAD,TARGET`). `extra` is YAML for the top level. */
export function labConfig(
  certificates: Certificates,
  rules: readonly string[],
  extra: readonly string[] = [],
): string {
  return [
    'tun: {enable: true}',
    ...extra,
    'proxies:',
    ...Object.values(proxyYaml(certificates)).map((proxy) => `  - ${proxy}`),
    'rules:',
    ...rules.map((rule) => `  - ${rule}`),
    '',
  ].join('\n');
}
