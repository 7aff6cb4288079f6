/**
 * `load-balance`: flows spread over the members that are alive. Which flows stay together is the
 * strategy's: those to one site (consistent-hashing), those of one source to one site
 * (sticky-sessions), or none (round-robin).
 */
import type { FlowFacts } from '../../rules/flow-facts.ts';
import { formatIp } from '../../rules/ip.ts';
import { Group } from './group.ts';
import type { Choice, Member, Purpose } from './group.ts';
import { siteOf } from './site.ts';

/** Of source and site; the one that was used longest ago goes first. */
const MAX_SESSIONS = 4096;
const SESSION_MS = 10 * 60_000;

interface Session {
  readonly member: Member;
  /** When it was used last, milliseconds since the epoch. */
  readonly time: number;
}

export class LoadBalanceGroup extends Group {
  readonly type = 'LoadBalance';
  readonly #sessions = new Map<string, Session>();

  override get isPerFlow(): boolean {
    return true;
  }

  override get canBeSet(): boolean {
    return false;
  }

  choose(facts: FlowFacts | null, purpose: Purpose): Choice {
    const takes = purpose === 'use';
    const alive = this.usable.filter((member) => this.isAlive(member));
    const [first] = alive;
    if (first === undefined) return this.lastResort();
    switch (this.config.strategy) {
      case 'round-robin':
        return { member: this.#next(alive, takes) ?? first, reason: 'round-robin' };
      case 'consistent-hashing':
        return { member: highest(alive, keyOf(facts)), reason: 'hash' };
      case 'sticky-sessions':
        return { member: this.#stick(alive, facts, takes) ?? first, reason: 'sticky' };
    }
  }

  override isAliveFor(url: string): boolean {
    return this.usable.some((member) =>
      member instanceof Group ? member.isAliveFor(url) : member.health.of(url).isAlive,
    );
  }

  /** `takes`: the next one is another. */
  #next(alive: readonly Member[], takes: boolean): Member | undefined {
    const member = alive[this.state.cursor % alive.length];
    if (takes) this.state.cursor = (this.state.cursor + 1) % 0x4000_0000;
    return member;
  }

  #stick(alive: readonly Member[], facts: FlowFacts | null, takes: boolean): Member | undefined {
    if (facts === null) return this.#next(alive, false);
    const key = `${formatIp(facts.srcIp)} ${keyOf(facts)}`;
    const now = Date.now();
    const before = this.#sessions.get(key);
    const isFresh = before !== undefined && now - before.time < SESSION_MS;
    const member =
      isFresh && alive.includes(before.member) ? before.member : this.#next(alive, takes);
    if (member === undefined || !takes) return member;
    this.#sessions.delete(key);
    this.#sessions.set(key, { member, time: now });
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= MAX_SESSIONS) break;
      this.#sessions.delete(oldest);
    }
    return member;
  }
}

/** The site of the destination (example.co.uk), else its name, else its address. */
export function keyOf(facts: FlowFacts | null): string {
  if (facts === null) return '';
  const { domain, dstIp } = facts;
  if (typeof domain === 'string') return siteOf(domain) ?? domain;
  return dstIp == null ? '' : formatIp(dstIp);
}

/**
 * Rendezvous hashing: each member draws a number for the key, and the highest wins. A member that
 * comes or goes moves its own keys only.
 */
function highest(members: readonly Member[], key: string): Member {
  const keyHash = hash(key);
  let best: Member | undefined;
  let bestWeight = -1;
  for (const member of members) {
    const weight = mix(keyHash ^ hash(member.name));
    if (weight <= bestWeight) continue;
    best = member;
    bestWeight = weight;
  }
  if (best === undefined) throw new TypeError('Nobody is there to be chosen.');
  return best;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let n = 0; n < text.length; n += 1) {
    value = Math.imul(value ^ text.charCodeAt(n), 0x01000193);
  }
  return mix(value);
}

/** The finalizer of MurmurHash3: every bit of the result depends on every bit of the input. */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
