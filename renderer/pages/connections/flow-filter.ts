/**
 * The filter of the connections as a text, as it stands in the address:
 *
 *   word             is somewhere in the flow, in any case
 *   field:word       is in this field
 *   field:"value"    is exactly this; several of one field are alternatives
 *
 * Pure.
 */
import type { FlowInfo } from '../../../core/api/flows.ts';
import { wordsOf } from '../../components/sort-rows.ts';

export const FILTER_FIELDS = [
  'host',
  'process',
  'zone',
  'network',
  'state',
  'rule',
  'upstream',
] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

/** One value that a field must have. */
export interface ExactTerm {
  readonly field: FilterField;
  readonly value: string;
}

export interface FlowFilter {
  readonly exact: readonly ExactTerm[];
  /** What is left: words, as they were typed. */
  readonly words: string;
}

/** The names on the way of a flow, one of which a term may ask for, are several; the rest has one value. */
const VALUES: Readonly<Record<FilterField, (flow: FlowInfo) => readonly string[]>> = {
  host: ({ domain, destination }) => [domain ?? destination.address],
  process: ({ process }) => (process === null ? [''] : [process.name, process.path]),
  zone: ({ zone }) => [zone],
  network: ({ network }) => [network],
  state: ({ state }) => [state],
  rule: ({ rule }) => [rule?.text ?? ''],
  upstream: ({ chain }) => (chain.length === 0 ? [''] : chain),
};

/** With a backslash before quotes and backslashes. */
const EXACT = new RegExp(
  `(?<=^|\\s)(${FILTER_FIELDS.join('|')}):"((?:[^"\\\\]|\\\\.)*)"(?=\\s|$) ?`,
  'g',
);

export function parseFilter(text: string): FlowFilter {
  const exact: ExactTerm[] = [];
  const words = text.replace(EXACT, (_, field: FilterField, quoted: string) => {
    exact.push({ field, value: quoted.replace(/\\(.)/g, '$1') });
    return '';
  });
  return { exact, words };
}

export function formatFilter({ exact, words }: FlowFilter): string {
  return [...exact.map(formatTerm), ...(words === '' ? [] : [words])].join(' ');
}

/** For a link to what goes one way: `/connections?filter=` and this, encoded. */
export function formatTerm({ field, value }: ExactTerm): string {
  return `${field}:"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** With the term if it is not in it, without it if it is. */
export function toggleTerm(filter: FlowFilter, { field, value }: ExactTerm): FlowFilter {
  const others = filter.exact.filter((term) => term.field !== field || term.value !== value);
  const isNew = others.length === filter.exact.length;
  return { ...filter, exact: isNew ? [...others, { field, value }] : others };
}

/** `except`: the terms of this field are left out, for counting what each of its values would show. */
export function filterTest(
  { exact, words }: FlowFilter,
  except: FilterField | null = null,
): (flow: FlowInfo) => boolean {
  const wanted = new Map<FilterField, Set<string>>();
  for (const { field, value } of exact) {
    if (field === except) continue;
    const values = wanted.get(field) ?? new Set();
    wanted.set(field, values.add(value));
  }
  const tests = [
    ...Array.from(wanted, ([field, values]) => (flow: FlowInfo) => {
      return VALUES[field](flow).some((value) => values.has(value));
    }),
    ...wordsOf(words).map(testOf),
  ];
  return (flow) => tests.every((test) => test(flow));
}

function testOf(word: string): (flow: FlowInfo) => boolean {
  const colon = word.indexOf(':');
  const field = FILTER_FIELDS.find((name) => name === word.slice(0, Math.max(0, colon)));
  if (field === undefined) return (flow) => wholeText(flow).includes(word);
  // Half of an exact term that is still being typed finds what begins so.
  const wanted = word.slice(colon + 1).replace(/^"/, '');
  return (flow) => VALUES[field](flow).join(' ').toLowerCase().includes(wanted);
}

function wholeText(flow: FlowInfo): string {
  const { source, destination } = flow;
  const fields = FILTER_FIELDS.map((field) => VALUES[field](flow).join(' '));
  return [
    `${source.address}:${source.port}`,
    `${destination.address}:${destination.port}`,
    ...fields,
  ]
    .join(' ')
    .toLowerCase();
}

export interface FacetValue {
  readonly value: string;
  readonly count: number;
}

/** The values that a field has among the flows, the most frequent first; what is chosen is always among them. */
export function facetOf(
  flows: Iterable<FlowInfo>,
  filter: FlowFilter,
  field: FilterField,
): FacetValue[] {
  const counts = new Map<string, number>();
  for (const term of filter.exact) if (term.field === field) counts.set(term.value, 0);
  const test = filterTest(filter, field);
  for (const flow of flows) {
    if (!test(flow)) continue;
    const values = VALUES[field](flow);
    // A program's name is offered, its path only searched.
    for (const value of field === 'process' ? values.slice(0, 1) : values) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return Array.from(counts, ([value, count]) => ({ value, count })).sort(
    (a, b) => b.count - a.count || (a.value < b.value ? -1 : 1),
  );
}
