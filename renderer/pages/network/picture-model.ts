/** What the picture of the network shows: who sends, and where it leaves. Pure. */
import { ZONES } from '../../../core/api/flows.ts';
import type { Zone } from '../../../core/api/flows.ts';
import type { InterfaceInfo, NetworkInfo, UplinkInfo } from '../../../core/api/network.ts';
import type { PathRow, TotalRow } from '../../../core/api/totals.ts';
import type { Rate } from '../../live/rates.ts';
import { keyOf } from '../../live/totals.ts';
import type { LiveTotals, RowIdentity, TotalsTable } from '../../live/totals.ts';
import { totalLink } from '../connections/filter-link.ts';

export interface Traffic extends Rate {
  readonly open: number;
  /** Bytes since Sluice started, both ways. */
  readonly bytes: number;
}

export interface Source {
  readonly id: string;
  readonly zone: Zone;
  /** The interface that it is behind; null for this machine, and where there is none. */
  readonly device: InterfaceInfo | null;
  readonly guests: number;
  /** Of this machine, those that moved most lately. */
  readonly programs: readonly string[];
  readonly traffic: Traffic;
}

/** In the order in which they stand: through others, straight out, and what Sluice does itself. */
const WAY_SORTS = ['proxy', 'direct', 'others', 'answered', 'refused'] as const;
export type WaySort = (typeof WAY_SORTS)[number];

export interface Way {
  readonly id: string;
  readonly sort: WaySort;
  /** An upstream's, if it is one. */
  readonly name: string;
  /** Its connections; null: it is not one thing that could be looked for. */
  readonly href: string | null;
  /** Zones whose traffic leaves here. */
  readonly zones: ReadonlySet<Zone>;
  readonly traffic: Traffic;
}

export interface Exit {
  readonly device: string;
  readonly addresses: readonly string[];
}

export interface Picture {
  readonly sources: readonly Source[];
  readonly ways: readonly Way[];
  readonly exits: readonly Exit[];
}

/** More would be a list, not a picture; the rest is one entry. */
const MAX_SOURCES = 8;
const MAX_WAYS = 8;
const SHOWN_PROGRAMS = 3;

export function pictureOf(network: NetworkInfo, live: LiveTotals): Picture {
  return {
    sources: sourcesOf(network, live),
    ways: waysOf(live),
    exits: exitsOf(network.uplink),
  };
}

function sourcesOf(network: NetworkInfo, live: LiveTotals): Source[] {
  const { totals } = live;
  const zones = new Map((totals?.zone ?? []).map((row) => [row.name, row]));
  const deviceOf = new Map(network.guests.map(({ address, device }) => [address, device]));
  const zoneSource = (zone: Zone): Source => ({
    id: zone,
    zone,
    device: null,
    guests: network.guests.filter((guest) => guest.zone === zone && guest.device === '').length,
    programs: zone === 'host' ? busyPrograms(live) : [],
    traffic: trafficOf('zone', zones.get(zone), live),
  });
  const behind = network.interfaces
    .filter(({ role }) => role === 'guests')
    .map((device): Source => {
      const rows = (totals?.guest ?? []).filter(({ name }) => deviceOf.get(name) === device.name);
      return {
        id: `if ${device.name}`,
        zone: device.zone ?? 'container',
        device,
        guests: network.guests.filter((guest) => guest.device === device.name).length,
        programs: [],
        traffic: sumOf(rows.map((row) => trafficOf('guest', row, live))),
      };
    })
    .toSorted((a, b) => b.traffic.bytes - a.traffic.bytes || b.guests - a.guests);
  const drawn = new Set<Zone>(['host', ...behind.map(({ zone }) => zone)]);
  // Whoever sent something is shown, though no interface of his is known.
  const rest = ZONES.filter((zone) => !drawn.has(zone) && zones.has(zone));
  return [zoneSource('host'), ...behind, ...rest.map(zoneSource)].slice(0, MAX_SOURCES);
}

function busyPrograms({ totals, rates }: LiveTotals): string[] {
  const speed = (row: TotalRow): number => {
    const rate = rates.get(keyOf('process', row));
    return rate === undefined ? 0 : rate.up + rate.down;
  };
  return (totals?.process ?? [])
    .filter(({ kind }) => kind === 'named')
    .toSorted((a, b) => speed(b) - speed(a) || b.open - a.open)
    .slice(0, SHOWN_PROGRAMS)
    .map(({ name }) => name);
}

function waysOf(live: LiveTotals): Way[] {
  const rows = (live.totals?.upstream ?? []).filter(({ kind }) => kind !== 'undecided');
  const zonesOf = (row: RowIdentity): ReadonlySet<Zone> =>
    new Set(
      (live.totals?.path ?? [])
        .filter(({ kind, name }: PathRow) => kind === row.kind && name === row.name)
        .map(({ zone }) => zone),
    );
  const ways = rows.map((row): Way => ({
    id: `${row.kind} ${row.name}`,
    sort: sortOf(row),
    name: row.name,
    href: totalLink('upstream', row),
    zones: zonesOf(row),
    traffic: trafficOf('upstream', row, live),
  }));
  const shown = ways.slice(0, ways.length > MAX_WAYS ? MAX_WAYS - 1 : MAX_WAYS);
  const rest = ways.slice(shown.length);
  if (rest.length > 0) {
    shown.push({
      id: 'rest',
      sort: 'others',
      name: '',
      href: null,
      zones: new Set(rest.flatMap(({ zones }) => [...zones])),
      traffic: sumOf(rest.map(({ traffic }) => traffic)),
    });
  }
  // A fixed order: rows that overtake each other would make the picture jump.
  return shown.sort((a, b) => rankOf(a) - rankOf(b) || (a.name < b.name ? -1 : 1));
}

function sortOf({ kind, name }: TotalRow): WaySort {
  if (kind === 'named') return name === 'DIRECT' ? 'direct' : 'proxy';
  return kind === 'answered' || kind === 'refused' ? kind : 'others';
}

function rankOf({ sort }: Way): number {
  return WAY_SORTS.indexOf(sort);
}

function exitsOf(uplink: UplinkInfo | null): Exit[] {
  if (uplink === null) return [];
  const exits = new Map<string, string[]>();
  for (const [device, address] of [
    [uplink.device4, uplink.address4],
    [uplink.device6, uplink.address6],
  ] as const) {
    if (device !== '') exits.set(device, [...(exits.get(device) ?? []), address]);
  }
  return [...exits].map(([device, addresses]) => ({ device, addresses }));
}

function trafficOf(table: TotalsTable, row: TotalRow | undefined, live: LiveTotals): Traffic {
  if (row === undefined) return sumOf([]);
  const { up, down } = live.rates.get(keyOf(table, row)) ?? { up: 0, down: 0 };
  return { up, down, open: row.open, bytes: row.upload + row.download };
}

function sumOf(parts: readonly Traffic[]): Traffic {
  return parts.reduce(
    (sum, { up, down, open, bytes }) => ({
      up: sum.up + up,
      down: sum.down + down,
      open: sum.open + open,
      bytes: sum.bytes + bytes,
    }),
    { up: 0, down: 0, open: 0, bytes: 0 },
  );
}

/** Pixels of a line: none moves thin, a gigabit a second thick. */
export function widthOf({ up, down }: Rate): number {
  const rate = up + down;
  if (rate < 1) return 1.5;
  return Math.min(16, 2 + 1.7 * Math.max(0, Math.log10(rate) - 1));
}
