/** The secret of the control API over HTTP: the configured one, or a random one kept in the state folder. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'secret';
/** 256 bits as base64url. */
const FORM = /^[A-Za-z0-9_-]{43}$/;

/** `configured` unless it is empty. Rejects where the state folder cannot be written. */
export async function loadSecret(stateDir: string, configured: string): Promise<string> {
  if (configured !== '') return configured;
  const path = join(stateDir, FILE);
  // The folder is ours alone (0700): whatever is in the file, nobody else has put it there.
  await using file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  await file.chmod(0o600);
  const kept = (await file.readFile('utf8')).trim();
  if (FORM.test(kept)) return kept;
  const secret = randomBytes(32).toString('base64url');
  await file.truncate(0);
  await file.write(`${secret}\n`, 0);
  await file.sync();
  return secret;
}
