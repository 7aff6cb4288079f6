/**
 * Taking over what other programs have: Clash files, subscriptions, lines that name proxies, and
 * profiles of Proxifier. First a preview, which changes nothing and is kept for a while; then what
 * was chosen of it is put into the configuration file.
 */
import type { EditResult } from './edit.ts';
import { readMaker } from './edit.ts';
import type { Author } from './edit.ts';
import type { SubscriptionInfo } from './providers.ts';
import { readNames } from './upstreams.ts';
import type { UpstreamSettings } from './upstreams.ts';
import { invalid, readInteger, readLongText, readObject, readOneOf, readText } from './validate.ts';

/** Clash YAML; lines such as `socks5://host:port#name`, in Base64 or not; a profile of Proxifier. */
export type ImportFormat = 'clash' | 'lines' | 'proxifier';

/** Either a text, or where core is to fetch it. */
export type ImportSource =
  | { readonly text: string }
  /** http or https. `proxy`: the proxy or group that it is fetched through; absent: directly. */
  | { readonly url: string; readonly proxy?: string };

export interface ImportedProxy {
  /** Its number in the preview. */
  readonly id: number;
  readonly settings: UpstreamSettings;
  /** The name that it gets: its own, or another where that is taken. */
  readonly as: string;
  /** `same`: the file has it already, with other settings or not; `new` otherwise. */
  readonly conflict: 'none' | 'name' | 'same';
  /** From 1; 0: the format has no lines. */
  readonly line: number;
  /** What is missing or was changed, a sentence; empty: nothing. */
  readonly note: string;
}

export interface ImportedGroup {
  readonly id: number;
  readonly name: string;
  readonly as: string;
  readonly type: string;
  /** As the names will be. */
  readonly members: readonly string[];
  readonly line: number;
}

export interface ImportedRule {
  readonly id: number;
  /** As it will be written. */
  readonly rule: string;
  readonly line: number;
  /** What it was in its own format; empty: the same. */
  readonly was: string;
  /** False: it was switched off there, and stays in the list as a comment. */
  readonly enabled: boolean;
}

/** What could not be taken over, or only in part. */
export interface ImportProblem {
  /** From 1; 0: it has no line. */
  readonly line: number;
  /** Of the proxy, group or rule; empty: none. */
  readonly name: string;
  readonly message: string;
}

export interface ImportPreview {
  /** What `applyImport` names; it is kept for some minutes. */
  readonly id: string;
  readonly format: ImportFormat;
  /** The URL without its secrets; empty for a text. */
  readonly source: string;
  /** Of the configuration file that names were compared with. */
  readonly hash: string;
  readonly proxies: readonly ImportedProxy[];
  readonly groups: readonly ImportedGroup[];
  readonly rules: readonly ImportedRule[];
  /** Names of the providers that groups and rules bring with them. */
  readonly providers: readonly string[];
  readonly problems: readonly ImportProblem[];
  /** Problems that are not in the list, since there are too many. */
  readonly omitted: number;
  /** Whether the whole text can take the place of the file. */
  readonly canReplace: boolean;
  /** The name of a proxy provider that would keep the proxies up to date; null: there is no URL to fetch them from. */
  readonly provider: string | null;
  readonly subscription: SubscriptionInfo | null;
}

/** Which of the things in a preview, by their numbers. */
export type ImportChoice = 'all' | readonly number[];

export interface ImportRequest {
  /** Of the preview. */
  readonly id: string;
  /**
   * `merge`: what was chosen is added to the file. `replace`: the whole text takes the file's place.
   * `provider`: the URL becomes a proxy provider, and its proxies are kept up to date.
   */
  readonly how: 'merge' | 'replace' | 'provider';
  /** For `merge`. Absent: all proxies, no groups, no rules. */
  readonly proxies?: ImportChoice;
  readonly groups?: ImportChoice;
  readonly rules?: ImportChoice;
  /** For `provider`: its name. */
  readonly provider?: string;
  /** Groups of the file that the proxies, or the provider, are put into. */
  readonly into?: readonly string[];
  /** A new group that holds them; made with the type `select`. */
  readonly newGroup?: string;
  /** What no rule takes goes there: a proxy or group as it is called afterwards. */
  readonly match?: string;
  /** Absent: whatever the file says by now. */
  readonly hash?: string;
  readonly author: Author;
}

export interface ImportResult extends EditResult {
  /** Names, as they are in the file now. */
  readonly proxies: readonly string[];
  readonly groups: readonly string[];
  /** How many were added. */
  readonly rules: number;
}

/** Characters. A file of subscriptions has kilobytes, a long rule list belongs into a provider. */
export const MAX_IMPORT_TEXT = 5 * 1024 * 1024;
export const MAX_IMPORT_BODY = 2 * MAX_IMPORT_TEXT;
/** Proxies, groups and rules of one import, each. */
const MAX_ITEMS = 20_000;

/** Throws `ERR_REQUEST_INVALID`. */
export function parseImportSource(body: unknown): ImportSource {
  const { text, url, proxy } = readObject(body, 'the request', ['text', 'url', 'proxy']);
  if (text !== undefined) {
    if (url !== undefined || proxy !== undefined) throw invalid('url', 'absent beside text', url);
    return { text: readLongText(text, 'text', MAX_IMPORT_TEXT) };
  }
  const isUrl =
    typeof url === 'string' && url.length <= 4096 && /^https?:\/\/[^\s\p{C}]+$/iu.test(url);
  if (!isUrl) throw invalid('url', 'an http or https URL', url);
  return { url, ...(proxy === undefined ? {} : { proxy: readText(proxy, 'proxy', 128) }) };
}

/** Throws `ERR_REQUEST_INVALID`. */
export function parseImportRequest(body: unknown): ImportRequest {
  const fields = readObject(body, 'the request', [
    ...['id', 'how', 'proxies', 'groups', 'rules', 'provider'],
    ...['into', 'newGroup', 'match', 'hash', 'author'],
  ]);
  const { proxies, groups, rules, provider, into, newGroup, match } = fields;
  return {
    id: readText(fields['id'], 'id', 64),
    how: readOneOf(fields['how'], 'how', ['merge', 'replace', 'provider']),
    ...readMaker(fields['author'], fields['hash']),
    ...(proxies === undefined ? {} : { proxies: readChoice(proxies, 'proxies') }),
    ...(groups === undefined ? {} : { groups: readChoice(groups, 'groups') }),
    ...(rules === undefined ? {} : { rules: readChoice(rules, 'rules') }),
    ...(provider === undefined ? {} : { provider: readText(provider, 'provider', 128) }),
    ...(into === undefined ? {} : { into: readNames(into, 'into') }),
    ...(newGroup === undefined ? {} : { newGroup: readText(newGroup, 'newGroup', 128) }),
    ...(match === undefined ? {} : { match: readText(match, 'match', 128) }),
  };
}

function readChoice(value: unknown, field: string): ImportChoice {
  if (value === 'all') return 'all';
  if (!Array.isArray(value) || value.length > MAX_ITEMS) {
    throw invalid(field, `"all" or a list of at most ${MAX_ITEMS} numbers`, value);
  }
  return value.map((id, index) => readInteger(id, `${field}[${index}]`, 0, MAX_ITEMS));
}
