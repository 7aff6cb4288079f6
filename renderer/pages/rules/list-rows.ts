/** The providers that rules use, as rows. Pure. */
import type { ApiError } from '../../../core/api/errors.ts';
import type { ProviderKind, ProviderList } from '../../../core/api/providers.ts';

export interface ListRow {
  readonly key: string;
  readonly kind: ProviderKind;
  readonly name: string;
  /** What it is made of. */
  readonly type: string;
  readonly count: number;
  readonly updatedAt: string | null;
  /** What went wrong last; null: nothing. */
  readonly error: ApiError | null;
  /** Lines that were passed over. */
  readonly broken: number;
  /** Where it comes from; empty where it stands in the file. */
  readonly source: string;
  /** It can be fetched or read again. */
  readonly canRefresh: boolean;
}

export function listRows({ rules, geo }: ProviderList): ListRow[] {
  const ofRules = rules.map(
    (one) => ({ one, kind: 'rules', type: one.behavior, broken: one.broken }) as const,
  );
  const ofGeo = geo.map((one) => ({ one, kind: 'geo', type: 'geo', broken: 0 }) as const);
  return [...ofRules, ...ofGeo].map(({ one, kind, type, broken }) => ({
    key: `${kind} ${one.name}`,
    kind,
    name: one.name,
    type: one.type === 'inline' ? `${type}, inline` : type,
    count: one.count,
    updatedAt: one.updatedAt,
    error: one.error,
    broken,
    source: one.url ?? one.path ?? '',
    canRefresh: one.type !== 'inline',
  }));
}
