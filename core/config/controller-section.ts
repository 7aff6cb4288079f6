/** The keys about the control API over HTTP: `external-controller`, `secret` and its relatives. */
import { isIP } from 'node:net';
import { isLoopback } from '../../rules/ip.ts';
import { quote } from '../../rules/text.ts';
import { boolean, list, map, optional, readSection, scalar, text } from './fields.ts';
import type { Reader } from './fields.ts';
import type { Problems } from './problems.ts';
import type { MapValue } from './value.ts';

export interface ControllerConfig {
  /** Where the interface and the API listen; null: nowhere. */
  readonly listen: { readonly host: string; readonly port: number } | null;
  /** False: the address is the built-in one, and another port will do where it is taken. */
  readonly isExplicit: boolean;
  /** Empty: a random one, kept in the state folder. */
  readonly secret: string;
  /** Origins of other pages that may call the API; `*` is every page. */
  readonly allowOrigins: readonly string[];
  readonly allowPrivateNetwork: boolean;
}

export const DEFAULT_LISTEN = { host: '127.0.0.1', port: 9090 };

/** `host:port`, `:port` for every address as in Clash, or nothing. */
const address: Reader<ControllerConfig['listen'] | 'off'> = scalar(
  'an address and a port, such as 127.0.0.1:9090 or [::1]:9090 (empty: off)',
  (value) => {
    if (value === '') return 'off';
    const [, bracketed, plain, digits] =
      /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):([0-9]{1,5})$/.exec(value) ?? [];
    const port = Number(digits);
    if (!(port >= 1 && port <= 65535)) return undefined;
    const host = bracketed ?? (plain === 'localhost' ? '127.0.0.1' : plain);
    if (host === '' || host === '*') return { host: '0.0.0.0', port };
    return host !== undefined && isIP(host) !== 0 ? { host, port } : undefined;
  },
);

const origin = scalar('an origin, such as https://board.example.com, or *', (value) => {
  if (value === '*') return value;
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : undefined;
});

export const corsSection = {
  used: {
    'allow-origins': optional(list(origin), []),
    'allow-private-network': optional(boolean, false),
  },
};

const emptyMap: MapValue = { kind: 'map', entries: new Map(), offset: 0 };

/** The keys of the file's top level that `readController` takes. */
export const controllerKeys = {
  'external-controller': optional(address, null),
  'external-controller-cors': optional(map, emptyMap),
  secret: optional(text(0, 256), ''),
};

export function readController(
  fields: {
    readonly 'external-controller': ControllerConfig['listen'] | 'off';
    readonly 'external-controller-cors': MapValue;
    readonly secret: string;
  },
  root: MapValue,
  problems: Problems,
): ControllerConfig {
  const cors = readSection(
    fields['external-controller-cors'],
    'external-controller-cors',
    corsSection,
    problems,
  );
  const asked = fields['external-controller'];
  const listen = asked === 'off' ? null : (asked ?? DEFAULT_LISTEN);
  const offset = root.entries.get('external-controller')?.keyOffset ?? root.offset;
  if (listen !== null && !isLoopback(listen.host)) {
    const message =
      `external-controller listens on ${quote(listen.host)}: whoever can reach this machine there` +
      ' and knows the secret controls its network. Use 127.0.0.1 unless you mean that';
    problems.warn('controller-exposed', offset, message);
  }
  if (cors['allow-origins'].includes('*')) {
    const message =
      'external-controller-cors: any web page may try the secret; name the pages that you use';
    problems.warn('controller-any-origin', offset, message);
  }
  return {
    listen,
    isExplicit: asked !== null,
    secret: fields.secret,
    allowOrigins: cors['allow-origins'],
    allowPrivateNetwork: cors['allow-private-network'],
  };
}
