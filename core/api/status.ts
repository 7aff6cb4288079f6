/** What `GET /v1/status` answers: how the engine is and what it changed on this machine. */
import type { DnsTotals } from './dns.ts';
import type { HealthNote } from './doctor.ts';
import type { ApiError } from './errors.ts';
import { readBoolean, readObject } from './validate.ts';

/**
 * The life of the engine:
 *
 *   stopped --start--> starting --> running --apply--> reloading --> running
 *                          |           |                    (a configuration that cannot be
 *                          v           v                     built leaves the old one running)
 *                        error      stopping --> stopped
 *
 *   running --the device is lost--> error
 *
 * `error` is final for this engine: everything it had changed was undone.
 */
export type EngineState = 'stopped' | 'starting' | 'running' | 'reloading' | 'stopping' | 'error';

export const MODES = ['rule', 'global', 'direct'] as const;
export type Mode = (typeof MODES)[number];

export interface Status {
  /** The product's version, semantic versioning. */
  readonly version: string;
  readonly pid: number;
  readonly state: EngineState;
  /** When this state was entered, RFC 3339; reading the file again is not counted as another. */
  readonly since: string;
  /** Why the state is `error`. */
  readonly error: ApiError | null;
  readonly mode: Mode;
  readonly config: ConfigStatus;
  readonly tun: TunStatus | null;
  /** Where flows go that no rule of their own claims; null while the engine does not run. */
  readonly wayOut: WayOutStatus | null;
  /** Where own traffic leaves the machine; null while there is no way out. */
  readonly uplink: UplinkStatus | null;
  readonly flows: FlowTotals;
  /** Null while Sluice answers no DNS queries. */
  readonly dns: DnsTotals | null;
  readonly breaker: BreakerStatus;
  /** Whether packets are being recorded. */
  readonly isRecording: boolean;
  /** What is wrong, as far as it shows without a self test. */
  readonly notes: readonly HealthNote[];
  /** Resident memory of the core process, bytes. */
  readonly memory: number;
}

export interface ConfigStatus {
  /** Null for the built-in default. */
  readonly path: string | null;
  /** RFC 3339. */
  readonly loadedAt: string;
  readonly rules: number;
  readonly proxies: number;
  readonly warnings: number;
  /** The latest change that could not be applied, until one is. */
  readonly rejected: (ApiError & { readonly at: string }) | null;
  /** Settings that were changed in the file but need a restart, by their YAML path. */
  readonly restartNeeded: readonly string[];
}

export interface TunStatus {
  readonly device: string;
  readonly mtu: number;
  /** Whether the kernel granted checksum and segmentation offload. */
  readonly offload: boolean;
  /** What was changed outside the process, one sentence each; all of it is undone on exit. */
  readonly changes: readonly string[];
}

/** What MATCH, or the mode, leads to now. */
export interface WayOutStatus {
  /** As the rule or the mode names it: a proxy, a group, a built-in. */
  readonly target: string;
  /** Names from the first group to the machine; empty where such flows are refused. */
  readonly chain: readonly string[];
  /** The first of the proxies in the chain, or DIRECT; null where such flows are refused, or each has its own. */
  readonly upstream: string | null;
  /** Of its latest test, milliseconds; null: not tested, or it failed. */
  readonly delay: number | null;
  /** False where its latest test failed. */
  readonly alive: boolean;
  /** When it was tested, RFC 3339; null: not yet. */
  readonly testedAt: string | null;
  /** Whether `proxies` of the configuration or of its providers names any server. */
  readonly hasServers: boolean;
}

/** The two families may leave by different devices. Empty where there is no way for a family. */
export interface UplinkStatus {
  readonly device4: string;
  readonly address4: string;
  readonly device6: string;
  readonly address6: string;
}

/** Since the engine started. Bytes are those of the applications. */
export interface FlowTotals {
  readonly open: number;
  readonly total: number;
  readonly refused: number;
  readonly failed: number;
  readonly upload: number;
  readonly download: number;
}

/** The engine's own traffic that came back through the tunnel; anything but zero is a routing fault. */
export interface BreakerStatus {
  readonly refused: number;
}

export interface CaptureRequest {
  /** False: traffic passes by as if Sluice did not run. */
  readonly on: boolean;
}

export function parseCaptureRequest(value: unknown): CaptureRequest {
  return { on: readBoolean(readObject(value, 'The request', ['on'])['on'], 'on') };
}
