/**
 * The only place that switches on the operating system.
 */
import { SluiceError } from '../api/errors.ts';
import { openLinuxPlatform } from './linux/linux-platform.ts';
import type { Inspector } from './inspector.ts';
import { LinuxInspector } from './linux/linux-inspector.ts';
import type { CleanUpReport, Platform } from './platform.ts';

/**
 * Opens this system's platform and undoes what a killed run left behind (`Platform.leftovers`).
 * The caller holds the lock of the state folder (`openStateDir`). Throws `ERR_UNSUPPORTED_SYSTEM`.
 */
export async function openPlatform(stateDir: string): Promise<Platform> {
  switch (process.platform) {
    case 'linux':
      return openLinuxPlatform(stateDir);
    default:
      throw new SluiceError(
        'ERR_UNSUPPORTED_SYSTEM',
        `Sluice cannot make a tunnel on ${process.platform} yet: it runs on Linux`,
      );
  }
}

/** Undoes everything that a killed run left on this machine. The caller holds the folder's lock. */
export async function cleanUp(stateDir: string): Promise<CleanUpReport> {
  const platform = await openPlatform(stateDir);
  await platform.close();
  return platform.leftovers;
}

/** Throws `ERR_UNSUPPORTED_SYSTEM`. */
export function openInspector(): Inspector {
  if (process.platform === 'linux') return new LinuxInspector();
  throw new SluiceError(
    'ERR_UNSUPPORTED_SYSTEM',
    `The self test cannot look at the network of ${process.platform} yet.`,
  );
}
