/**
 * The whole of a running Sluice: its parts, its configuration file and the control socket, and what it
 * answers to whoever asks. Owns how it is taken apart.
 */
import { join, resolve } from 'node:path';
import type { Explanation, ExplainRequest } from './api/explain.ts';
import type { LogLevel } from './api/logs.ts';
import type { NetworkInfo } from './api/network.ts';
import type { ProviderKind, ProviderList } from './api/providers.ts';
import type { ReloadResult } from './api/reload.ts';
import type { RuleTestLine, RuleTestRequest } from './api/rule-tests.ts';
import type { Mode, Status } from './api/status.ts';
import type { Config } from './config/config.ts';
import { composeParts } from './compose.ts';
import type { CoreParts, PartOptions, Undo } from './compose.ts';
import { ConfigEditor } from './config/edit/config-editor.ts';
import { RevisionStore } from './config/edit/history.ts';
import { ControlServer } from './control/server.ts';
import type { ControlService } from './control/service.ts';
import { WebInterface } from './control/web-interface.ts';
import type { DirectWayOut } from './dns/direct-way-out.ts';
import type { DnsService } from './dns/dns-service.ts';
import type { Patient } from './doctor/check.ts';
import { Doctor } from './doctor/doctor.ts';
import { HealthWatch } from './doctor/health-watch.ts';
import type { NameResolver } from './dns/name-resolver.ts';
import type { Engine } from './engine/engine.ts';
import { TrafficHistory } from './engine/traffic-history.ts';
import { explainFlow } from './engine/explain.ts';
import { NetworkLook } from './engine/network-look.ts';
import { finalWay } from './engine/final-way.ts';
import type { FlowTable } from './engine/flow-table.ts';
import type { Policy } from './engine/policy.ts';
import type { Probes } from './engine/probes.ts';
import type { Proxies } from './groups/proxies.ts';
import { LiveConfig, readConfig } from './engine/live-config.ts';
import type { LogRing } from './log/log-ring.ts';
import type { Logger } from './log/logger.ts';
import type { Binding } from './native/binding.d.ts';
import { openInspector } from './platform/index.ts';
import type { Inspector } from './platform/inspector.ts';
import type { CleanUpReport, Platform, Tunnel } from './platform/platform.ts';
import { Recorder } from './recorder/recorder.ts';
import { CONTROL_SOCKET } from './platform/state-dir.ts';
import type { Providers } from './providers/providers.ts';
import { runCases } from './rule-tests/run-cases.ts';
import { Imports } from './import/imports.ts';
import { UpstreamTests } from './upstream-test/upstream-tests.ts';
import { productVersion } from './version.ts';

export interface CoreOptions extends PartOptions {
  /** Null for the built-in configuration. */
  readonly configPath: string | null;
  /** In the state folder when absent. */
  readonly controlSocket?: string;
}

const SAMPLE_MS = 1_000;

/** How often the breaker's counter is looked at. */
const BREAKER_LOOK_MS = 2_000;

/** In the state folder. */
const HISTORY_FILE = 'history.sqlite';

/** Looking a name up to explain a rule may not hold a control request for longer. */
const EXPLAIN_TIMEOUT_MS = 5_000;

/** Clients of the control API give up after 30 seconds. */
const REFRESH_WAIT_MS = 20_000;

export class Core implements ControlService, Patient {
  readonly #log: Logger;
  readonly #resolver: NameResolver;
  readonly #platform: Platform;
  readonly #engine: Engine;
  readonly #providers: Providers;
  readonly #config: LiveConfig;
  /** Null where there is no file. */
  readonly editor: ConfigEditor | null;
  readonly inspector: Inspector = openInspector();
  readonly doctor = new Doctor(this);
  readonly #health = new HealthWatch(this.inspector);
  readonly datagrams: DirectWayOut;
  readonly upstreamTests: UpstreamTests;
  readonly recorder: Recorder;
  readonly imports: Imports;
  readonly #web: WebInterface;
  readonly #network: NetworkLook;
  readonly traffic = new TrafficHistory();
  /** What `stop` runs, last first. */
  readonly #undo: Undo;

  private constructor(
    { log, stateDir, resolver, platform, engine, providers, direct }: CoreParts,
    config: LiveConfig,
    editor: ConfigEditor | null,
    undo: Undo,
  ) {
    this.#log = log;
    this.#resolver = resolver;
    this.#platform = platform;
    this.#engine = engine;
    this.#providers = providers;
    this.#config = config;
    this.editor = editor;
    this.datagrams = direct;
    this.upstreamTests = new UpstreamTests(direct);
    this.recorder = new Recorder({ flows: engine.flows, tap: () => engine.tap, log });
    this.imports = new Imports({
      dialThrough: (proxy) => engine.dialThrough(proxy),
      userAgent: () => config.config.userAgent,
    });
    this.#web = new WebInterface(this, stateDir, log);
    this.#network = new NetworkLook(platform, engine.flows);
    this.#undo = undo;
  }

  /** Rejects with `SluiceError` (`ConfigError` for the file), everything undone. */
  static async start(options: CoreOptions): Promise<Core> {
    const { log, configPath } = options;
    const loaded = await readConfig(configPath);
    const undo: Undo = [];
    try {
      const parts = await composeParts(options, loaded.config, undo);
      const { stateDir } = parts;
      const config = new LiveConfig(configPath, loaded, (next) => core.#apply(next), log);
      const editor = configPath === null ? null : openEditor(configPath, stateDir, config, undo);
      const core: Core = new Core(parts, config, editor, undo);
      const control = new ControlServer(core, log);
      await control.listen(options.controlSocket ?? join(stateDir, CONTROL_SOCKET));
      undo.push(() => control.close());
      undo.push(() => core.#web.close());
      await core.#web.apply(loaded.config.controller);
      core.#watchBreaker();
      core.#sampleTraffic();
      config.follow(() => void editor?.notice());
      await editor?.notice();
      undo.push(() => config.close());
      return core;
    } catch (cause) {
      await runBackwards(undo, log);
      throw cause;
    }
  }

  get flows(): FlowTable {
    return this.#engine.flows;
  }

  get policy(): Policy {
    return this.#engine.policy;
  }

  get proxies(): Proxies {
    return this.#engine.proxies;
  }

  setMode(mode: Mode): void {
    this.#engine.setMode(mode);
  }

  get isCapturing(): boolean {
    return this.#engine.tunnel !== null;
  }

  setCapture(isOn: boolean): Promise<void> {
    return this.#engine.setCapture(isOn);
  }

  get logLevel(): LogLevel {
    return this.#log.level;
  }

  set logLevel(level: LogLevel) {
    this.#log.level = level;
  }

  get logs(): LogRing {
    return this.#log.recent;
  }

  get dns(): DnsService | null {
    return this.#engine.dns;
  }

  get tunnel(): Tunnel | null {
    return this.#engine.tunnel;
  }

  get probes(): Probes {
    return this.#engine.probes;
  }

  get leftovers(): CleanUpReport {
    return this.#platform.leftovers;
  }

  connectTcp(...where: Parameters<Engine['connectTcp']>): ReturnType<Engine['connectTcp']> {
    return this.#engine.connectTcp(...where);
  }

  bindingFor(address: string): Binding | null {
    return this.#platform.bindingFor(address);
  }

  /** What was changed outside the process, one sentence each. */
  get changes(): readonly string[] {
    return this.#engine.tunnel?.changes ?? [];
  }

  status(): Status {
    const status = this.#statusAlone();
    const notes = this.#health.notes({
      status,
      tunnel: this.#engine.tunnel,
      config: this.#config.config,
      leftovers: this.#platform.leftovers,
      lastTest: this.doctor.last,
    });
    return { ...status, notes };
  }

  #statusAlone(): Omit<Status, 'notes'> {
    const engine = this.#engine;
    const { tunnel } = engine;
    const { uplink } = this.#platform;
    return {
      version: productVersion(),
      pid: process.pid,
      state: engine.state,
      since: engine.since.toISOString(),
      error: engine.error,
      mode: engine.state === 'running' ? engine.policy.mode : this.#config.config.mode,
      config: this.#config.status(),
      tun:
        tunnel === null
          ? null
          : {
              device: tunnel.device,
              mtu: engine.mtu,
              offload: engine.offload,
              changes: tunnel.changes,
            },
      wayOut: engine.state === 'running' ? finalWay(engine.policy) : null,
      uplink:
        uplink === null
          ? null
          : {
              device4: uplink.device4,
              address4: uplink.address4,
              device6: uplink.device6,
              address6: uplink.address6,
            },
      flows: engine.flows.totals(),
      dns: engine.dns?.totals() ?? null,
      breaker: { refused: engine.counters()['ownFlowsRefused'] ?? 0 },
      isRecording: this.recorder.isOn,
      memory: process.memoryUsage.rss(),
    };
  }

  counters(): Readonly<Record<string, number>> {
    return this.#engine.counters();
  }

  network(): Promise<NetworkInfo> {
    return this.#network.get();
  }

  uiLink(): string {
    return this.#web.link();
  }

  get textInForce(): string {
    return this.#config.textInForce;
  }

  reload(): Promise<ReloadResult> {
    return this.#config.reload();
  }

  async explain(request: ExplainRequest): Promise<Explanation> {
    const signal = AbortSignal.timeout(EXPLAIN_TIMEOUT_MS);
    return explainFlow(
      this.#engine.policy,
      request,
      (host, abort) => this.#resolver.resolve(host, 'rule', abort),
      signal,
    );
  }

  testRules(request: RuleTestRequest, signal: AbortSignal): AsyncIterable<RuleTestLine> {
    const parts = {
      policy: this.#engine.policy,
      lists: this.#providers,
      file: this.editor?.path ?? '',
      resolve: (host: string, abort: AbortSignal) => this.#resolver.resolve(host, 'rule', abort),
    };
    return runCases(request, parts, signal);
  }

  providers(): ProviderList {
    return this.#providers.list();
  }

  /** A download goes on where it takes longer than a request may. */
  async refreshProvider(kind: ProviderKind, name: string): Promise<boolean> {
    const refreshing = this.#providers.refresh(kind, name).then(() => true);
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), REFRESH_WAIT_MS);
    try {
      return await Promise.race([refreshing, late]);
    } finally {
      clearTimeout(timer);
      // What becomes of it later is in the list.
      refreshing.catch(() => undefined);
    }
  }

  /** Resolves to whether everything could be put back; the log says what could not. Never rejects. */
  stop(): Promise<boolean> {
    return runBackwards(this.#undo, this.#log);
  }

  async #apply(next: Config): Promise<string[]> {
    const lists = await this.#providers.prepare(next);
    let restartNeeded: string[];
    try {
      restartNeeded = await this.#engine.apply(next);
    } catch (cause) {
      lists.discard();
      throw cause;
    }
    lists.commit();
    // Only now the proxies of new providers are to be had.
    await this.#engine.refreshProxies();
    this.#resolver.apply(next);
    await this.#web.apply(next.controller);
    return restartNeeded;
  }

  #sampleTraffic(): void {
    const timer = setInterval(() => this.traffic.note(this.flows.totals()), SAMPLE_MS).unref();
    this.#undo.push(() => clearInterval(timer));
  }

  #watchBreaker(): void {
    let seen = 0;
    const timer = setInterval(() => {
      const count = this.counters()['ownFlowsRefused'] ?? 0;
      if (count > seen) {
        this.#log.warning(
          'BREAKER',
          `Refused ${count - seen} of our own connections that came back through the tunnel. ` +
            'A routing rule or another VPN leads them here.',
        );
      }
      seen = count;
    }, BREAKER_LOOK_MS).unref();
    this.#undo.push(() => clearInterval(timer));
  }
}

/** A step that fails rejects, or resolves to false. */
async function runBackwards(steps: Undo, log: Logger): Promise<boolean> {
  let isClean = true;
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    try {
      if ((await step()) === false) isClean = false;
    } catch (cause) {
      isClean = false;
      const reason = cause instanceof Error ? cause.message : String(cause);
      log.error('ERR_UNDO', `Not everything could be put back: ${reason}. Run "sluice cleanup".`);
    }
  }
  return isClean;
}

/** What changes the configuration file; its history is in the state folder. */
function openEditor(
  configPath: string,
  stateDir: string,
  config: LiveConfig,
  undo: Undo,
): ConfigEditor {
  const path = resolve(configPath);
  const store = new RevisionStore(join(stateDir, HISTORY_FILE), path);
  undo.push(() => store.close());
  return new ConfigEditor(configPath, store, (loaded) => config.take(loaded));
}
