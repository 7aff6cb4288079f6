/** The filters of the connections by field: a menu for each, and what is chosen as chips. */
import type { ReactNode } from 'react';
import { Button, Group, Pill } from '@mantine/core';
import type { FlowInfo } from '../../../core/api/flows.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Key } from '../../i18n/en.ts';
import { FacetMenu, facets, valueText } from './facet-menu.tsx';
import { toggleTerm } from './flow-filter.ts';
import type { FlowFilter } from './flow-filter.ts';

/** Fields that have no menu may be in the address all the same. */
const TITLES: Readonly<Record<string, Key>> = {
  host: 'connections.column.host',
  network: 'connections.column.network',
  ...Object.fromEntries(facets.map(({ field, title }) => [field, title])),
};

export function FilterRow(props: {
  /** Those of the list, asked for when a menu opens. */
  readonly flows: () => Iterable<FlowInfo>;
  readonly filter: FlowFilter;
  readonly onFilter: (filter: FlowFilter) => void;
}): ReactNode {
  const { flows, filter, onFilter } = props;
  const { t } = useI18n();
  return (
    <Group gap="xs" role="group" aria-label={t('list.filter')}>
      {facets.map((facet) => (
        <FacetMenu
          key={facet.field}
          facet={facet}
          flows={flows}
          filter={filter}
          onToggle={(term) => onFilter(toggleTerm(filter, term))}
        />
      ))}
      {filter.exact.map((term) => {
        const title = t(TITLES[term.field] ?? 'list.filter');
        const text = `${title}: ${valueText(term.field, term.value, t)}`;
        return (
          <Pill
            key={`${term.field} ${term.value}`}
            size="md"
            maw="100%"
            bg="var(--mantine-primary-color-light)"
            c="var(--mantine-primary-color-light-color)"
            withRemoveButton
            onRemove={() => onFilter(toggleTerm(filter, term))}
            removeButtonProps={{
              'aria-label': t('connections.facet.remove', { name: text }),
              'aria-hidden': false,
              tabIndex: 0,
            }}
          >
            {text}
          </Pill>
        );
      })}
      {filter.exact.length > 1 && (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => onFilter({ ...filter, exact: [] })}
        >
          {t('connections.facet.clear')}
        </Button>
      )}
    </Group>
  );
}
