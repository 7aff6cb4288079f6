/**
 * What lives in `net`, but for the proxies: web servers, a resolver, git, iperf3 and small programs.
 * The processes end with the namespace.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ports, resolver, sites } from './addresses.ts';
import type { Certificates } from './certificates.ts';
import { Daemon } from './processes.ts';
import type { Place } from './processes.ts';

export interface Internet {
  /** Its log tells what it read. */
  readonly echo: Daemon;
}

/** Starts them all and waits until they answer. Their files go to `folder`. */
export async function startInternet(
  place: Place,
  folder: string,
  certificates: Certificates,
): Promise<Internet> {
  const echo = startProgram(place, 'echo');
  await Promise.all([
    startNginx(place, folder, certificates),
    startUnbound(place, folder),
    startGit(place, folder),
    ...ports.iperf.map((port) =>
      new Daemon(place, 'iperf3', ['-s', '-p', String(port)]).listening(port),
    ),
    // The last port that it opens.
    echo.listening(ports.reset),
    startProgram(place, 'bytes').listening(ports.bytes),
  ]);
  return { echo };
}

/** Runs one of the TypeScript files in `programs`. */
function startProgram(place: Place, name: string, args: readonly string[] = []): Daemon {
  const file = join(import.meta.dirname, 'programs', `${name}.ts`);
  return new Daemon(place, process.execPath, [file, ...args]);
}

/** `/` says who asked for what; `/small` and `/100k` are constant. */
async function startNginx(
  place: Place,
  folder: string,
  certificates: Certificates,
): Promise<Daemon> {
  const root = join(folder, 'www');
  mkdirSync(root);
  writeFileSync(join(root, 'small'), 'hello\n');
  writeFileSync(join(root, '100k'), Buffer.alloc(100_000, 'a'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/nginx-${kind};`)
    .join('\n');
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off;
pid ${folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
worker_rlimit_nofile 20000;
events { worker_connections 19000; }
http {
  ${temporary}
  access_log off;
  default_type text/plain;
  keepalive_requests 1000000;
  server {
    listen ${ports.http} backlog=4096;
    listen [::]:${ports.http} backlog=4096;
    listen ${ports.https} ssl backlog=4096;
    listen [::]:${ports.https} ssl backlog=4096;
    ssl_certificate ${certificates.cert};
    ssl_certificate_key ${certificates.key};
    location = / { return 200 "$remote_addr $scheme://$host $server_addr\\n"; }
    location / { root ${root}; }
  }
  server {
    listen 127.0.0.1:${ports.status};
    location / { stub_status; }
  }
}
`,
  );
  const args = ['-e', 'stderr', '-p', folder, '-c', config];
  return new Daemon(place, 'nginx', args).listening(ports.https);
}

async function startUnbound(place: Place, folder: string): Promise<Daemon> {
  const records = Object.entries(sites).flatMap(([name, addresses]) =>
    addresses.map((address) => {
      const type = address.includes(':') ? 'AAAA' : 'A';
      return `  local-data: "${name}. 60 IN ${type} ${address}"`;
    }),
  );
  const config = join(folder, 'unbound.conf');
  writeFileSync(
    config,
    `server:
  interface: ${resolver.v4}
  interface: ${resolver.v6}
  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  use-syslog: no
  max-udp-size: 8192
  local-zone: "test." static
  local-zone: "bench.test." redirect
  local-data: "bench.test. 300 IN A ${sites['site.test'][0]}"
  local-data: "big.site.test. 60 IN TXT ${'x'.repeat(200)}"
${Array.from({ length: 20 }, (_, i) => `  local-data: "big.site.test. 60 IN TXT ${i}${'y'.repeat(200)}"`).join('\n')}
${records.join('\n')}
remote-control:
  control-enable: no
`,
  );
  return new Daemon(place, 'unbound', ['-d', '-p', '-c', config]).listening(53);
}

/** git://site.test/project */
async function startGit(place: Place, folder: string): Promise<Daemon> {
  const base = join(folder, 'git');
  const work = join(base, 'project');
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, 'README'), 'A project that is cloned in tests.\n');
  writeFileSync(join(work, 'data'), Buffer.alloc(3_000_000, 'abcdefg\n'));
  const git = (...args: string[]): void => {
    const identity = ['-c', 'user.name=lab', '-c', 'user.email=lab@site.test'];
    execFileSync('git', ['-C', work, ...identity, ...args], { stdio: 'ignore' });
  };
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'First');
  const args = ['daemon', '--export-all', '--reuseaddr', `--base-path=${base}`, base];
  return new Daemon(place, 'git', args).listening(ports.git);
}
