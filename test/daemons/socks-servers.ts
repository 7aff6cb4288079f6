/** SOCKS servers that other people wrote: microsocks and Dante. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Daemon, type DaemonOptions, startDaemon } from './daemon.ts';

/** SOCKS5 only, TCP only; names are resolved by the server. */
export function startMicrosocks(
  options: DaemonOptions & { readonly username?: string; readonly password?: string } = {},
): Promise<Daemon> {
  const { username, password } = options;
  const login =
    username === undefined || password === undefined ? [] : ['-u', username, '-P', password];
  return startDaemon(
    {
      name: 'microsocks',
      prepare: ({ address, port }) =>
        Promise.resolve({
          command: 'microsocks',
          args: ['-i', address, '-p', String(port), ...login],
        }),
    },
    options,
  );
}

/** SOCKS4, SOCKS4a and SOCKS5 with UDP ASSOCIATE, without a password. Needs root. */
export function startDante(
  options: DaemonOptions & {
    /** Address or interface that it goes out by; the address it listens on if absent. */
    readonly external?: string;
  } = {},
): Promise<Daemon> {
  return startDaemon(
    {
      name: 'danted',
      async prepare({ folder, address, port }) {
        const file = path.join(folder, 'danted.conf');
        await writeFile(file, danteConfig(folder, address, port, options.external ?? address));
        return { command: 'danted', args: ['-f', file, '-p', path.join(folder, 'danted.pid')] };
      },
    },
    options,
  );
}

function danteConfig(folder: string, address: string, port: number, external: string): string {
  const everyone = ['0.0.0.0/0', '::/0'];
  const pairs = everyone.flatMap((from) => everyone.map((to) => `from: ${from} to: ${to}`));
  return [
    `logoutput: ${path.join(folder, 'danted.log')}`,
    `internal: ${address} port = ${port}`,
    `external: ${external}`,
    'clientmethod: none',
    'socksmethod: none',
    // Anyone may answer, as RFC 1928 leaves to the server.
    'udp.connectdst: no',
    'user.privileged: root',
    'user.unprivileged: nobody',
    ...everyone.map((from) => `client pass { from: ${from} to: ${from} }`),
    ...pairs.map((pair) => `socks pass { ${pair} command: connect udpassociate bind }`),
    ...pairs.map((pair) => `socks pass { ${pair} command: udpreply bindreply }`),
    '',
  ].join('\n');
}
