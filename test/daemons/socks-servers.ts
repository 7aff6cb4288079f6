/** SOCKS servers that other people wrote: microsocks and Dante. */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
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

/** SOCKS4, SOCKS4a and SOCKS5 with UDP ASSOCIATE; with a login SOCKS5 alone. Needs root. */
export function startDante(
  options: DaemonOptions & {
    /** Address or interface that it goes out by; the address it listens on if absent. */
    readonly external?: string;
    readonly username?: string;
    readonly password?: string;
  } = {},
): Promise<Daemon> {
  const { external, username, password } = options;
  return startDaemon(
    {
      name: 'danted',
      async prepare({ folder, address, port }) {
        const file = path.join(folder, 'danted.conf');
        const method = username === undefined ? 'none' : 'username';
        await writeFile(file, danteConfig(folder, address, port, external ?? address, method));
        const args = ['-f', file, '-p', path.join(folder, 'danted.pid')];
        if (username === undefined || password === undefined) return { command: 'danted', args };
        return { command: 'unshare', args: await withUser(folder, username, password, args) };
      },
    },
    options,
  );
}

/** It knows the system's users only: it gets a system of its own with one more. */
async function withUser(
  folder: string,
  username: string,
  password: string,
  args: readonly string[],
): Promise<string[]> {
  const hash = execFileSync('openssl', ['passwd', '-6', password]).toString().trim();
  const lines = {
    passwd: `${username}:x:65533:65533::/nonexistent:/bin/false\n`,
    shadow: `${username}:${hash}:19000:0:99999:7:::\n`,
  };
  const mounts: string[] = [];
  for (const [name, line] of Object.entries(lines)) {
    const copy = path.join(folder, name);
    await writeFile(copy, (await readFile(`/etc/${name}`, 'utf8')) + line);
    mounts.push(`mount --bind '${copy}' /etc/${name}`);
  }
  return ['-m', 'sh', '-c', [...mounts, 'exec danted "$@"'].join(' && '), 'sh', ...args];
}

function danteConfig(
  folder: string,
  address: string,
  port: number,
  external: string,
  method: string,
): string {
  const everyone = ['0.0.0.0/0', '::/0'];
  const pairs = everyone.flatMap((from) => everyone.map((to) => `from: ${from} to: ${to}`));
  return [
    `logoutput: ${path.join(folder, 'danted.log')}`,
    `internal: ${address} port = ${port}`,
    `external: ${external}`,
    'clientmethod: none',
    `socksmethod: ${method}`,
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
