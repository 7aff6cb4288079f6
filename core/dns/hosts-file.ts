/**
 * The system's hosts file (hosts(5)): names to addresses. Reads it again when it is asked to and it
 * has changed, and owns the table it made of it.
 */
import { readFile, stat } from 'node:fs/promises';
import { formatIp, parseIp } from '../../rules/ip.ts';

/** A list of blocked names may be long; beyond this a file is not a hosts file. */
const MAX_BYTES = 32 * 1024 * 1024;

export class HostsFile {
  readonly #path: string;
  #version = '';
  #names: ReadonlyMap<string, readonly string[]> = new Map();
  /** The first name of each address. */
  #addresses: ReadonlyMap<string, string> = new Map();

  constructor(path: string) {
    this.#path = path;
  }

  /** Addresses of a lower-case name, in the order of the file; empty where it has none. */
  get(name: string): readonly string[] {
    return this.#names.get(name) ?? [];
  }

  /** The first name of an address, as the file writes it; null where it has none. */
  nameOf(address: string): string | null {
    return this.#addresses.get(address) ?? null;
  }

  /** Takes over what has changed. A file that cannot be read has no names. Never rejects. */
  async refresh(): Promise<void> {
    const file = await stat(this.#path).catch(() => null);
    const usable = file !== null && file.isFile() && file.size <= MAX_BYTES;
    const version = usable ? `${file.ino} ${file.size} ${file.mtimeMs}` : '';
    if (version === this.#version) return;
    const text = usable ? await readFile(this.#path, 'utf8').catch(() => '') : '';
    this.#names = parseHosts(text);
    const addresses = new Map<string, string>();
    for (const [name, own] of this.#names) {
      for (const address of own) if (!addresses.has(address)) addresses.set(address, name);
    }
    this.#addresses = addresses;
    this.#version = version;
  }
}

/** Canonical addresses of lower-case names. `address name...` a line, `#` begins a comment; lines without an address are skipped. */
export function parseHosts(text: string): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [literal = '', ...own] = line.replace(/#.*/, '').trim().split(/\s+/);
    const ip = parseIp(literal);
    if (ip === null) continue;
    const address = formatIp(ip);
    for (const name of own) {
      const key = name.toLowerCase();
      const addresses = names.get(key);
      if (addresses === undefined) names.set(key, [address]);
      else if (!addresses.includes(address)) addresses.push(address);
    }
  }
  return names;
}
