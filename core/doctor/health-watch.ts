/**
 * What is wrong by facts that cost next to nothing, for whoever looks at the status: no traffic is sent
 * for it. The machine is looked at anew only while somebody asks, now and then. Owns what it saw last.
 */
import type { DoctorReport, HealthNote } from '../api/doctor.ts';
import type { Status } from '../api/status.ts';
import type { Config } from '../config/config.ts';
import type { Inspector, Machine, SystemResolver } from '../platform/inspector.ts';
import type { CleanUpReport, Tunnel } from '../platform/platform.ts';
import { say } from './check.ts';
import { LEAST_MTU, USUAL_MTU, guestsOf } from './checks/mtu.ts';

/** What it is told of each time. */
export interface HealthFacts {
  readonly status: Pick<Status, 'error' | 'uplink' | 'breaker' | 'config' | 'tun'>;
  /** Null while nothing is captured. */
  readonly tunnel: Tunnel | null;
  readonly config: Config;
  readonly leftovers: CleanUpReport;
  readonly lastTest: DoctorReport | null;
}

/** Starting a program or two; what it tells changes rarely. */
const LOOK_MS = 30_000;
/** A file is read. */
const RESOLVER_MS = 5_000;

export class HealthWatch {
  readonly #inspector: Inspector;
  readonly #now: () => number;
  /** Of which what was seen is. */
  #tunnel: Tunnel | null = null;
  #machine: Sight<Machine> | null = null;
  #resolver: Sight<SystemResolver> | null = null;

  constructor(inspector: Inspector, now: () => number = () => performance.now()) {
    this.#inspector = inspector;
    this.#now = now;
  }

  /** By what is known now; what is too old is looked at, and told the next time. */
  notes(facts: HealthFacts): HealthNote[] {
    return [...notesOfStatus(facts), ...this.#notesOfMachine(facts)];
  }

  #notesOfMachine({ tunnel, config, status }: HealthFacts): HealthNote[] {
    if (tunnel === null || !config.tun.autoRoute) return [];
    if (tunnel !== this.#tunnel) {
      this.#tunnel = tunnel;
      this.#machine = new Sight(() => this.#inspector.look(), LOOK_MS);
      this.#resolver = new Sight(() => this.#inspector.resolver(), RESOLVER_MS);
    }
    const now = this.#now();
    const resolver = this.#resolver?.at(now) ?? null;
    const machine = this.#machine?.at(now) ?? null;
    return [
      ...(resolver === null ? [] : notesOfResolver(resolver, config)),
      ...(machine === null ? [] : notesOfNetwork(machine, config, status.tun?.mtu ?? 0)),
    ];
  }
}

/** What was seen last of something. */
class Sight<T> {
  readonly #look: () => Promise<T>;
  readonly #keptMs: number;
  #seen: T | null = null;
  #lookedAt = -Infinity;

  constructor(look: () => Promise<T>, keptMs: number) {
    this.#look = look;
    this.#keptMs = keptMs;
  }

  /** Looks anew where that is too old. */
  at(now: number): T | null {
    if (now - this.#lookedAt >= this.#keptMs) {
      this.#lookedAt = now;
      this.#look().then(
        (seen) => (this.#seen = seen),
        // A machine that is out of processes or memory may have some again.
        () => undefined,
      );
    }
    return this.#seen;
  }
}

function notesOfStatus({ status, leftovers, lastTest }: HealthFacts): HealthNote[] {
  const { error, uplink, breaker, config } = status;
  const notes: HealthNote[] = [];
  if (error !== null) notes.push(note(say('note.error', { message: error.message })));
  if (uplink === null) notes.push(note(say('note.noUplink')));
  if (breaker.refused > 0) {
    notes.push(note(say('note.loop', { count: breaker.refused }), { kind: 'selfTest' }));
  }
  if (config.rejected !== null) {
    const { message } = config.rejected;
    notes.push(note(say('note.rejected', { message }), { kind: 'open', page: 'rules' }));
  }
  if (config.restartNeeded.length > 0) {
    notes.push(note(say('note.restart', { paths: config.restartNeeded.join(', ') })));
  }
  if (leftovers.warnings.length > 0) notes.push(note(say('note.leftovers')));
  const failed = lastTest?.results.filter(({ verdict }) => verdict === 'failed').length ?? 0;
  if (failed > 0) notes.push(note(say('note.selfTest', { count: failed }), { kind: 'selfTest' }));
  return notes;
}

function notesOfResolver(resolver: SystemResolver, { dns, sluice }: Config): HealthNote[] {
  if (!dns.enable || resolver.isOurs || resolver.resolved) return [];
  const servers = resolver.servers.join(', ');
  return sluice.systemDns
    ? [note(say('note.dns', { servers }), { kind: 'recapture' })]
    : [note(say('note.dns', { servers }), { kind: 'set', path: 'sluice.system-dns', value: true })];
}

function notesOfNetwork(machine: Machine, { tun }: Config, mtu: number): HealthNote[] {
  const notes: HealthNote[] = [];
  const { uplink, interfaces, halves, isWsl } = machine;
  const hasWay6 = uplink !== null && uplink.device6 !== '';
  const capturesSix = tun.routeAddress.length === 0 || tun.routeAddress.some(isSix);
  if (hasWay6 && !capturesSix) {
    notes.push(note(say('note.ipv6'), { kind: 'open', page: 'settings' }));
  }
  const [half] = halves;
  if (half !== undefined) {
    const networks = halves.map(({ prefix }) => prefix).join(', ');
    notes.push(note(say('note.vpn', { networks, device: half.device }), { kind: 'selfTest' }));
  }
  const [narrow] = guestsOf(interfaces);
  if (narrow !== undefined && narrow.mtu < mtu) {
    const value = Math.max(LEAST_MTU, narrow.mtu);
    const text = say('note.mtu', { mtu, device: narrow.name, smallest: narrow.mtu });
    notes.push(note(text, { kind: 'set', path: 'tun.mtu', value }));
  } else if (isWsl && mtu > USUAL_MTU) {
    const text = say('note.wslMtu', { mtu });
    notes.push(note(text, { kind: 'set', path: 'tun.mtu', value: USUAL_MTU }));
  }
  return notes;
}

function isSix(network: string): boolean {
  return network.includes(':');
}

function note(text: HealthNote['text'], action: HealthNote['action'] = null): HealthNote {
  return { text, action };
}
