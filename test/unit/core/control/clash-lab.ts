/** The Clash API over loopback HTTP, on a core of real groups, rules and flows. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { LogLevel } from '../../../../core/api/logs.ts';
import type { ProviderList } from '../../../../core/api/providers.ts';
import type { Mode } from '../../../../core/api/status.ts';
import { ClashApi } from '../../../../core/control/clash/clash-api.ts';
import { ClashStorage } from '../../../../core/control/clash/storage.ts';
import type { ControlService } from '../../../../core/control/service.ts';
import { Sessions } from '../../../../core/control/sessions.ts';
import { WebServer } from '../../../../core/control/web-server.ts';
import { FlowTable } from '../../../../core/engine/flow-table.ts';
import type { FlowRecord } from '../../../../core/engine/flow-table.ts';
import { TrafficHistory } from '../../../../core/engine/traffic-history.ts';
import { LocalUpstreams } from '../../../../core/engine/local-upstreams.ts';
import { Policy } from '../../../../core/engine/policy.ts';
import type { Proxies } from '../../../../core/groups/proxies.ts';
import { LogRing } from '../../../../core/log/log-ring.ts';
import { createLogger } from '../../../../core/log/logger.ts';
import { compileRules } from '../../../../rules/compile.ts';
import { idleRecorder } from '../recorder/idle-recorder.ts';
import { GroupLab, configOf } from '../groups/group-lab.ts';

export const SECRET = 'a secret of the test';

class ClashService implements ControlService {
  readonly flows = new FlowTable();
  readonly traffic = new TrafficHistory();
  readonly recorder = idleRecorder(this.flows);
  logLevel: LogLevel = 'info';
  readonly logs = new LogRing();
  readonly dns = null;
  readonly editor = null;
  readonly policy: Policy;
  readonly proxies: Proxies;
  readonly refreshed: string[] = [];
  list: ProviderList = { rules: [], proxies: [], geo: [] };

  constructor(groups: GroupLab, yaml: string) {
    const config = configOf(yaml);
    const local = new LocalUpstreams(config, {
      isOwnAddress: () => false,
      resolverPorts: () => [],
      owns: async () => false,
    });
    this.policy = new Policy(config, compileRules(config), groups.groups, local);
    this.proxies = groups.proxies;
  }

  get doctor(): never {
    throw new Error('Dashboards know of no self test.');
  }
  testRules(): never {
    throw new Error('nobody tests rules here');
  }

  isCapturing = true;

  async setCapture(isOn: boolean): Promise<void> {
    this.isCapturing = isOn;
  }
  setMode(mode: Mode): void {
    this.policy.mode = mode;
  }
  providers(): ProviderList {
    return this.list;
  }
  async refreshProvider(kind: string, name: string): Promise<boolean> {
    this.refreshed.push(`${kind} ${name}`);
    return true;
  }
  async reload(): Promise<{ applied: true; problems: []; restartNeeded: [] }> {
    this.refreshed.push('file');
    return { applied: true, problems: [], restartNeeded: [] };
  }
  status(): never {
    throw new Error('nobody asks for it');
  }
  get imports(): never {
    throw new Error('nobody asks for it');
  }
  get upstreamTests(): never {
    throw new Error('nobody asks for it');
  }
  explain(): never {
    throw new Error('nobody asks for it');
  }
  uiLink(): never {
    throw new Error('nobody asks for it');
  }
  network(): never {
    throw new Error('nobody asks for it');
  }
  readonly textInForce = 'mode: rule\n';
  counters(): never {
    throw new Error('nobody asks for it');
  }
}

export interface ClashAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Parsed, or undefined where there is none. */
  readonly body: unknown;
}

export class ClashLab {
  readonly groups: GroupLab;
  readonly service: ClashService;
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-clash-'));
  readonly #server: WebServer;
  #port = 0;

  private constructor(yaml: string) {
    this.groups = new GroupLab(yaml, { isOnline: () => true });
    this.service = new ClashService(this.groups, yaml);
    const log = createLogger({ level: 'silent', write: () => undefined });
    const storage = new ClashStorage(join(this.#folder, 'storage.json'), log);
    this.#server = new WebServer({
      sessions: new Sessions(SECRET),
      allowOrigins: ['https://board.test'],
      allowPrivateNetwork: true,
      service: this.service,
      clash: new ClashApi(this.service, storage, log),
      log,
      uiFolder: this.#folder,
    });
  }

  static async open(yaml: string): Promise<ClashLab> {
    const lab = new ClashLab(yaml);
    lab.#port = await lab.#server.listen('127.0.0.1', 0);
    return lab;
  }

  ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<ClashAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          ...{ host: '127.0.0.1', port: this.#port, method, path, agent: false },
          headers: { authorization: `Bearer ${SECRET}`, ...headers },
        },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: text === '' ? undefined : (JSON.parse(text) as unknown),
            }),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** The first lines of a chunked stream. */
  lines(path: string, count: number, onFirst = (): void => undefined): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          ...{ host: '127.0.0.1', port: this.#port, path, agent: false },
          headers: { authorization: `Bearer ${SECRET}` },
        },
        (response) => {
          let text = '';
          response.once('data', onFirst);
          response.on('data', (chunk: Buffer) => {
            text += chunk.toString();
            const lines = text.split('\n').slice(0, -1);
            if (lines.length < count) return;
            outgoing.destroy();
            resolve(lines.slice(0, count).map((line) => JSON.parse(line) as unknown));
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  /** The first frames over a WebSocket. Rejects with the status where there is none. */
  frames(
    path: string,
    count: number,
    headers: Record<string, string> = {},
    onFirst = (): void => undefined,
  ): Promise<unknown[]> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.#port}${path}`, { headers });
    const frames: unknown[] = [];
    return new Promise((resolve, reject) => {
      socket.on('unexpected-response', (_, { statusCode = 0 }) => {
        reject(new Error(`status ${statusCode}`));
      });
      socket.on('error', reject);
      socket.once('message', onFirst);
      socket.on('message', (data: Buffer) => {
        frames.push(JSON.parse(data.toString()));
        if (frames.length < count) return;
        socket.close();
        resolve(frames.slice(0, count));
      });
    });
  }

  /** An open flow as the engine leaves it. */
  openFlow(): FlowRecord {
    const record = this.service.flows.open('tcp', '198.18.0.1', 40_000, '198.18.0.9', 443);
    record.state = 'open';
    record.domain = 'www.example.com';
    record.domainFrom = 'fake-ip';
    record.ruleIndex = 0;
    record.ruleText = 'DOMAIN-SUFFIX,example.com,auto';
    record.chain = ['auto', 'a', 'b'];
    record.upstream = 'a';
    record.host = 'www.example.com';
    record.dscp = 46;
    record.process = { name: 'curl', path: '/usr/bin/curl', uid: 1000 };
    record.meter = { counts: () => ({ received: 10, sent: 200 }) };
    record.abort = (reason) => this.service.flows.finish(record, 'closed', reason);
    return record;
  }

  async close(): Promise<void> {
    this.groups.proxies.close();
    await this.#server.close();
    rmSync(this.#folder, { recursive: true });
  }
}
