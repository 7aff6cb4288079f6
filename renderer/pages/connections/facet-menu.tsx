/** The values that one field has among the connections, with how many each has, to choose from. */
import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import {
  Button,
  Checkbox,
  Group,
  Popover,
  ScrollArea,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { ZONES } from '../../../core/api/flows.ts';
import type { FlowInfo, FlowState } from '../../../core/api/flows.ts';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Key } from '../../i18n/en.ts';
import type { Translate } from '../../i18n/translate.ts';
import { facetOf } from './flow-filter.ts';
import type { ExactTerm, FilterField, FlowFilter } from './flow-filter.ts';

/** More can be found by typing a part of it. */
const SHOWN = 100;
const WORTH_A_SEARCH = 8;

export interface Facet {
  readonly field: FilterField;
  readonly title: Key;
}

export const facets: readonly Facet[] = [
  { field: 'zone', title: 'connections.column.zone' },
  { field: 'process', title: 'connections.column.process' },
  { field: 'rule', title: 'connections.column.rule' },
  { field: 'upstream', title: 'connections.upstream' },
  { field: 'state', title: 'connections.column.state' },
];

interface FacetProps {
  readonly facet: Facet;
  readonly flows: () => Iterable<FlowInfo>;
  readonly filter: FlowFilter;
  readonly onToggle: (term: ExactTerm) => void;
}

export function FacetMenu(props: FacetProps): ReactNode {
  const { facet, filter } = props;
  const { t } = useI18n();
  const [isOpen, setIsOpen] = useState(false);
  const chosen = filter.exact.filter(({ field }) => field === facet.field).length;
  return (
    <Popover
      opened={isOpen}
      onChange={setIsOpen}
      position="bottom-start"
      trapFocus
      returnFocus
      shadow="md"
    >
      <Popover.Target>
        <Button
          variant={chosen === 0 ? 'default' : 'light'}
          size="compact-sm"
          fw={500}
          rightSection={<IconChevronDown size={14} />}
          onClick={() => setIsOpen(!isOpen)}
        >
          {t(facet.title)}
          {chosen === 0 ? '' : ` (${chosen})`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs" w={320} maw="calc(100vw - 32px)">
        {isOpen && <Values {...props} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function Values({ facet, filter, flows, onToggle }: FacetProps): ReactNode {
  const { field } = facet;
  const { t } = useI18n();
  const [part, setPart] = useState('');
  // As it was when the menu was opened: what is about to be clicked must not move away.
  const values = useMemo(() => facetOf(flows(), filter, field), [filter, field]);
  const wanted = part.toLowerCase();
  const found = values.filter(({ value }) =>
    valueText(field, value, t).toLowerCase().includes(wanted),
  );
  return (
    <Stack gap="xs">
      {values.length > WORTH_A_SEARCH && (
        <TextInput
          size="xs"
          value={part}
          onChange={(event) => setPart(event.currentTarget.value)}
          placeholder={t('list.filter')}
          aria-label={t('list.filter')}
          data-autofocus
        />
      )}
      <ScrollArea.Autosize mah={300} type="auto" offsetScrollbars>
        <Stack gap={6} role="group" aria-label={t(facet.title)}>
          {found.slice(0, SHOWN).map(({ value, count }) => (
            <Group key={value} gap="xs" wrap="nowrap" justify="space-between">
              <Checkbox
                size="xs"
                label={valueText(field, value, t)}
                checked={filter.exact.some((one) => one.field === field && one.value === value)}
                onChange={() => onToggle({ field, value })}
                classNames={{ label: 'breaks' }}
              />
              <Text size="xs" c="dimmed" className="number">
                {count}
              </Text>
            </Group>
          ))}
          {found.length === 0 && (
            <Text size="sm" c="dimmed">
              {t('list.nothing')}
            </Text>
          )}
          {found.length > SHOWN && (
            <Text size="xs" c="dimmed">
              {t('connections.facet.more', { count: found.length - SHOWN })}
            </Text>
          )}
        </Stack>
      </ScrollArea.Autosize>
    </Stack>
  );
}

const STATES: readonly FlowState[] = [
  'deciding',
  'dialling',
  'open',
  'closed',
  'refused',
  'failed',
];

export function valueText(field: FilterField, value: string, t: Translate): string {
  if (value === '') return t('connections.facet.none');
  const zone = field === 'zone' ? ZONES.find((one) => one === value) : undefined;
  if (zone !== undefined) return t(`zone.${zone}`);
  const state = field === 'state' ? STATES.find((one) => one === value) : undefined;
  return state === undefined ? printable(value, 120) : t(`flow.${state}`);
}
