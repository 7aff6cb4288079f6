/** HTTP proxies that other people wrote: tinyproxy and Squid. Both allow CONNECT to every port. */
import { mkdir, chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Daemon, type DaemonOptions, startDaemon } from './daemon.ts';

export interface HttpProxyOptions extends DaemonOptions {
  /** Basic authentication is asked for if both are given. */
  readonly username?: string;
  readonly password?: string;
}

export function startTinyproxy(options: HttpProxyOptions = {}): Promise<Daemon> {
  const { username, password } = options;
  return startDaemon(
    {
      name: 'tinyproxy',
      async prepare({ folder, address, port }) {
        const file = path.join(folder, 'tinyproxy.conf');
        const lines = [
          `Port ${port}`,
          `Listen ${address}`,
          'Timeout 60',
          'MaxClients 1000',
          'LogLevel Warning',
          `LogFile "${path.join(folder, 'tinyproxy.log')}"`,
          ...(username === undefined || password === undefined
            ? []
            : [`BasicAuth ${username} ${password}`]),
        ];
        await writeFile(file, `${lines.join('\n')}\n`);
        return { command: 'tinyproxy', args: ['-d', '-c', file] };
      },
    },
    options,
  );
}

/** Started by root it runs as the user `proxy`. */
export function startSquid(options: HttpProxyOptions = {}): Promise<Daemon> {
  const { username, password } = options;
  return startDaemon(
    {
      name: 'squid',
      stopSignal: 'SIGKILL',
      async prepare({ folder, address, port }) {
        const logs = path.join(folder, 'logs');
        await mkdir(logs);
        await chmod(logs, 0o777);
        await chmod(folder, 0o755);
        const login =
          username === undefined || password === undefined
            ? ['http_access allow all']
            : await squidLogin(folder, username, password);
        const lines = [
          `http_port ${address.includes(':') ? `[${address}]` : address}:${port}`,
          'pid_filename none',
          'cache deny all',
          'access_log none',
          `cache_log ${path.join(logs, 'cache.log')}`,
          `coredump_dir ${logs}`,
          'shutdown_lifetime 0 seconds',
          'pinger_enable off',
          ...login,
        ];
        const file = path.join(folder, 'squid.conf');
        await writeFile(file, `${lines.join('\n')}\n`);
        // -N: one process in the foreground.
        return { command: 'squid', args: ['-N', '-f', file] };
      },
    },
    options,
  );
}

async function squidLogin(folder: string, username: string, password: string): Promise<string[]> {
  const helper = path.join(folder, 'login.sh');
  // The protocol of Squid's basic helpers: a line with both, an answer OK or ERR.
  await writeFile(
    helper,
    `#!/bin/sh\nwhile read -r line; do [ "$line" = "${username} ${password}" ] && echo OK || echo ERR; done\n`,
  );
  await chmod(helper, 0o755);
  return [
    `auth_param basic program ${helper}`,
    'auth_param basic children 1',
    'acl known proxy_auth REQUIRED',
    'http_access allow known',
    'http_access deny all',
  ];
}
