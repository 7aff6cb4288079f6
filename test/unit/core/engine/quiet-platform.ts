/** A platform that changes nothing on this machine and remembers what it was asked for. */
import { SluiceError } from '../../../../core/api/errors.ts';
import type { MachineNetwork } from '../../../../core/api/network.ts';
import type { Zone } from '../../../../rules/flow-facts.ts';
import type { Binding } from '../../../../core/native/binding.d.ts';
import type {
  CleanUpReport,
  Platform,
  Tunnel,
  TunnelOptions,
  Uplink,
} from '../../../../core/platform/platform.ts';

const LOOPBACK: Uplink = {
  device4: 'lo',
  address4: '127.0.0.1',
  gateway4: '',
  device6: '',
  address6: '',
  gateway6: '',
};

export class QuietPlatform implements Platform {
  onNotice: Platform['onNotice'] = () => undefined;
  readonly leftovers: CleanUpReport = { undone: [], notices: [], warnings: [] };
  /** What the engine asked for, in order. */
  readonly calls: string[] = [];
  /** What `up` does with these options: return normally, or throw. */
  onUp: (options: TunnelOptions) => void = () => undefined;
  capable: Error | null = null;
  uplink: Uplink | null = null;
  #onUplink: (uplink: Uplink | null) => void = () => undefined;

  async assertCapable(): Promise<void> {
    this.calls.push('assertCapable');
    if (this.capable !== null) throw this.capable;
  }

  deviceError(cause: unknown, device: string): SluiceError {
    return new SluiceError('ERR_TEST_DEVICE', `cannot open ${device}`, { cause });
  }

  async up(options: TunnelOptions): Promise<Tunnel> {
    this.calls.push(`up ${options.routeAddress.join(' ')}`.trim());
    this.onUp(options);
    return {
      device: options.device,
      address4: '198.18.0.1/30',
      address6: '',
      changes: ['Nothing was changed.'],
      notices: [],
    };
  }

  async down(): Promise<readonly string[]> {
    this.calls.push('down');
    return [];
  }

  async watchUplink(device: string, onChange: (uplink: Uplink | null) => void): Promise<void> {
    this.calls.push(`watchUplink ${device}`.trim());
    this.uplink = LOOPBACK;
    this.#onUplink = onChange;
  }

  /** The uplink changes under the engine. */
  moveUplink(uplink: Uplink | null): void {
    this.uplink = uplink;
    this.#onUplink(uplink);
  }

  bindingFor(): Binding | null {
    return this.uplink === null ? null : { device: '', address4: '', address6: '' };
  }

  readonly hasGuests = false;

  zoneOf(): Zone {
    return 'host';
  }

  deviceFor(_address: string): string {
    return '';
  }

  async look(): Promise<MachineNetwork> {
    return {
      environment: 'machine',
      interfaces: [],
      routes: [],
      rules: [],
      omitted: 0,
      neighbours: [],
      forwards4: null,
      forwards6: null,
      tunnel: null,
      uplink: this.uplink,
    };
  }

  async close(): Promise<void> {
    this.calls.push('close');
  }
}
