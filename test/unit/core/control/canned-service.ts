/** A core for tests of the control API: a real live list, and answers that are prepared. */
import { SluiceError } from '../../../../core/api/errors.ts';
import type { ExplainRequest } from '../../../../core/api/explain.ts';
import type { ConfigEditor } from '../../../../core/config/edit/config-editor.ts';
import type { ControlService } from '../../../../core/control/service.ts';
import type { DnsService } from '../../../../core/dns/dns-service.ts';
import { LogRing } from '../../../../core/log/log-ring.ts';
import { idleRecorder } from '../recorder/idle-recorder.ts';
import { FlowTable } from '../../../../core/engine/flow-table.ts';
import { TrafficHistory } from '../../../../core/engine/traffic-history.ts';

export class CannedService implements ControlService {
  readonly flows = new FlowTable();
  readonly traffic = new TrafficHistory();
  recorder: ControlService['recorder'] = idleRecorder(this.flows);
  dns: DnsService | null = null;
  editor: ConfigEditor | null = null;
  explained: ExplainRequest | null = null;
  failure: Error | null = null;
  status(): never {
    throw this.failure ?? new Error('no status was prepared');
  }
  get policy(): never {
    throw new SluiceError('ERR_ENGINE_NOT_RUNNING', 'canned refusal');
  }
  get proxies(): never {
    return this.policy;
  }
  get doctor(): never {
    return this.policy;
  }
  get imports(): never {
    return this.policy;
  }
  get upstreamTests(): never {
    return this.policy;
  }
  readonly isCapturing = false;
  setCapture(): Promise<void> {
    return Promise.reject(new SluiceError('ERR_NO_TUNNEL', 'canned refusal'));
  }
  setMode(): void {
    void this.policy;
  }
  readonly textInForce = 'mode: rule\n';
  counters(): Record<string, number> {
    return { packetsIn: 7 };
  }
  async reload(): Promise<{ applied: true; problems: []; restartNeeded: string[] }> {
    return { applied: true, problems: [], restartNeeded: ['tun.mtu'] };
  }
  logLevel = 'info' as const;
  readonly logs = new LogRing();
  providers(): { rules: []; proxies: []; geo: [] } {
    return { rules: [], proxies: [], geo: [] };
  }
  refreshProvider(kind: string, name: string): Promise<boolean> {
    return Promise.resolve(kind === 'rules' && name === 'canned/list');
  }
  network(): Promise<never> {
    return Promise.reject(new SluiceError('ERR_ROUTING', 'canned refusal'));
  }
  uiLink(): string {
    return 'http://127.0.0.1:9090/ui/#code=canned';
  }
  testRules(): never {
    return this.policy;
  }
  async explain(asked: ExplainRequest): Promise<never> {
    this.explained = asked;
    throw new SluiceError('ERR_EXPLAIN_INVALID', 'canned refusal');
  }
}
