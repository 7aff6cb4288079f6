/** What a check of the self test is, and what it may know and do. */
import type { Duplex } from 'node:stream';
import type { DoctorText, Fix, FixAction, Verdict } from '../api/doctor.ts';
import type { DoctorCode, doctorTexts } from '../api/doctor-texts.ts';
import type { ProviderList } from '../api/providers.ts';
import type { Status } from '../api/status.ts';
import type { DnsService } from '../dns/dns-service.ts';
import type { WayOut } from '../dns/way-out.ts';
import type { Policy } from '../engine/policy.ts';
import type { Probes } from '../engine/probes.ts';
import type { Proxies } from '../groups/proxies.ts';
import type { Binding } from '../native/binding.d.ts';
import type { Inspector } from '../platform/inspector.ts';
import type { CleanUpReport, Tunnel } from '../platform/platform.ts';

/** The running core, as far as checks look at it. */
export interface Patient {
  readonly inspector: Inspector;
  /** Where flows of the self test arrive. */
  readonly probes: Probes;
  status(): Status;
  /** Null while nothing is captured. */
  readonly tunnel: Tunnel | null;
  /** Null while no queries are answered. */
  readonly dns: DnsService | null;
  /** The three throw `ERR_ENGINE_NOT_RUNNING`. */
  readonly policy: Policy;
  readonly proxies: Proxies;
  /** How an own socket is bound to leave past the tunnel; null: no route. */
  bindingFor(address: string): Binding | null;
  /** Opens a connection so bound. Rejects with `UpstreamError`, or the signal's reason. */
  connectTcp(address: string, port: number, binding: Binding, signal: AbortSignal): Promise<Duplex>;
  /** Datagrams past the tunnel. */
  readonly datagrams: Pick<WayOut, 'openUdp'>;
  providers(): ProviderList;
  /** What was found of an earlier run at the start. */
  readonly leftovers: CleanUpReport;
}

/** What a check has found. */
export interface Finding {
  readonly verdict: Verdict;
  readonly summary: DoctorText;
  readonly details?: readonly DoctorText[];
  readonly fix?: Fix | null;
}

/** Rejects with the signal's reason; what else it throws is told as a warning. */
export type Check = (patient: Patient, signal: AbortSignal) => Promise<Finding>;

/** The names of the values of a text. */
type Names<T> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type ValuesOf<C extends DoctorCode> = [Names<(typeof doctorTexts)[C]>] extends [never]
  ? []
  : [values: Readonly<Record<Names<(typeof doctorTexts)[C]>, string | number>>];

export function say<C extends DoctorCode>(code: C, ...values: ValuesOf<C>): DoctorText {
  return { code, values: values[0] ?? {} };
}

export function fix(text: DoctorText, action: FixAction | null = null): Fix {
  return { text, action };
}

/** Where a check makes no sense without a tunnel. */
export const NEEDS_CAPTURE: Finding = {
  verdict: 'skipped',
  summary: { code: 'doctor.needsCapture', values: {} },
};
