/** Proxies and groups as answers carry them. */

/** Why a group chose the member that it did. */
export type ChoiceReason =
  /** Nobody has chosen yet: the first member that can be used. */
  | 'first'
  /** By the user. */
  | 'chosen'
  /** The member before it carries no UDP. */
  | 'udp'
  /** No member can be used. */
  | 'none';

/** What one group on the way of a flow chose. */
export interface GroupChoice {
  readonly group: string;
  /** Empty where it has nobody. */
  readonly member: string;
  readonly reason: ChoiceReason;
}
