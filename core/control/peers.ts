/**
 * Who may use the control socket: root, the user that Sluice runs as, the one who started it with
 * sudo, and the members of the group `sluice`. The kernel says who connected.
 */
import type { Socket } from 'node:net';
import { loadBinding } from '../native/index.ts';
import { isMember } from '../process/groups.ts';

const GROUP = 'sluice';

export interface PeerRules {
  readonly isAllowed: (uid: number) => boolean;
}

export function peerRules(env: NodeJS.ProcessEnv = process.env): PeerRules {
  const starter = /^[0-9]{1,10}$/.exec(env['SUDO_UID'] ?? '')?.[0];
  const own = process.geteuid?.() ?? 0;
  return {
    isAllowed: (uid) => uid === 0 || uid === own || String(uid) === starter || isMember(uid, GROUP),
  };
}

/** The user at the other end; null where the kernel does not say. */
export function peerUid(socket: Socket): number | null {
  // Node has no public way to a socket's descriptor.
  const { fd } = (socket as { ['_handle']?: { fd?: number } })['_handle'] ?? {};
  return fd === undefined ? null : (loadBinding().peerOf(fd)?.uid ?? null);
}
