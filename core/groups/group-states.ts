/** What groups remember from one configuration to the next, by their names. */

export interface GroupState {
  /** The member that the user chose; empty: none. */
  chosen: string;
  /** `url-test`: the member in use; empty: none yet. */
  current: string;
  /** `load-balance`: whose turn it is. */
  cursor: number;
  /** When all members were tested last, milliseconds since the epoch; 0: never. */
  testedAt: number;
}

/** Groups that are gone are remembered, too, in case they come back. */
const MAX_STATES = 10_000;

export class GroupStates {
  readonly #states = new Map<string, GroupState>();
  readonly #providers = new Map<string, { testedAt: number }>();
  /** Grows with every change that may lead flows another way. */
  generation = 0;

  /** `chosen` are members by the names of their groups. */
  constructor(chosen: ReadonlyMap<string, string>) {
    for (const [group, member] of chosen) this.of(group).chosen = member;
  }

  of(group: string): GroupState {
    let state = this.#states.get(group);
    if (state === undefined) {
      for (const oldest of this.#states.keys()) {
        if (this.#states.size < MAX_STATES) break;
        this.#states.delete(oldest);
      }
      state = { chosen: '', current: '', cursor: 0, testedAt: 0 };
      this.#states.set(group, state);
    }
    return state;
  }

  ofProvider(name: string): { testedAt: number } {
    let state = this.#providers.get(name);
    if (state === undefined) {
      state = { testedAt: 0 };
      this.#providers.set(name, state);
    }
    return state;
  }

  /** What the user chose. */
  chosen(): ReadonlyMap<string, string> {
    const all = [...this.#states].map(([group, { chosen }]): [string, string] => [group, chosen]);
    return new Map(all.filter(([, chosen]) => chosen !== ''));
  }
}
