/**
 * Profiles of Proxifier (.ppx): its proxies, its chains (a simple one becomes proxies behind each
 * other, the others become groups) and its rules. Passwords are there only where the profile was
 * saved without encryption. Pure.
 */
import { SluiceError } from '../api/errors.ts';
import type { UpstreamSettings, UpstreamType } from '../api/upstreams.ts';
import { proxyOf, settingsOf } from '../config/upstream-settings.ts';
import { quote } from '../../rules/text.ts';
import { MOST_FOUND, ProblemNotes, cleanName } from './found.ts';
import type { Found, FoundGroup, FoundProxy, FoundRule } from './found.ts';
import { applications, ports, rulesFor, targets } from './proxifier-rules.ts';
import { readXml } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** Both of its HTTP types ask with CONNECT here; neither means TLS to the proxy. */
const TYPES: Readonly<Record<string, UpstreamType>> = {
  ...{ SOCKS5: 'socks5', SOCKS4: 'socks4', SOCKS4A: 'socks4a', HTTP: 'http', HTTPS: 'http' },
};

const CHAIN_TYPES: Readonly<Record<string, string>> = {
  redundancy: 'fallback',
  load_balancing: 'load-balance',
};

const PASSWORD_NOTE = 'Proxifier has encrypted its password: enter it again.';

/** Proxies and chains by their ids: how rules name them. */
type Names = Map<string, string>;

interface Profile {
  readonly problems: ProblemNotes;
  readonly proxies: FoundProxy[];
  readonly byId: Map<string, FoundProxy>;
  readonly names: Names;
  readonly groups: FoundGroup[];
}

/** Throws `ERR_IMPORT_FORMAT`. */
export function readProxifier(text: string): Found {
  const root = readXml(text);
  if (root.name !== 'ProxifierProfile') {
    const message = `This XML is a ${quote(root.name)}, and no profile of Proxifier.`;
    throw new SluiceError('ERR_IMPORT_FORMAT', message);
  }
  const encryption = child(child(root, 'Options'), 'Encryption')?.attributes['mode'] ?? 'basic';
  const problems = new ProblemNotes();
  const profile: Profile = {
    problems,
    proxies: [],
    byId: new Map(),
    names: new Map(),
    groups: [],
  };
  for (const element of children(child(root, 'ProxyList'), 'Proxy')) {
    addProxy(element, encryption === 'disabled', profile);
  }
  for (const element of children(child(root, 'ChainList'), 'Chain')) addChain(element, profile);
  const rules = children(child(root, 'RuleList'), 'Rule')
    .flatMap((element) => rulesOf(element, profile))
    .slice(0, MOST_FOUND);
  const { proxies, groups } = profile;
  return {
    ...{ format: 'proxifier', proxies, groups, rules, providers: [], problems, isWhole: false },
  };
}

function addProxy(element: XmlElement, isReadable: boolean, profile: Profile): void {
  const { problems, proxies, byId, names } = profile;
  const { line, attributes } = element;
  const address = child(element, 'Address')?.text ?? '';
  const port = Number(child(element, 'Port')?.text ?? '');
  const label = child(element, 'Label')?.text ?? '';
  const name = cleanName(label) || cleanName(`${address}:${port}`);
  const declared = attributes['type'] ?? '';
  const type = Object.hasOwn(TYPES, declared.toUpperCase()) ? TYPES[declared.toUpperCase()] : null;
  if (type === null || type === undefined) {
    problems.add(line, name, `Sluice does not speak ${quote(declared)}`);
    return;
  }
  const login = child(element, 'Authentication');
  const hasLogin = login?.attributes['enabled'] === 'true';
  const username = hasLogin ? (child(login, 'Username')?.text ?? '') : '';
  const hidden = hasLogin ? (child(login, 'Password')?.text ?? '') : '';
  const carriesPassword = type === 'socks5' || type === 'http';
  const settings: UpstreamSettings = {
    ...{ name, type, server: address, port, username },
    password: isReadable && carriesPassword && username !== '' ? hidden : '',
    ...{ udp: type === 'socks5', tls: null, dialerProxy: '', headers: {} },
  };
  const checked = check(settings);
  if (typeof checked === 'string') {
    problems.add(line, name, checked);
    return;
  }
  const isLost = hidden !== '' && !isReadable && carriesPassword;
  const found = { settings: checked, line, note: isLost ? PASSWORD_NOTE : '' };
  if (proxies.length >= MOST_FOUND) return;
  proxies.push(found);
  const id = attributes['id'] ?? '';
  byId.set(id, found);
  names.set(id, uniqueKey(found, id, profile));
}

/** Rules and chains must find the one that they mean, also where two are called the same. */
function uniqueKey(found: FoundProxy, id: string, { proxies }: Profile): string {
  const { name } = found.settings;
  const isTaken = proxies.some((other) => other !== found && other.settings.name === name);
  if (!isTaken) return name;
  const other = cleanName(`${name} (${id})`);
  proxies[proxies.indexOf(found)] = { ...found, settings: { ...found.settings, name: other } };
  return other;
}

/** What is wrong with it, where it makes no sense. */
function check(settings: UpstreamSettings): UpstreamSettings | string {
  try {
    return settingsOf(proxyOf(settings)) ?? 'it has no server';
  } catch (cause) {
    if (cause instanceof SluiceError) return cause.message.replace(/^.*?: |\.$/g, '');
    throw cause;
  }
}

function addChain(element: XmlElement, profile: Profile): void {
  const { problems, names, groups } = profile;
  const { line, attributes } = element;
  const id = attributes['id'] ?? '';
  const name = cleanName(child(element, 'Name')?.text ?? '') || `chain ${id}`;
  const ids = children(element, 'Proxy')
    .filter((one) => one.attributes['enabled'] !== 'false')
    .map(({ text }) => text);
  const members = ids.flatMap((one) => {
    const member = names.get(one);
    if (member === undefined) problems.add(line, name, `its proxy ${quote(one)} is not there`);
    return member === undefined ? [] : [member];
  });
  if (members.length < ids.length || members.length === 0) {
    problems.add(line, name, 'the chain is left out, since not all of it can be used');
    return;
  }
  const type = attributes['type'] ?? 'simple';
  const groupType = Object.hasOwn(CHAIN_TYPES, type) ? CHAIN_TYPES[type] : undefined;
  if (groupType !== undefined) {
    groups.push({ name, type: groupType, members, use: [], rest: new Map(), line });
    names.set(id, name);
    return;
  }
  if (type !== 'simple') {
    problems.add(line, name, `chains of the type ${quote(type)} are not known`);
    return;
  }
  const [only, second] = ids;
  if (second === undefined) names.set(id, names.get(only ?? '') ?? name);
  else addSimpleChain(name, ids, line, profile);
  if (second !== undefined) names.set(id, name);
}

/** The first is reached from here, each other one through the one before: copies, since a proxy may be used alone, too. */
function addSimpleChain(
  name: string,
  ids: readonly string[],
  line: number,
  profile: Profile,
): void {
  const { proxies, byId, names } = profile;
  let before = names.get(ids[0] ?? '') ?? '';
  ids.slice(1).forEach((id, index) => {
    const found = byId.get(id);
    if (found === undefined) return;
    const isLast = index === ids.length - 2;
    const own = isLast ? name : cleanName(`${name} (${index + 2})`);
    const settings = { ...found.settings, name: own, dialerProxy: before, udp: false };
    proxies.push({ settings, line, note: found.note });
    before = own;
  });
}

function rulesOf(element: XmlElement, { problems, names }: Profile): FoundRule[] {
  const { line } = element;
  const name = cleanName(child(element, 'Name')?.text ?? '');
  const action = child(element, 'Action');
  const target = targetOf(action, names);
  if (target === null) {
    problems.add(line, name, `the rule leads to ${quote(action?.text ?? '')}, which is not there`);
    return [];
  }
  const lists = [
    { what: 'Applications', read: applications },
    { what: 'Targets', read: targets },
    { what: 'Ports', read: ports },
  ].map(({ what, read }) => {
    const text = child(element, what)?.text ?? '';
    const isAny = /^\s*(?:any)?\s*$/i.test(text);
    const { clauses, problems: wrong } = isAny ? { clauses: [], problems: [] } : read(text);
    for (const why of wrong) problems.add(line, name, why);
    return { clauses, isLost: !isAny && clauses.length === 0 };
  });
  // Without one of its lists it would take more than it was meant to.
  if (lists.some(({ isLost }) => isLost)) {
    problems.add(line, name, 'the rule is left out, since one of its lists cannot be used');
    return [];
  }
  const enabled = element.attributes['enabled'] !== 'false';
  return rulesFor(
    lists.map(({ clauses }) => clauses),
    target,
  ).map((rule) => ({ rule, line, was: name, enabled }));
}

/** Null where it leads to what is not there. */
function targetOf(action: XmlElement | undefined, names: Names): string | null {
  switch (action?.attributes['type']) {
    case 'Direct':
      return 'DIRECT';
    case 'Block':
      return 'REJECT';
    case 'Proxy':
    case 'Chain':
      return names.get(action.text) ?? null;
    default:
      return null;
  }
}

function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name);
}

function children(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return (element?.children ?? []).filter((one) => one.name === name).slice(0, MOST_FOUND);
}
