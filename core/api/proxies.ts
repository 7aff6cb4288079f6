/** Proxies and groups: what `GET /v1/proxies` answers, and what their endpoints take. */
import { MODES } from './status.ts';
import type { Mode } from './status.ts';
import { SluiceError } from './errors.ts';
import type { ApiError } from './errors.ts';
import type { TextFields } from './endpoint.ts';
import { readInteger, readObject, readOneOf } from './validate.ts';

/** Why a group chose the member that it did. */
export type ChoiceReason =
  /** By the user. */
  | 'chosen'
  /** Nobody has chosen yet: the first member that can be used. */
  | 'first'
  /** The first member that is alive. */
  | 'first-alive'
  /** The shortest delay. */
  | 'fastest'
  /** Every member failed its test: the first one, in case the test is wrong. */
  | 'none-alive'
  /** The destination's site always gets this member. */
  | 'hash'
  /** This source and this site had it before, or it was its turn. */
  | 'sticky'
  /** It was its turn. */
  | 'round-robin'
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

export interface DelayRecord {
  /** RFC 3339. */
  readonly time: string;
  /** Milliseconds; 0: the test failed. */
  readonly delay: number;
}

/** What is known from tests with one URL. */
export interface TestInfo {
  readonly url: string;
  readonly alive: boolean;
  /** Oldest first, at most ten. */
  readonly history: readonly DelayRecord[];
}

export interface ProxyInfo {
  readonly name: string;
  /** Direct, Reject, RejectDrop, Pass, Socks5, Socks4, Http; of a proxy that Sluice does not speak, as its file says. */
  readonly type: string;
  /** The proxy provider that brought it; null: the configuration. */
  readonly provider: string | null;
  /** `host:port`; empty where there is no server. */
  readonly server: string;
  /** The proxy or group through which the server is reached; empty: directly. */
  readonly dialerProxy: string;
  /** Whether datagrams may leave here, as far as the configuration says. */
  readonly udp: boolean;
  /** True until a test says otherwise. */
  readonly alive: boolean;
  /** Of the latest test, milliseconds; null: not tested, or it failed. */
  readonly delay: number | null;
  /** With whichever URL; oldest first, at most ten. */
  readonly history: readonly DelayRecord[];
  readonly tests: readonly TestInfo[];
}

export interface GroupInfo {
  readonly name: string;
  /** Selector, URLTest, Fallback, LoadBalance. */
  readonly type: string;
  /** Names of the members, in order. */
  readonly all: readonly string[];
  /** The member in use; empty: none, or each flow has its own. */
  readonly now: string;
  readonly reason: ChoiceReason;
  /** The member that the user chose; empty: none. */
  readonly fixed: string;
  /** Whether the user can choose. */
  readonly selectable: boolean;
  readonly udp: boolean;
  /** Those of the member in use. */
  readonly alive: boolean;
  readonly delay: number | null;
  readonly hidden: boolean;
  readonly icon: string;
  readonly testUrl: string;
  readonly expectedStatus: string;
  /** Seconds; 0: tested only when somebody asks. */
  readonly interval: number;
  /** Of LoadBalance; empty otherwise. */
  readonly strategy: string;
}

export interface ProxyList {
  readonly mode: Mode;
  /** Built in, of the configuration and of providers. */
  readonly proxies: readonly ProxyInfo[];
  /** In the order of the configuration; GLOBAL last where it has none. */
  readonly groups: readonly GroupInfo[];
}

export interface NamedParams {
  readonly name: string;
}

/** Names may hold anything printable; spaces and emoji are usual. */
function readName(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= 1024) return value;
  throw new SluiceError('ERR_REQUEST_INVALID', `${field} must be a text of 1 to 1024 characters.`);
}

export function readNameParam({ name }: TextFields): NamedParams {
  return { name: readName(name, 'name') };
}

export interface ChoiceRequest {
  /** A member of the group. */
  readonly name: string;
}

export function parseChoiceRequest(value: unknown): ChoiceRequest {
  return { name: readName(readObject(value, 'The request', ['name'])['name'], 'name') };
}

export interface TestRequest {
  /** http or https; the group's own, or mihomo's default, when absent. */
  readonly url?: string;
  /** Milliseconds. */
  readonly timeout?: number;
  /** As `expected-status` in the configuration. */
  readonly expected?: string;
}

export function parseTestRequest(value: unknown): TestRequest {
  if (value === undefined) return {};
  const fields = readObject(value, 'The request', ['url', 'timeout', 'expected']);
  const { url, timeout, expected } = fields;
  return {
    ...(url === undefined ? {} : { url: readTestUrl(url) }),
    ...(timeout === undefined ? {} : { timeout: readInteger(timeout, 'timeout', 1, 600_000) }),
    ...(expected === undefined ? {} : { expected: readExpected(expected) }),
  };
}

export function readTestUrl(value: unknown): string {
  const isUrl =
    typeof value === 'string' && value.length <= 4096 && /^https?:\/\/[^\s\p{Cc}]+$/u.test(value);
  if (isUrl) return value;
  throw new SluiceError('ERR_REQUEST_INVALID', 'url must be an http or https URL.');
}

/** HTTP statuses that are a success, as in `expected-status` of the configuration. */
export const STATUSES = 'statuses such as 204 or 200-299/301, or *';

export function areStatuses(text: string): boolean {
  return /^(\*|[0-9]{3}(-[0-9]{3})?([/,|][0-9]{3}(-[0-9]{3})?){0,32})$/.test(text);
}

export function readExpected(value: unknown): string {
  if (typeof value === 'string' && areStatuses(value)) return value;
  throw new SluiceError('ERR_REQUEST_INVALID', `expected must be ${STATUSES}.`);
}

export interface ProxyTest {
  /** Milliseconds. */
  readonly delay: number;
}

/** Of every member that forwards anything, by its name. */
export interface GroupTest {
  /** Milliseconds; 0 where the test failed. */
  readonly delays: Readonly<Record<string, number>>;
  /** Why it failed, for those that did. */
  readonly errors: Readonly<Record<string, ApiError>>;
}

export interface ModeRequest {
  readonly mode: Mode;
}

export function parseModeRequest(value: unknown): ModeRequest {
  const { mode } = readObject(value, 'The request', ['mode']);
  return { mode: readOneOf(mode, 'mode', MODES) };
}
