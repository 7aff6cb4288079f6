/**
 * The self test: runs checks one after the other, each within a time limit, and tells of each step. One
 * run at a time. Owns what the latest one found.
 */
import { CHECKS } from '../api/doctor.ts';
import type { CheckName, CheckResult, DoctorReport, DoctorStep } from '../api/doctor.ts';
import { SluiceError } from '../api/errors.ts';
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
import { examine } from './examine.ts';

/** The order is that of `CHECKS`. */
type Checks = Readonly<Partial<Record<CheckName, Check>>>;

const USUAL: Checks = {
  ...{ uplink, capture, dns, ipv6, upstream, udp, mtu, loop, guests, config, cleanup },
} satisfies Record<CheckName, Check>;

/** What is silent for longer has failed. */
const LIMIT_MS = 12_000;

/** A run whose place is taken. Whoever took it must read its steps, or none can follow. */
export type DoctorRun = (signal: AbortSignal) => AsyncIterable<DoctorStep>;

export class Doctor {
  readonly #patient: Patient;
  readonly #checks: Checks;
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
    const wanted = CHECKS.flatMap((name) => {
      const check = names.includes(name) ? this.#checks[name] : undefined;
      return check === undefined ? [] : [{ name, check }];
    });
    return (signal) => this.#run(wanted, signal);
  }

  async *#run(
    wanted: readonly { readonly name: CheckName; readonly check: Check }[],
    signal: AbortSignal,
  ): AsyncGenerator<DoctorStep> {
    try {
      yield { kind: 'plan', checks: wanted.map(({ name }) => name) };
      const results: CheckResult[] = [];
      for (const { name, check } of wanted) {
        if (signal.aborted) return;
        yield { kind: 'begin', check: name };
        const look = (stop: AbortSignal): Promise<Finding> => check(this.#patient, stop);
        const result = await examine(name, look, this.#limitMs, signal);
        if (signal.aborted) return;
        results.push(result);
        yield { kind: 'end', result };
      }
      this.#keep(results);
    } finally {
      this.#isBusy = false;
    }
  }

  #keep(results: readonly CheckResult[]): void {
    const before = this.#last?.results ?? [];
    const merged = CHECKS.flatMap(
      (name) => [...results, ...before].find(({ check }) => check === name) ?? [],
    );
    this.#last = { time: new Date().toISOString(), results: merged };
  }
}
