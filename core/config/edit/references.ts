/** Who in a configuration file names a proxy or a group, and how to give it another name there. Pure. */
import type { Node, Scalar, YAMLSeq } from 'yaml';
import { isMap, isScalar, isSeq } from 'yaml';
import type { UpstreamUse } from '../../api/upstreams.ts';
import { parseRule } from '../../../rules/parse-rule.ts';
import { entriesOf, itemsOf, resolved, scalarText } from './yaml-file.ts';
import type { YamlFile } from './yaml-file.ts';

export interface Reference {
  readonly kind: UpstreamUse['kind'];
  /** See `UpstreamUse`. */
  readonly text: string;
  readonly node: Scalar;
  /** The text of the scalar with another name in it. */
  readonly renamed: (name: string) => string;
  /** Where it is one of the members of a group. */
  readonly member: { readonly list: YAMLSeq; readonly index: number } | null;
}

const SERVER_LISTS = [
  ...['nameserver', 'fallback', 'default-nameserver', 'proxy-server-nameserver'],
  'direct-nameserver',
];
const SERVER_POLICIES = ['nameserver-policy', 'proxy-server-nameserver-policy'];

const NOWHERE = { line: 0, column: 0 };

/** By the name that is meant. */
export function referencesOf(file: YamlFile): ReadonlyMap<string, readonly Reference[]> {
  const found = new Map<string, Reference[]>();
  const seen = new Set<Node>();
  const add = (name: string, reference: Reference): void => {
    // What aliases share is one place in the text.
    if (seen.has(reference.node)) return;
    seen.add(reference.node);
    const list = found.get(name);
    if (list === undefined) found.set(name, [reference]);
    else list.push(reference);
  };
  const { root } = file;
  if (root === null) return found;
  const top = entriesOf(file, root);
  const section = (key: string): Node | null => top.get(key)?.value ?? null;
  /** A scalar that is nothing but the name. */
  const whole = (
    kind: Reference['kind'],
    text: string,
    node: Node | null,
    member: Reference['member'] = null,
  ): void => {
    const name = scalarText(node);
    if (name !== null && isScalar(node)) {
      add(name, { kind, text, node, renamed: (next) => next, member });
    }
  };
  const mapsIn = (
    node: Node | null,
  ): { keys: ReadonlyMap<string, { value: Node | null }>; name: string }[] =>
    itemsOf(file, node).flatMap((item) => {
      if (!isMap(item)) return [];
      const keys = entriesOf(file, item);
      return [{ keys, name: scalarText(keys.get('name')?.value) ?? '' }];
    });

  for (const { keys, name } of mapsIn(section('proxies'))) {
    whole('dialer-proxy', name, keys.get('dialer-proxy')?.value ?? null);
  }
  for (const { keys, name } of mapsIn(section('proxy-groups'))) {
    const list = keys.get('proxies')?.value ?? null;
    itemsOf(file, list).forEach((item, index) => {
      whole('group', name, item, isSeq(list) ? { list, index } : null);
    });
    whole('group', name, keys.get('empty-fallback')?.value ?? null);
  }
  for (const [name, provider] of namedMaps(file, section('proxy-providers'))) {
    const override = provider.get('override')?.value;
    whole('provider', name, provider.get('proxy')?.value ?? null);
    whole('provider', name, provider.get('dialer-proxy')?.value ?? null);
    if (isMap(override)) {
      whole('provider', name, entriesOf(file, override).get('dialer-proxy')?.value ?? null);
    }
    for (const { keys } of mapsIn(provider.get('payload')?.value ?? null)) {
      whole('provider', name, keys.get('dialer-proxy')?.value ?? null);
    }
  }
  for (const [name, provider] of namedMaps(file, section('rule-providers'))) {
    whole('provider', name, provider.get('proxy')?.value ?? null);
  }
  for (const node of rulesIn(file, section('rules'), section('sub-rules'))) {
    const text = scalarText(node) ?? '';
    const target = targetOf(text);
    if (target === null || !isScalar(node)) continue;
    const renamed = (name: string): string => withTarget(text, name);
    add(target, { kind: 'rule', text, node, renamed, member: null });
  }
  for (const node of serversIn(file, section('dns'))) {
    const text = scalarText(node) ?? '';
    const way = wayOf(text);
    if (way === null || !isScalar(node)) continue;
    const renamed = (name: string): string => withWay(text, name);
    add(way, { kind: 'resolver', text, node, renamed, member: null });
  }
  return found;
}

/** Null where the rule leads to a list of rules, or is none. */
export function targetOf(rule: string): string | null {
  const parsed = parseRule(rule, NOWHERE).rule;
  return parsed === null || parsed.type === 'SUB-RULE' ? null : parsed.target;
}

/** A rule that leads elsewhere, and is the same otherwise. */
export function withTarget(rule: string, target: string): string {
  const { rule: parsed, targetOffset } = parseRule(rule, NOWHERE);
  if (parsed === null) return rule;
  return rule.slice(0, targetOffset) + target + rule.slice(targetOffset + parsed.target.length);
}

/** What stands behind `#` of a resolver and is no option. */
export function wayOf(server: string): string | null {
  const [, suffix] = splitSuffix(server);
  return suffix.find((part) => part !== '' && !part.includes('=')) ?? null;
}

export function withWay(server: string, name: string): string {
  const [main, suffix] = splitSuffix(server);
  const way = wayOf(server);
  return `${main}#${suffix.map((part) => (part === way ? name : part)).join('&')}`;
}

function splitSuffix(server: string): [string, string[]] {
  const hash = server.indexOf('#');
  return hash < 0 ? [server, []] : [server.slice(0, hash), server.slice(hash + 1).split('&')];
}

function namedMaps(
  file: YamlFile,
  node: Node | null,
): [string, ReadonlyMap<string, { value: Node | null }>][] {
  if (!isMap(node)) return [];
  return [...entriesOf(file, node)].flatMap(([name, { value }]) =>
    isMap(value) ? [[name, entriesOf(file, value)]] : [],
  );
}

function rulesIn(file: YamlFile, rules: Node | null, subRules: Node | null): (Node | null)[] {
  const lists = isMap(subRules)
    ? [...entriesOf(file, subRules).values()].map(({ value }) => value)
    : [];
  return [rules, ...lists].flatMap((list) => itemsOf(file, list));
}

function serversIn(file: YamlFile, dns: Node | null): (Node | null)[] {
  if (!isMap(dns)) return [];
  const keys = entriesOf(file, dns);
  const lists = SERVER_LISTS.map((key) => keys.get(key)?.value ?? null);
  const policies = SERVER_POLICIES.flatMap((key) => {
    const policy = keys.get(key)?.value;
    return isMap(policy) ? [...entriesOf(file, policy).values()].map(({ value }) => value) : [];
  });
  return [...lists, ...policies].flatMap((list) => itemsOf(file, resolved(file, list)));
}
