/** A real web server in `net` with lists on it, and every way in which such a server can be a burden. */
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ports } from './addresses.ts';
import type { Lab } from './lab.ts';

export const listPorts = { http: 8090, https: 8453 } as const;

export class ListServer {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(lab: Lab): Promise<ListServer> {
    const folder = join(lab.folder, 'lists');
    mkdirSync(join(folder, 'www'), { recursive: true });
    const server = new ListServer(folder);
    const { cert, key } = lab.certificates;
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((kind) => `${kind}_temp_path ${folder}/nginx-${kind};`)
      .join('\n');
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off;
pid ${folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
events { worker_connections 100; }
http {
  ${temporary}
  log_format short '$remote_addr $status $uri $sent_http_content_encoding';
  access_log ${folder}/access.log short;
  default_type text/plain;
  gzip on;
  gzip_min_length 1;
  gzip_types text/plain;
  server {
    listen ${listPorts.http};
    listen [::]:${listPorts.http};
    listen ${listPorts.https} ssl;
    ssl_certificate ${cert};
    ssl_certificate_key ${key};
    root ${folder}/www;
    location = /loop { return 302 /loop; }
    location = /moved { return 301 /ads.txt; }
    location = /away { return 302 http://site.test:${listPorts.http}/ads.txt; }
    location = /endless { alias ${folder}/endless; }
    location = /huge { gzip off; alias ${folder}/huge; }
    location = /slow { gzip off; limit_rate 200; alias ${folder}/www/ads.txt; }
    location = /dead { proxy_pass http://127.0.0.1:${ports.closed}; }
    location = /subscription {
      add_header Subscription-Userinfo "upload=1; download=2; total=3";
      alias ${folder}/www/proxies.txt;
    }
    location = /plan {
      add_header Subscription-Userinfo "upload=2147483648; download=51539607552; total=107374182400; expire=4102444800";
      alias ${folder}/www/proxies.txt;
    }
  }
}
`,
    );
    // Compressed on the way, the endless one has no length: it is a bomb, too.
    for (const name of ['endless', 'huge']) {
      writeFileSync(join(folder, name), '');
      truncateSync(join(folder, name), name === 'huge' ? 200 * 1024 * 1024 : 2 ** 36);
    }
    const args = ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')];
    await lab.spawn('net', 'nginx', args).listening(listPorts.https);
    return server;
  }

  /** Puts a file under its name. */
  put(name: string, text: string): void {
    writeFileSync(join(this.#folder, 'www', name), text);
  }

  /** Requests so far: who asked, the status, the path, the encoding. */
  log(): string[] {
    return readFileSync(join(this.#folder, 'access.log'), 'utf8').trim().split('\n');
  }
}
