/** `fallback`: the first member that is alive, and before that what the user chose, while it is. */
import { Group } from './group.ts';
import type { Choice } from './group.ts';

export class FallbackGroup extends Group {
  readonly type = 'Fallback';

  choose(): Choice {
    const chosen = this.chosen();
    if (chosen !== undefined && this.isAlive(chosen)) return { member: chosen, reason: 'chosen' };
    const alive = this.usable.find((member) => this.isAlive(member));
    return alive === undefined ? this.lastResort() : { member: alive, reason: 'first-alive' };
  }
}
