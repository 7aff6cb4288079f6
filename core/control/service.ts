/** What the control API serves: the running core, as far as a request may see and change it. */
import type { Explanation, ExplainRequest } from '../api/explain.ts';
import type { LogLevel } from '../api/logs.ts';
import type { NetworkInfo } from '../api/network.ts';
import type { ProviderKind, ProviderList } from '../api/providers.ts';
import type { ReloadResult } from '../api/reload.ts';
import type { RuleTestLine, RuleTestRequest } from '../api/rule-tests.ts';
import type { Mode, Status } from '../api/status.ts';
import type { ConfigEditor } from '../config/edit/config-editor.ts';
import type { DnsService } from '../dns/dns-service.ts';
import type { Doctor } from '../doctor/doctor.ts';
import type { LogRing } from '../log/log-ring.ts';
import type { FlowTable } from '../engine/flow-table.ts';
import type { TrafficHistory } from '../engine/traffic-history.ts';
import type { Policy } from '../engine/policy.ts';
import type { Proxies } from '../groups/proxies.ts';
import type { Imports } from '../import/imports.ts';
import type { UpstreamTests } from '../upstream-test/upstream-tests.ts';
import type { Recorder } from '../recorder/recorder.ts';

export interface ControlService {
  status(): Status;
  readonly flows: FlowTable;
  readonly recorder: Pick<Recorder, keyof Recorder>;
  /** Null while Sluice answers no DNS queries. */
  readonly dns: DnsService | null;
  /** Null where Sluice runs without a configuration file. */
  readonly editor: ConfigEditor | null;
  /** The text of the configuration in force. */
  readonly textInForce: string;
  /** Reads the configuration file again and applies it. */
  reload(): Promise<ReloadResult>;
  /** Rejects with `SluiceError` where the request makes no sense. */
  explain(request: ExplainRequest): Promise<Explanation>;
  /** Of a table of expectations: what becomes of each case. Throws `ERR_ENGINE_NOT_RUNNING`. */
  testRules(request: RuleTestRequest, signal: AbortSignal): AsyncIterable<RuleTestLine>;
  /** What is logged; until the next configuration. */
  logLevel: LogLevel;
  /** What was logged lately. */
  readonly logs: LogRing;
  /** A link that opens the interface once. Throws `ERR_NO_INTERFACE` where there is none. */
  uiLink(): string;
  /** The self test. */
  readonly doctor: Doctor;
  providers(): ProviderList;
  /** Resolves to false where it takes long, and goes on. Rejects with `SluiceError`. */
  refreshProvider(kind: ProviderKind, name: string): Promise<boolean>;
  /** Throws `ERR_ENGINE_NOT_RUNNING`. */
  readonly policy: Policy;
  /** Throws `ERR_ENGINE_NOT_RUNNING`. */
  readonly proxies: Proxies;
  readonly upstreamTests: UpstreamTests;
  readonly imports: Imports;
  /** For flows that begin from now on. Throws `ERR_ENGINE_NOT_RUNNING`. */
  setMode(mode: Mode): void;
  /** Whether traffic is led into the tunnel. */
  readonly isCapturing: boolean;
  /** Rejects with `SluiceError`. */
  setCapture(isOn: boolean): Promise<void>;
  /** How much went through over time. */
  readonly traffic: Pick<TrafficHistory, 'read'>;
  /** The machine's network, read at most once a second. Rejects with `SluiceError`. */
  network(): Promise<NetworkInfo>;
  /** Counters of the stack and the engine, by name. */
  counters(): Readonly<Record<string, number>>;
}
