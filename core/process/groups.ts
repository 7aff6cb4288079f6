/** Who belongs to a group of this system, by its files: passwd(5) and group(5). Keeps nothing. */
import { readFileSync } from 'node:fs';

export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
}

const SYSTEM: AccountFiles = { passwd: '/etc/passwd', group: '/etc/group' };

/** Whether the user is a member; false where there is no such group. */
export function isMember(uid: number, groupName: string, files: AccountFiles = SYSTEM): boolean {
  const group = rows(files.group).find(([name]) => name === groupName);
  if (group === undefined) return false;
  const [, , gid = '', members = ''] = group;
  return rows(files.passwd).some(
    ([name = '', , id, primary]) =>
      id === String(uid) && (primary === gid || members.split(',').includes(name)),
  );
}

function rows(path: string): string[][] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}
