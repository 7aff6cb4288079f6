/** Upstreams of the configuration file: what a form shows of them, changes and tests. */
import type { Author } from './edit.ts';
import { readMaker } from './edit.ts';
import { readExpected, readTestUrl } from './proxies.ts';
import {
  invalid,
  readBoolean,
  readInteger,
  readIntegerText,
  readLongText,
  readObject,
  readOneOf,
  readText,
} from './validate.ts';

/** `socks4` looks names up here, `socks4a` at the proxy; in the file both are `socks4` with a version. */
export const UPSTREAM_TYPES = ['socks5', 'socks4', 'socks4a', 'http'] as const;
export type UpstreamType = (typeof UPSTREAM_TYPES)[number];

/** TLS to the proxy itself. Empty text: not set. */
export interface UpstreamTls {
  /** The name that is sent and verified; empty: the server's. */
  readonly sni: string;
  readonly skipCertVerify: boolean;
  /** SHA-256 of the certificate as hex digits, which then replaces the usual verification. */
  readonly fingerprint: string;
  /** CAs to trust instead of the well-known ones, PEM. */
  readonly caText: string;
}

/** What a form shows of an upstream. A part that its type does not have is empty, false or null. */
export interface UpstreamSettings {
  readonly name: string;
  readonly type: UpstreamType;
  /** Domain name or IP literal without brackets. */
  readonly server: string;
  readonly port: number;
  readonly username: string;
  /** Of socks5 and http. */
  readonly password: string;
  /** Of socks5: whether datagrams may be relayed. */
  readonly udp: boolean;
  readonly tls: UpstreamTls | null;
  /** The proxy or group through which the server is reached; empty: directly. */
  readonly dialerProxy: string;
  /** Of http: sent with every CONNECT. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Something in the file that names an upstream. */
export interface UpstreamUse {
  readonly kind: 'group' | 'rule' | 'dialer-proxy' | 'resolver' | 'provider';
  /** The name of the group, proxy or provider; the text of the rule or resolver. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

export interface FileUpstream {
  readonly settings: UpstreamSettings;
  /** From 1. */
  readonly line: number;
  /** Its keys that no form shows; they stay as they are. */
  readonly otherKeys: readonly string[];
  readonly usedBy: readonly UpstreamUse[];
}

/** A group of the file that an upstream can be put into. */
export interface FileGroup {
  readonly name: string;
  readonly type: string;
  /** Those that are listed by name. */
  readonly members: readonly string[];
  readonly line: number;
}

export interface UpstreamList {
  /** Absolute path of the file. */
  readonly path: string;
  /** SHA-256 of its text. A change that names it is refused once the file has another. */
  readonly hash: string;
  /** In the order of the file. */
  readonly upstreams: readonly FileUpstream[];
  readonly groups: readonly FileGroup[];
  /** The last MATCH rule, which takes what no other rule does; null: there is none. */
  readonly match: { readonly target: string; readonly line: number } | null;
  /** Why nothing can be changed: the file has errors. Null: it can. */
  readonly notEditable: string | null;
}

export type UpstreamEdit =
  | {
      readonly op: 'add';
      readonly settings: UpstreamSettings;
      /** Groups that it becomes a member of. */
      readonly groups?: readonly string[];
      /** What no other rule takes goes to it. */
      readonly match?: boolean;
    }
  | {
      readonly op: 'replace';
      /** As it is called now; where the settings have another name, what refers to it changes with it. */
      readonly name: string;
      readonly settings: UpstreamSettings;
      /** The groups that list it by name afterwards; absent: those that do now. */
      readonly groups?: readonly string[];
      readonly match?: boolean;
    }
  | {
      readonly op: 'remove';
      readonly name: string;
      /** Takes it out of the groups that list it. Absent: refused where anything names it. */
      readonly force?: boolean;
    };

export interface UpstreamChange {
  readonly edit: UpstreamEdit;
  /** Absent: whatever the file says by now. */
  readonly hash?: string;
  readonly author: Author;
}

/** In the order in which they are taken. */
export const TEST_STEPS = ['resolve', 'connect', 'tls', 'auth', 'tcp', 'udp', 'dns'] as const;
export type TestStepName = (typeof TEST_STEPS)[number];

export interface UpstreamTestRequest {
  /** From a form; null: what the name leads to. */
  readonly settings: UpstreamSettings | null;
  /** Of a proxy, a provider's included. Beside settings: the upstream that they change, whose other keys stay. */
  readonly name: string | null;
  /** What is fetched through it, http or https; absent: as for delay tests. */
  readonly url?: string;
  /** As `expected-status`; absent: 204 where nothing is said of the URL, and any where it is. */
  readonly expected?: string;
  /** Milliseconds for each step. */
  readonly timeout?: number;
  /** The DNS server that is asked through it, an address with or without a port. */
  readonly resolver?: string;
}

/** One line of the stream: a step has begun (`running`), or what came of it. */
export interface UpstreamTestStep {
  readonly step: TestStepName;
  readonly state: 'running' | 'ok' | 'warning' | 'failed' | 'skipped';
  /** Null while it runs, and where nothing was done. */
  readonly milliseconds: number | null;
  /** For programs; empty: nothing is wrong. */
  readonly code: string;
  /** What was found out, a sentence; empty while it runs. */
  readonly message: string;
  /** What to do about it; empty: nothing. */
  readonly fix: string;
}

/** A certificate, and headers. */
export const MAX_UPSTREAM_BODY = 1024 * 1024;

const MAX_NAME = 128;
const MAX_TEXT = 1024;
const MAX_PEM = 64 * 1024;
const MAX_HEADERS = 64;
const MAX_GROUPS = 1000;

/** Throws `ERR_REQUEST_INVALID`. */
export function parseUpstreamChange(body: unknown): UpstreamChange {
  const fields = readObject(body, 'the request', ['edit', 'hash', 'author']);
  return { edit: readEdit(fields['edit']), ...readMaker(fields['author'], fields['hash']) };
}

/** Throws `ERR_REQUEST_INVALID`. */
export function parseUpstreamTest(body: unknown): UpstreamTestRequest {
  const known = ['settings', 'name', 'url', 'expected', 'timeout', 'resolver'];
  const fields = readObject(body, 'the request', known);
  const { settings = null, name = null, url, expected, timeout, resolver } = fields;
  if (settings === null && name === null) throw invalid('name', 'given, or settings', name);
  return {
    settings: settings === null ? null : readSettings(settings),
    name: name === null ? null : readText(name, 'name', MAX_NAME),
    ...(url === undefined ? {} : { url: readTestUrl(url) }),
    ...(expected === undefined ? {} : { expected: readExpected(expected) }),
    ...(timeout === undefined ? {} : { timeout: readInteger(timeout, 'timeout', 100, 30_000) }),
    ...(resolver === undefined ? {} : { resolver: readResolver(resolver) }),
  };
}

function readEdit(value: unknown): UpstreamEdit {
  const known = ['op', 'name', 'settings', 'groups', 'match', 'force'];
  const { op: operation, name, settings, groups, match, force } = readObject(value, 'edit', known);
  const op = readOneOf(operation, 'edit.op', ['add', 'replace', 'remove']);
  const where = {
    ...(groups === undefined ? {} : { groups: readNames(groups, 'edit.groups') }),
    ...(match === undefined ? {} : { match: readBoolean(match, 'edit.match') }),
  };
  switch (op) {
    case 'add':
      return { op, settings: readSettings(settings), ...where };
    case 'replace': {
      const old = readText(name, 'edit.name', MAX_NAME);
      return { op, name: old, settings: readSettings(settings), ...where };
    }
    case 'remove':
      return {
        op,
        name: readText(name, 'edit.name', MAX_NAME),
        ...(force === undefined ? {} : { force: readBoolean(force, 'edit.force') }),
      };
  }
}

/** What makes sense in a file is checked when it is put there. Throws `ERR_REQUEST_INVALID`. */
function readSettings(value: unknown): UpstreamSettings {
  const fields = readObject(value, 'settings', [
    ...['name', 'type', 'server', 'port', 'username', 'password', 'udp', 'tls'],
    ...['dialerProxy', 'headers'],
  ]);
  const { username = '', password = '', udp = false, tls = null, dialerProxy = '' } = fields;
  return {
    name: readText(fields['name'], 'settings.name', MAX_NAME),
    type: readOneOf(fields['type'], 'settings.type', UPSTREAM_TYPES),
    server: readText(fields['server'], 'settings.server', 255),
    port: readInteger(fields['port'], 'settings.port', 1, 65_535),
    username: readMaybe(username, 'settings.username', MAX_TEXT),
    password: readMaybe(password, 'settings.password', MAX_TEXT),
    udp: readBoolean(udp, 'settings.udp'),
    tls: tls === null ? null : readTls(tls),
    dialerProxy: readMaybe(dialerProxy, 'settings.dialerProxy', MAX_NAME),
    headers: readHeaders(fields['headers'] ?? {}),
  };
}

function readTls(value: unknown): UpstreamTls {
  const known = ['sni', 'skipCertVerify', 'fingerprint', 'caText'];
  const fields = readObject(value, 'settings.tls', known);
  const { sni = '', skipCertVerify = false, fingerprint = '', caText = '' } = fields;
  return {
    sni: readMaybe(sni, 'settings.tls.sni', 255),
    skipCertVerify: readBoolean(skipCertVerify, 'settings.tls.skipCertVerify'),
    fingerprint: readMaybe(fingerprint, 'settings.tls.fingerprint', 128),
    caText: readPem(caText),
  };
}

function readHeaders(value: unknown): Readonly<Record<string, string>> {
  const entries =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value)
      : null;
  if (entries === null || entries.length > MAX_HEADERS) {
    throw invalid('settings.headers', `an object of at most ${MAX_HEADERS} texts`, value);
  }
  return Object.fromEntries(
    entries.map(([name, content]) => [
      readText(name, 'the name of a header', 256),
      readMaybe(content, 'the value of a header', 4096),
    ]),
  );
}

/** As `readText`, and it may be empty. */
function readMaybe(value: unknown, field: string, max: number): string {
  return value === '' ? '' : readText(value, field, max);
}

function readPem(value: unknown): string {
  const field = 'settings.tls.caText';
  const text = readLongText(value, field, MAX_PEM);
  // Certificates are lines of printable ASCII.
  if (!/^[\x20-\x7e\r\n]*$/.test(text)) throw invalid(field, 'a certificate in PEM', value);
  return text;
}

export function readNames(value: unknown, field: string): readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_GROUPS) {
    throw invalid(field, `a list of at most ${MAX_GROUPS} names`, value);
  }
  return value.map((name, index) => readText(name, `${field}[${index}]`, MAX_NAME));
}

/** An IP literal, with or without a port behind it; IPv6 with a port is in brackets. */
function readResolver(value: unknown): string {
  const [, address4, address6, bare6, port = '53'] =
    (typeof value === 'string' &&
      /^(?:([0-9.]{7,15})|\[([0-9a-f:.]{2,45})\]|([0-9a-f:.]{2,45}))(?::([0-9]{1,5}))?$/i.exec(
        value,
      )) ||
    [];
  const address = address4 ?? address6 ?? bare6;
  if (address === undefined) throw invalid('resolver', 'an IP address, or address:port', value);
  readIntegerText(port, 'the port of resolver', 1, 65_535);
  return String(value);
}
