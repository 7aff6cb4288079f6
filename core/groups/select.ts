/** `select`: what the user chose, else the first member that can be used. */
import { Group, NOBODY } from './group.ts';
import type { Choice } from './group.ts';

export class SelectGroup extends Group {
  readonly type = 'Selector';

  choose(): Choice {
    const chosen = this.chosen();
    if (chosen !== undefined) return { member: chosen, reason: 'chosen' };
    const [first] = this.usable;
    return first === undefined ? NOBODY : { member: first, reason: 'first' };
  }
}
