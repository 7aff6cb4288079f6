/**
 * `url-test`: the member with the shortest delay. It changes only when all results of a test are
 * in, and only for one that is faster by more than the tolerance; or at once when it dies.
 */
import { Group } from './group.ts';
import type { Choice, Member } from './group.ts';

export class UrlTestGroup extends Group {
  readonly type = 'URLTest';

  choose(): Choice {
    const chosen = this.chosen();
    if (chosen !== undefined && this.isAlive(chosen)) return { member: chosen, reason: 'chosen' };
    const current = this.#current();
    if (current !== undefined && this.isAlive(current)) {
      return { member: current, reason: 'fastest' };
    }
    return this.#fastest();
  }

  override settle(): void {
    const { member, reason } = this.#fastest();
    const current = this.#current();
    if (current !== undefined && this.isAlive(current)) {
      const best = member === null ? Infinity : this.delayOf(member);
      if (this.delayOf(current) <= best + this.config.tolerance) return;
    }
    this.state.current = reason === 'fastest' ? (member?.name ?? '') : '';
  }

  #current(): Member | undefined {
    const { current } = this.state;
    return current === '' ? undefined : this.usable.find(({ name }) => name === current);
  }

  #fastest(): Choice {
    let best: Member | undefined;
    let shortest = Infinity;
    let alive: Member | undefined;
    for (const member of this.usable) {
      if (!this.isAlive(member)) continue;
      alive ??= member;
      const delay = this.delayOf(member);
      if (delay >= shortest) continue;
      best = member;
      shortest = delay;
    }
    if (best !== undefined) return { member: best, reason: 'fastest' };
    return alive === undefined ? this.lastResort() : { member: alive, reason: 'first-alive' };
  }
}
