/**
 * The self test: runs checks one after the other, each within a time limit, and tells of each step. One
 * run at a time. Owns what the latest one found.
 */
import { CHECKS } from '../api/doctor.ts';
import type { CheckName, CheckResult, DoctorReport, DoctorStep } from '../api/doctor.ts';
import { SluiceError } from '../api/errors.ts';
import { fix, say } from './check.ts';
import type { Check, Finding, Patient } from './check.ts';
import { capture } from './checks/capture.ts';
import { cleanup } from './checks/cleanup.ts';
import { config } from './checks/config.ts';
import { dns } from './checks/dns.ts';
import { guests } from './checks/guests.ts';
import { ipv6 } from './checks/ipv6.ts';
import { loop } from './checks/loop.ts';
import { mtu } from './checks/mtu.ts';
import { udp } from './checks/udp.ts';
import { uplink } from './checks/uplink.ts';
import { upstream } from './checks/upstream.ts';

/** By name; the order is that of `CHECKS`. */
const USUAL: Readonly<Partial<Record<CheckName, Check>>> = {
  ...{ uplink, capture, dns, ipv6, upstream, udp, mtu, loop, guests, config, cleanup },
};

/** What is silent for longer has failed. */
const LIMIT_MS = 12_000;

/** A run whose place is taken. Whoever took it must read its steps, or none can follow. */
export type DoctorRun = (signal: AbortSignal) => AsyncIterable<DoctorStep>;

export class Doctor {
  readonly #patient: Patient;
  readonly #checks: Readonly<Partial<Record<CheckName, Check>>>;
  readonly #limitMs: number;
  #isBusy = false;
  #last: DoctorReport | null = null;

  constructor(patient: Patient, checks = USUAL, limitMs = LIMIT_MS) {
    this.#patient = patient;
    this.#checks = checks;
    this.#limitMs = limitMs;
  }

  /** Of all checks; what was found later by a run of some replaces theirs. Null: never run. */
  get last(): DoctorReport | null {
    return this.#last;
  }

  /** Throws `ERR_DOCTOR_BUSY` while another run is under way. */
  begin(names: readonly CheckName[] = CHECKS): DoctorRun {
    if (this.#isBusy) {
      throw new SluiceError(
        'ERR_DOCTOR_BUSY',
        'A self test is under way already. Try again when it is done.',
      );
    }
    this.#isBusy = true;
    const wanted = CHECKS.filter((name) => names.includes(name) && name in this.#checks);
    return (signal) => this.#run(wanted, signal);
  }

  async *#run(names: readonly CheckName[], signal: AbortSignal): AsyncGenerator<DoctorStep> {
    try {
      yield { kind: 'plan', checks: names };
      const results: CheckResult[] = [];
      for (const check of names) {
        if (signal.aborted) return;
        yield { kind: 'begin', check };
        const result = await this.#examine(check, signal);
        if (signal.aborted) return;
        results.push(result);
        yield { kind: 'end', result };
      }
      this.#keep(results);
    } finally {
      this.#isBusy = false;
    }
  }

  async #examine(check: CheckName, signal: AbortSignal): Promise<CheckResult> {
    const begun = performance.now();
    const finding = await this.#find(check, signal);
    const { verdict, summary, details = [], fix = null } = finding;
    const milliseconds = Math.round(performance.now() - begun);
    return { check, verdict, summary, details, fix, milliseconds };
  }

  async #find(name: CheckName, signal: AbortSignal): Promise<Finding> {
    const check = this.#checks[name];
    if (check === undefined) throw new TypeError(`There is no check ${name}.`);
    const limit = AbortSignal.timeout(this.#limitMs);
    const stop = AbortSignal.any([signal, limit]);
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    const onStop = (): void => reject(stop.reason as Error);
    stop.addEventListener('abort', onStop, { once: true });
    try {
      // A check may wait for something that no signal ends.
      return await Promise.race([check(this.#patient, stop), stopped]);
    } catch (cause) {
      if (limit.aborted) {
        const seconds = Math.round(this.#limitMs / 1000);
        return { verdict: 'failed', summary: say('doctor.aborted', { seconds }) };
      }
      const message = cause instanceof Error ? cause.message : String(cause);
      return {
        verdict: 'warning',
        summary: say('doctor.defect', { message }),
        fix: fix(say('doctor.defectFix'), { kind: 'open', page: 'logs' }),
      };
    } finally {
      stop.removeEventListener('abort', onStop);
      stopped.catch(() => undefined);
    }
  }

  #keep(results: readonly CheckResult[]): void {
    const before = this.#last?.results ?? [];
    const merged = CHECKS.flatMap(
      (name) =>
        [...results, ...before].find(({ check }) => check === name) ?? ([] as CheckResult[]),
    );
    this.#last = { time: new Date().toISOString(), results: merged };
  }
}
