/** Resolvers that other people wrote: Unbound, over UDP, TCP, TLS and HTTPS, and dnsmasq. */
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Certificates } from '../lab/certificates.ts';
import { type Daemon, type DaemonOptions, freePort, startDaemon } from './daemon.ts';

export interface UnboundOptions extends DaemonOptions {
  /** Lines of local data: `site.test. 300 A 203.0.113.9`. Other names do not exist. */
  readonly records: readonly string[];
  /** For TLS and HTTPS; absent: neither. */
  readonly certificates?: Certificates;
}

export interface Unbound extends Daemon {
  /** 0 without certificates. */
  readonly tlsPort: number;
  readonly httpsPort: number;
}

export async function startUnbound(options: UnboundOptions): Promise<Unbound> {
  const { records, certificates } = options;
  const secure = certificates !== undefined;
  const [tlsPort, httpsPort] = secure ? [await freePort(), await freePort()] : [0, 0];
  const daemon = await startDaemon(
    {
      name: 'unbound',
      stopSignal: 'SIGKILL',
      async prepare({ folder, address, port }) {
        const ports = secure ? [port, tlsPort, httpsPort] : [port];
        const lines = [
          'server:',
          'do-daemonize: no',
          'username: ""',
          'chroot: ""',
          `directory: "${folder}"`,
          'pidfile: ""',
          'use-syslog: no',
          'module-config: "iterator"',
          'access-control: 127.0.0.0/8 allow',
          ...ports.map((one) => `interface: ${address}@${one}`),
          ...(secure
            ? [
                `tls-port: ${tlsPort}`,
                `https-port: ${httpsPort}`,
                `tls-service-key: "${certificates.key}"`,
                `tls-service-pem: "${certificates.cert}"`,
              ]
            : []),
          'local-zone: "test." static',
          ...records.map((record) => `local-data: '${record}'`),
          'remote-control:',
          'control-enable: no',
        ];
        const file = path.join(folder, 'unbound.conf');
        await writeFile(file, `${lines.join('\n')}\n`);
        return { command: 'unbound', args: ['-d', '-p', '-c', file] };
      },
    },
    options,
  );
  return { ...daemon, tlsPort, httpsPort };
}

export interface DnsmasqOptions extends DaemonOptions {
  /** More of its command line: `--host-record=site.test,203.0.113.9`. Other names do not exist. */
  readonly args: readonly string[];
}

export function startDnsmasq(options: DnsmasqOptions): Promise<Daemon> {
  return startDaemon(
    {
      name: 'dnsmasq',
      async prepare({ folder, address, port }) {
        await chmod(folder, 0o755);
        return {
          command: 'dnsmasq',
          args: [
            ...['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--no-resolv'],
            ...['--no-hosts', '--bind-interfaces', '--local=/test/', '--local-ttl=60'],
            ...[`--listen-address=${address}`, `--port=${port}`, ...options.args],
          ],
        };
      },
    },
    options,
  );
}
