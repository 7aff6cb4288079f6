/** What can be done on a card. */
export interface CardActions {
  readonly toggle: (key: string, isOpen: boolean) => void;
  /** An empty name gives the choice back to the group. */
  readonly choose: (group: string, member: string) => void;
  readonly testGroup: (name: string) => void;
  readonly testProxy: (name: string) => void;
  /** Closes the connections that still go by what the group used before. */
  readonly closeLeft: (group: string) => void;
  readonly forgetLeft: (group: string) => void;
  readonly refreshProvider: (name: string) => void;
}
