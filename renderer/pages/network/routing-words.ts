/** What routes and policy rules mean for capturing, in plain sentences. Pure. */
import type { NetworkInfo, RouteInfo } from '../../../core/api/network.ts';
import { printable } from '../../format.ts';
import type { Key } from '../../i18n/en.ts';
import type { Translate } from '../../i18n/translate.ts';

export interface Sentence {
  readonly text: string;
  /** Others get in the way. */
  readonly isWarning: boolean;
}

/** In a sentence; the rest is counted. */
const SHOWN_PREFIXES = 6;
/** Never captured, and nobody would expect it. */
const LINK_ONLY = new Set(['224.0.0.0/4', '255.255.255.255/32']);

export function routingSentences(network: NetworkInfo, t: Translate): Sentence[] {
  const { tunnel, routes } = network;
  if (tunnel === null) return [{ text: t('network.routing.none'), isWarning: false }];
  const own = routes.filter(({ isOwn }) => isOwn);
  const into = own.filter(({ device, type }) => device === tunnel.device && type === 'unicast');
  const takesAll = into.some(isDefault);
  const told: Sentence[] = [];
  const tell = (key: Key, values: Readonly<Record<string, string | number>>): void => {
    told.push({ text: t(key, values), isWarning: false });
  };
  const device = printable(tunnel.device);
  if (takesAll) tell('network.routing.all', { device });
  else tell('network.routing.some', { device, prefixes: listOf(into, t) });
  const others = routes.filter(
    (route) =>
      !route.isOwn && !isDefault(route) && route.type === 'unicast' && !isLinkLocal(route.prefix),
  );
  if (others.length > 0) tell('network.routing.outside', { prefixes: listOf(others, t) });
  const excluded = own.filter(({ type, prefix }) => type === 'throw' && !LINK_ONLY.has(prefix));
  if (excluded.length > 0) tell('network.routing.excluded', { prefixes: listOf(excluded, t) });
  const halves = others.filter(({ prefix }) => prefix.endsWith('/1'));
  for (const name of new Set(halves.map((route) => route.device))) {
    const text = t('network.routing.vpn', { device: printable(name) });
    told.push({ text, isWarning: true });
  }
  for (const { priority, isBefore } of foreignRules(network)) {
    const key = isBefore ? 'network.routing.before' : 'network.routing.after';
    told.push({ text: t(key, { priority }), isWarning: isBefore });
  }
  return told;
}

/** Each priority once, whichever families have it. */
function foreignRules({ rules, tunnel }: NetworkInfo): { priority: number; isBefore: boolean }[] {
  const foreign = rules.filter(({ purpose, isSystem }) => purpose === null && !isSystem);
  return [...new Set(foreign.map(({ priority }) => priority))].map((priority) => ({
    priority,
    isBefore: tunnel !== null && priority < tunnel.firstRule,
  }));
}

function isDefault({ prefix }: RouteInfo): boolean {
  return prefix.endsWith('/0');
}

function isLinkLocal(prefix: string): boolean {
  return prefix.startsWith('fe80:') || prefix.startsWith('169.254.');
}

function listOf(routes: readonly RouteInfo[], t: Translate): string {
  const prefixes = [...new Set(routes.map(({ prefix }) => prefix))];
  const shown = prefixes.slice(0, SHOWN_PREFIXES);
  const rest = prefixes.length - shown.length;
  return [...shown, ...(rest > 0 ? [t('network.routing.more', { count: rest })] : [])].join(', ');
}
