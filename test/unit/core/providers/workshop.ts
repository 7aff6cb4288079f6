/** Providers under test: a state folder of their own, lists on a loopback server, a log to look at. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../../../core/config/config.ts';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import { formatProblem } from '../../../../core/config/problems.ts';
import { createLogger } from '../../../../core/log/logger.ts';
import { Providers } from '../../../../core/providers/providers.ts';
import { dialLoopback, serveHttp } from '../http/servers.ts';
import { loopbackOutbound } from '../upstream/loopback.ts';

/** What a server answers with, by path; a function answers itself. */
export type Served = Record<
  string,
  string | Buffer | ((request: IncomingMessage, response: ServerResponse) => void)
>;

export class Workshop {
  readonly dir = mkdtempSync(join(tmpdir(), 'sluice-providers-'));
  readonly log: string[] = [];
  /** Requests that came, as `METHOD path` and the ETag that the client knew. */
  readonly requests: string[] = [];
  /** Through which proxies was dialled. */
  readonly ways: string[] = [];
  readonly served: Served = {};
  changes = 0;
  url = '';
  readonly #outbound = loopbackOutbound();

  static async open(t: TestContext): Promise<Workshop> {
    const workshop = new Workshop();
    t.after(() => rmSync(workshop.dir, { recursive: true, force: true }));
    const { port } = await serveHttp(t, (request, response) => workshop.#answer(request, response));
    workshop.url = `http://lists.test:${port}`;
    return workshop;
  }

  /** `URL` in the text is the server, `FOLDER` the folder of the configuration. */
  config(yaml: string): Config {
    const path = join(this.dir, 'config.yaml');
    const text = yaml.replaceAll('URL', this.url).replaceAll('FOLDER', this.dir);
    const { config, problems } = parseConfig(text, path);
    if (config === null) throw new Error(problems.map(formatProblem).join('\n'));
    return config;
  }

  write(name: string, text: string | Buffer): string {
    const path = join(this.dir, name);
    writeFileSync(path, text);
    return path;
  }

  /** Providers of this configuration, opened; running where `start` says so. Closed with the test. */
  async providers(t: TestContext, config: Config, start = true): Promise<Providers> {
    const providers = new Providers(config, {
      stateDir: this.dir,
      log: createLogger({ level: 'debug', write: (line) => this.log.push(line) }),
      dialThrough: (proxy) => {
        this.ways.push(proxy);
        return dialLoopback(this.#outbound);
      },
      onProxies: () => this.changes++,
    });
    t.after(() => providers.close());
    (await providers.prepare(config)).commit();
    if (start) providers.start();
    return providers;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', headers, method } = request;
    this.requests.push([method, url, headers['if-none-match'] ?? ''].join(' ').trim());
    const answer = this.served[url];
    if (typeof answer === 'function') answer(request, response);
    else if (answer === undefined) response.writeHead(404).end('not here');
    else response.end(answer);
  }
}

/** Waits for something that happens by itself. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}
