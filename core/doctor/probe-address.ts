/** Where the self test calls, by family: nobody's address, or where only some networks are captured one in the first of them. */
import { DOCTOR_ADDRESS } from '../dns/special-names.ts';
import { formatIp, parseIp, parsePrefix, prefixContains } from '../../rules/ip.ts';

/** `networks` are those of `tun.route-address`; null where none of them is of the family. */
export function probeAddress(networks: readonly string[], family: 4 | 6): string | null {
  const usual = DOCTOR_ADDRESS[family];
  const ip = parseIp(usual);
  if (networks.length === 0 || ip === null) return usual;
  const captured = networks
    .map((network) => parsePrefix(network))
    .flatMap((parsed) => (parsed.ok && parsed.value.ip.family === family ? [parsed.value] : []));
  if (captured.some((prefix) => prefixContains(prefix, ip))) return usual;
  const [first] = captured;
  return first === undefined ? null : formatIp(first.ip);
}
