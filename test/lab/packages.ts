/** The programs that the lab, the demo and the bench need, and the Debian packages that have them. */
import { ensureTools } from '../../build/debian.ts';

const tools = [
  { command: 'ip', package: 'iproute2' },
  { command: 'tc', package: 'iproute2' },
  { command: 'nft', package: 'nftables' },
  { command: 'sysctl', package: 'procps' },
  { command: 'openssl', package: 'openssl' },
  { command: 'curl', package: 'curl' },
  { command: 'dig', package: 'bind9-dnsutils' },
  { command: 'git', package: 'git' },
  { command: 'nc', package: 'netcat-openbsd' },
  { command: 'socat', package: 'socat' },
  { command: 'wrk', package: 'wrk' },
  { command: 'iperf3', package: 'iperf3' },
  { command: 'ping', package: 'iputils-ping' },
  { command: 'tracepath', package: 'iputils-tracepath' },
  { command: 'traceroute', package: 'traceroute' },
  { command: 'python3', package: 'python3' },
  { command: 'tcpdump', package: 'tcpdump' },
  { command: 'nginx', package: 'nginx' },
  { command: 'unbound', package: 'unbound' },
  { command: 'dnsperf', package: 'dnsperf' },
  { command: 'dnsmasq', package: 'dnsmasq-base' },
  { command: 'gtlsclient', package: 'ngtcp2-client' },
  { command: 'gtlsserver', package: 'ngtcp2-server' },
  { command: 'danted', package: 'dante-server' },
  { command: 'microsocks', package: 'microsocks' },
  { command: 'squid', package: 'squid' },
  { command: 'patch', package: 'patch' },
  { command: 'dbus-daemon', package: 'dbus-daemon' },
  // Its library is systemd-resolved's, too (resolved.ts).
  { command: 'systemctl', package: 'systemd' },
  { command: 'tinyproxy', package: 'tinyproxy-bin' },
];

/** Installs what is missing (root only). `purpose` is for the message, such as "the demo". */
export async function ensureLabPackages(purpose: string): Promise<void> {
  await ensureTools(tools, purpose);
}
