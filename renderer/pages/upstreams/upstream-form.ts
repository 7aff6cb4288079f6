/** What is typed into the form of an upstream, and what core takes. Pure. */
import type { UpstreamList, UpstreamSettings, UpstreamType } from '../../../core/api/upstreams.ts';
import type { Key } from '../../i18n/en.ts';
import { decodePart } from '../../../rules/text.ts';

export interface UpstreamForm {
  readonly name: string;
  readonly type: UpstreamType;
  readonly server: string;
  readonly port: string;
  readonly username: string;
  readonly password: string;
  readonly udp: boolean;
  readonly hasTls: boolean;
  readonly sni: string;
  readonly skipCertVerify: boolean;
  readonly fingerprint: string;
  readonly caText: string;
  readonly dialerProxy: string;
  /** `Name: value`, one a line. */
  readonly headers: string;
  /** The groups that list it. */
  readonly groups: readonly string[];
  /** Whether what no other rule takes goes to it. */
  readonly match: boolean;
}

export const emptyForm: UpstreamForm = {
  name: '',
  type: 'socks5',
  server: '',
  port: '',
  username: '',
  password: '',
  udp: true,
  hasTls: false,
  sni: '',
  skipCertVerify: false,
  fingerprint: '',
  caText: '',
  dialerProxy: '',
  headers: '',
  groups: [],
  match: false,
};

const isOld = (type: UpstreamType): boolean => type === 'socks4' || type === 'socks4a';

/** What a type has no use for is not shown and not sent. */
export const has = {
  password: ({ type }: UpstreamForm): boolean => !isOld(type),
  udp: ({ type }: UpstreamForm): boolean => type === 'socks5',
  tls: ({ type }: UpstreamForm): boolean => !isOld(type),
  headers: ({ type }: UpstreamForm): boolean => type === 'http',
};

export function formOf(settings: UpstreamSettings, groups: readonly string[]): UpstreamForm {
  const { name, type, server, username, password, udp, tls, dialerProxy, headers } = settings;
  return {
    ...{ name, type, server, username, password, udp, dialerProxy, groups },
    port: String(settings.port),
    hasTls: tls !== null,
    sni: tls?.sni ?? '',
    skipCertVerify: tls?.skipCertVerify ?? false,
    fingerprint: tls?.fingerprint ?? '',
    caText: tls?.caText ?? '',
    headers: Object.entries(headers)
      .map(([header, value]) => `${header}: ${value}`)
      .join('\n'),
    match: false,
  };
}

/** Of a form without problems. */
export function settingsOf(form: UpstreamForm): UpstreamSettings {
  const { sni, skipCertVerify, fingerprint, caText } = form;
  return {
    name: form.name.trim(),
    type: form.type,
    server: bareHost(form.server.trim()),
    port: Number(form.port),
    username: form.username,
    password: has.password(form) ? form.password : '',
    udp: has.udp(form) && form.udp,
    tls:
      has.tls(form) && form.hasTls
        ? { sni: sni.trim(), skipCertVerify, fingerprint: fingerprint.trim(), caText }
        : null,
    dialerProxy: form.dialerProxy,
    headers: has.headers(form) ? Object.fromEntries(headerLines(form.headers) ?? []) : {},
  };
}

export type Problems = Readonly<Partial<Record<keyof UpstreamForm, Key>>>;

/** `taken`: names of other proxies and groups. The rest is checked by core, which knows better. */
export function problemsOf(form: UpstreamForm, taken: ReadonlySet<string>): Problems {
  const problems: Partial<Record<keyof UpstreamForm, Key>> = {};
  const name = form.name.trim();
  if (name === '') problems.name = 'upstreams.form.needsName';
  else if (taken.has(name)) problems.name = 'upstreams.form.nameTaken';
  Object.assign(problems, serverProblems(form));
  return problems;
}

/** What stands in the way of a test, which needs no name. */
export function serverProblems(form: UpstreamForm): Problems {
  const problems: Partial<Record<keyof UpstreamForm, Key>> = {};
  const server = bareHost(form.server.trim());
  if (server === '') problems.server = 'upstreams.form.needsServer';
  else if (!isHost(server)) problems.server = 'upstreams.form.noHost';
  const port = Number(form.port);
  if (!/^[0-9]+$/.test(form.port) || port < 1 || port > 65_535) {
    problems.port = 'upstreams.form.noPort';
  }
  if (form.password !== '' && form.username === '' && has.password(form)) {
    problems.username = 'upstreams.form.needsUsername';
  }
  const digits = form.fingerprint.replaceAll(/[:\s]/g, '');
  if (form.hasTls && digits !== '' && !/^[0-9a-f]{64}$/i.test(digits)) {
    problems.fingerprint = 'upstreams.form.noFingerprint';
  }
  if (has.headers(form) && headerLines(form.headers) === null) {
    problems.headers = 'upstreams.form.noHeaders';
  }
  return problems;
}

function isHost(text: string): boolean {
  if (text.includes(':')) return /^[0-9a-f:.]{2,45}(%\w+)?$/i.test(text);
  return text.length <= 253 && /^[\p{L}\p{N}_]([\p{L}\p{N}_.-]*[\p{L}\p{N}_.])?$/u.test(text);
}

function bareHost(text: string): string {
  return text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
}

/** Null: a line is no header. */
function headerLines(text: string): [string, string][] | null {
  const pairs = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => /^\s*([!#$%&'*+.^_`|~0-9a-z-]+)\s*:\s*(.*?)\s*$/i.exec(line));
  if (pairs.includes(null)) return null;
  return pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']);
}

const SCHEMES: Readonly<Record<string, Partial<UpstreamForm>>> = {
  socks: { type: 'socks5' },
  socks5: { type: 'socks5' },
  socks5h: { type: 'socks5' },
  socks4: { type: 'socks4' },
  socks4a: { type: 'socks4a' },
  http: { type: 'http' },
  https: { type: 'http', hasTls: true },
};

/**
 * What a pasted address says: `socks5://user:password@host:1080#name`, or `host:port`. Null where
 * it is neither, so that it stays what somebody types.
 */
export function pastedAddress(text: string): Partial<UpstreamForm> | null {
  const [, scheme = '', rest = ''] = /^(?:([a-z0-9]+):\/\/)?(\S+)$/i.exec(text.trim()) ?? [];
  const known = SCHEMES[scheme.toLowerCase()];
  if (rest === '' || (scheme !== '' && known === undefined)) return null;
  const [, login = '', host6, host4 = '', port = '', , label = ''] =
    /^(?:([^@/]*)@)?(?:\[([0-9a-f:.]+)\]|([^:/@#[\]]+))(?::([0-9]{1,5}))?\/?(#(.*))?$/i.exec(
      rest,
    ) ?? [];
  const server = host6 ?? host4;
  // A name alone may still be on its way.
  if (server === '' || (scheme === '' && port === '')) return null;
  const [username = '', password = ''] = login.split(/:(.*)/s).map(decodePart);
  return {
    ...known,
    server,
    ...(port === '' ? {} : { port }),
    ...(login === '' ? {} : { username, password }),
    ...(label === '' ? {} : { name: decodePart(label) }),
  };
}

/** What has names of its own in the file. */
export type Known = Pick<UpstreamList, 'upstreams' | 'groups'>;

export function takenNames({ upstreams, groups }: Known): Set<string> {
  return new Set([
    ...upstreams.map(({ settings }) => settings.name),
    ...groups.map(({ name }) => name),
  ]);
}

/** The next name that nobody has: after `dante`, `dante 2`. */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const base = wanted.replace(/ \d+$/, '');
  for (let number = 2; ; number += 1) {
    const name = `${base} ${number}`;
    if (!taken.has(name)) return name;
  }
}
