/**
 * The system's hosts file (hosts(5)): names to addresses. Reads it again when it changes, and
 * owns the table it made of it.
 */
import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';

/** A list of blocked names may be long; beyond this a file is not a hosts file. */
const MAX_BYTES = 32 * 1024 * 1024;

export class HostsFile {
  readonly #path: string;
  #version = '';
  #names: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(path: string) {
    this.#path = path;
  }

  /** Addresses of a lower-case name, in the order of the file; empty where it has none. */
  async lookup(name: string): Promise<readonly string[]> {
    await this.#refresh();
    return this.#names.get(name) ?? [];
  }

  /** A file that cannot be read has no names. */
  async #refresh(): Promise<void> {
    const file = await stat(this.#path).catch(() => null);
    const usable = file !== null && file.isFile() && file.size <= MAX_BYTES;
    const version = usable ? `${file.ino} ${file.size} ${file.mtimeMs}` : '';
    if (version === this.#version) return;
    const text = usable ? await readFile(this.#path, 'utf8').catch(() => '') : '';
    this.#names = parseHosts(text);
    this.#version = version;
  }
}

/** `address name...` a line, `#` begins a comment; lines without an address are skipped. */
export function parseHosts(text: string): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...own] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of own) {
      const key = name.toLowerCase();
      const addresses = names.get(key);
      if (addresses === undefined) names.set(key, [address]);
      else if (!addresses.includes(address)) addresses.push(address);
    }
  }
  return names;
}
