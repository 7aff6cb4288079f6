/**
 * The configuration of a Sluice that was started without one: a file in the state folder, made
 * from the built-in text, so that the interface and `sluice rules` have something to change.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../files/replace-file.ts';
import { DEFAULT_CONFIG_TEXT } from './default-config.ts';

const NAME = 'config.yaml';

/** Its path; null where it is not there and cannot be made, which the state folder will complain of. */
export function ownConfigFile(stateDir: string): string | null {
  const path = join(stateDir, NAME);
  if (existsSync(path)) return path;
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    // It may come to hold passwords of proxies.
    replaceFile(path, Buffer.from(DEFAULT_CONFIG_TEXT), { mode: 0o600, owner: null });
    return path;
  } catch {
    return null;
  }
}
