/** What groups remember from one configuration to the next, by their names. */

export interface GroupState {
  /** The member that the user chose; empty: none. */
  chosen: string;
}

export class GroupStates {
  readonly #states = new Map<string, GroupState>();
  /** Grows with every change that may lead flows another way. */
  generation = 0;

  of(group: string): GroupState {
    let state = this.#states.get(group);
    if (state === undefined) {
      state = { chosen: '' };
      this.#states.set(group, state);
    }
    return state;
  }
}
