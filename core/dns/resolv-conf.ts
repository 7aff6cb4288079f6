/**
 * Which resolvers this machine uses: resolv.conf(5). Keeps nothing; the file is small and is read
 * for each lookup that the cache cannot answer.
 */
import { open } from 'node:fs/promises';
import { isIP } from 'node:net';

export interface ResolverSettings {
  /** IP literals, an IPv6 one perhaps with its scope; in the order in which they are asked. */
  readonly servers: readonly string[];
  /** Appended to a name without a dot. */
  readonly search: readonly string[];
  /** How often each server is asked. */
  readonly attempts: number;
  /** Milliseconds to wait for one answer. */
  readonly timeout: number;
}

export interface ResolvConfPaths {
  readonly resolvConf: string;
  /** What `resolvConf` was before Sluice wrote its own (`OWN_MARK`). */
  readonly original: string;
  /** The true servers where `resolvConf` only points at the stub of systemd-resolved. */
  readonly resolvedConf: string;
}

/** How the file begins that leads programs to Sluice itself. */
export const OWN_MARK = '# Written by Sluice while it runs.';
/** Name within the state folder of what was there before. */
export const ORIGINAL_RESOLV_CONF = 'resolv.conf.original';

const RESOLVED_STUB = '127.0.0.53';
const MAX_BYTES = 64 * 1024;
const MAX_SERVERS = 6;
const MAX_SEARCH = 6;
/** glibc waits 5 s, twice; a person who waits for a connection does not. */
const DEFAULT_TIMEOUT_S = 2;
const DEFAULT_ATTEMPTS = 2;

/** The settings in force. A file that cannot be read has none, which means the local resolver. */
export async function readResolverSettings(paths: ResolvConfPaths): Promise<ResolverSettings> {
  let text = await readStart(paths.resolvConf);
  // We ask who was asked before us; ourselves, we would wait for ourselves.
  if (text.startsWith(OWN_MARK)) text = await readStart(paths.original);
  const settings = parseResolvConf(text);
  if (!settings.servers.includes(RESOLVED_STUB)) return settings;
  // The stub asks on through sockets that may enter the tunnel, and so might wait for us.
  const behind = parseResolvConf(await readStart(paths.resolvedConf));
  const servers = behind.servers.filter((server) => server !== RESOLVED_STUB);
  return servers.length === 0 ? settings : { ...settings, servers };
}

export function parseResolvConf(text: string): ResolverSettings {
  const servers: string[] = [];
  let search: string[] = [];
  let timeout = DEFAULT_TIMEOUT_S;
  let attempts = DEFAULT_ATTEMPTS;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    const first = values[0] ?? '';
    if (keyword === 'nameserver' && isIP(first) !== 0) servers.push(first);
    // The last of the two counts.
    if (keyword === 'search' || keyword === 'domain') search = values;
    if (keyword !== 'options') continue;
    for (const option of values) {
      const [, name, digits] = /^(timeout|attempts):([0-9]{1,3})$/.exec(option) ?? [];
      if (name === 'timeout') timeout = Number(digits);
      if (name === 'attempts') attempts = Number(digits);
    }
  }
  return {
    servers: servers.length === 0 ? ['127.0.0.1'] : servers.slice(0, MAX_SERVERS),
    search: search.slice(0, MAX_SEARCH).map((domain) => domain.toLowerCase().replace(/\.$/, '')),
    attempts: clamp(attempts, 1, 3),
    timeout: clamp(timeout, 1, 5) * 1000,
  };
}

async function readStart(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return '';
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
