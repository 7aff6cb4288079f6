/**
 * systemd-resolved: our resolver becomes that of the tunnel's link, and the one for all names.
 * What it keeps for a link goes away with the link.
 */
import { existsSync } from 'node:fs';
import type { ChangeKind, Journal } from '../journal.ts';
import { isDeviceName, queryLinks } from './changes.ts';
import { ToolError, runTool } from './tool.ts';

export interface ResolvedChange {
  readonly device: string;
}

/** It listens here while it runs. */
const SOCKET = '/run/systemd/resolve/io.systemd.Resolve';

export const resolvedChanges: ChangeKind<ResolvedChange> = {
  parse(data): ResolvedChange | null {
    if (typeof data !== 'object' || data === null) return null;
    const { device } = data as Partial<Record<string, unknown>>;
    return typeof device === 'string' && isDeviceName(device) ? { device } : null;
  },
  async undo({ device }): Promise<readonly string[]> {
    const link = (await queryLinks()).find(({ name }) => name === device);
    if (link?.kind !== 'tun' || !isResolvedRunning()) return [];
    await resolvectl('revert', device);
    await forgetAnswers();
    return [`the resolver of ${device} in systemd-resolved`];
  },
};

export function isResolvedRunning(): boolean {
  return existsSync(SOCKET);
}

/** Journals and makes the change. Rejects with an `Error` that says what resolvectl said. */
export async function pointResolved(
  device: string,
  server: string,
  journal: Journal,
): Promise<void> {
  journal.record(resolvedChanges, { device });
  // Fake addresses have no signatures, and nobody answers TLS in the tunnel.
  for (const protocol of ['dnssec', 'dnsovertls', 'llmnr', 'mdns']) {
    // Not every build knows all of them; what it does not know is off.
    await resolvectl(protocol, device, 'no').catch(() => {});
  }
  await resolvectl('domain', device, '~.');
  await resolvectl('default-route', device, 'true');
  await resolvectl('dns', device, server);
  await forgetAnswers();
}

/** What was answered before is not ours, or is ours no longer. */
async function forgetAnswers(): Promise<void> {
  await resolvectl('flush-caches').catch(() => {});
}

async function resolvectl(...args: string[]): Promise<void> {
  try {
    await runTool('resolvectl', args);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const why = error.isMissing ? 'it is not installed' : error.stderr.trim() || error.message;
    throw new Error(`resolvectl ${args.join(' ')}: ${why}`, { cause: error });
  }
}
