/** The product's version, as package.json has it. */
import { readFileSync } from 'node:fs';

let cached: string | null = null;

export function productVersion(): string {
  if (cached === null) {
    const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
    cached = (JSON.parse(text) as { version: string }).version;
  }
  return cached;
}
