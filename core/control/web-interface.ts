/**
 * The web server that the configuration asks for: begins it, moves it when the configuration
 * changes, and makes the links that open the interface. Owns the server and the secret.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { SluiceError, toApiError } from '../api/errors.ts';
import type { ControllerConfig } from '../config/controller-section.ts';
import type { Logger } from '../log/logger.ts';
import { ClashApi } from './clash/clash-api.ts';
import { ClashStorage } from './clash/storage.ts';
import { loadSecret } from './secret.ts';
import type { ControlService } from './service.ts';
import { Sessions } from './sessions.ts';
import { UI_PATH } from './ui-files.ts';
import { WebServer } from './web-server.ts';

/** Where the build puts the interface. */
const UI_FOLDER = join(import.meta.dirname, '../../dist/renderer');

/** What dashboards keep, in the state folder. */
const CLASH_STORAGE = 'clash-storage.json';

interface Running {
  readonly config: ControllerConfig;
  readonly server: WebServer;
  readonly sessions: Sessions;
  /** `http://host:port`, as a browser on this machine would open it. */
  readonly base: string;
}

export class WebInterface {
  readonly #service: ControlService;
  readonly #stateDir: string;
  readonly #log: Logger;
  readonly #clash: ClashApi;
  #running: Running | null = null;
  /** Servers that let their last answers finish. */
  readonly #ending = new Set<Promise<void>>();

  constructor(service: ControlService, stateDir: string, log: Logger) {
    this.#service = service;
    this.#stateDir = stateDir;
    this.#log = log;
    const storage = new ClashStorage(join(stateDir, CLASH_STORAGE), log);
    this.#clash = new ClashApi(service, storage, log);
  }

  /**
   * Listens where the configuration says. Never rejects: the machine's network does not depend
   * on its interface, so what went wrong is logged.
   */
  async apply(config: ControllerConfig): Promise<void> {
    if (isDeepStrictEqual(config, this.#running?.config)) return;
    // Not waited for: it may be the answer to whoever has changed the configuration by it.
    this.#end();
    if (config.listen === null) return;
    try {
      this.#running = await this.#start(config, config.listen);
    } catch (cause) {
      const { code, message } = toApiError(cause);
      this.#log.error(code, `The interface is not there: ${message}`);
    }
  }

  /** A link that opens the interface once. Throws `ERR_NO_INTERFACE` where there is none. */
  link(): string {
    if (this.#running === null) {
      const message =
        'The interface is off. Set external-controller, for example to 127.0.0.1:9090.';
      throw new SluiceError('ERR_NO_INTERFACE', message);
    }
    // Behind the #, so that neither logs nor other servers ever see it.
    return `${this.#running.base}${UI_PATH}#code=${this.#running.sessions.newLink()}`;
  }

  async close(): Promise<void> {
    this.#end();
    await Promise.all(this.#ending);
  }

  /** From here on its port is free. */
  #end(): void {
    if (this.#running === null) return;
    const ending = this.#running.server.close();
    this.#running = null;
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
  }

  async #start(config: ControllerConfig, { host, port }: Listen): Promise<Running> {
    const sessions = new Sessions(await loadSecret(this.#stateDir, config.secret));
    const server = new WebServer({
      sessions,
      allowOrigins: config.allowOrigins,
      allowPrivateNetwork: config.allowPrivateNetwork,
      service: this.#service,
      clash: this.#clash,
      log: this.#log,
      uiFolder: UI_FOLDER,
    });
    const bound = await server.listen(host, port).catch((cause: unknown) => {
      if (config.isExplicit) throw cause;
      return server.listen(host, 0);
    });
    if (bound !== port) {
      this.#log.info('INTERFACE_PORT', `Port ${port} is taken: the interface is on port ${bound}.`);
    }
    return { config, server, sessions, base: `http://${openable(host)}:${bound}` };
  }
}

type Listen = NonNullable<ControllerConfig['listen']>;

/** "Every address" is none that a browser could open. */
function openable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
