/**
 * Keeps a view of the network current: `ip monitor` says that something changed, then everything
 * is read again. Owns that child process and the timers; `close` ends both.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { presentFamilies, queryLinks } from './changes.ts';
import { ipQuery } from './ip-command.ts';
import { parseRoutes } from './ip-output.ts';
import { viewNetwork } from './network-view.ts';
import type { NetworkSnapshot, NetworkView } from './network-view.ts';
import { toolEnvironment } from './tool.ts';

export interface NetworkWatcher {
  readonly view: NetworkView;
  close(): void;
}

/** Changes come in bursts (a DHCP renewal, a docking station): look when one has had its time. */
const SETTLE_MS = 150;
const RETRY_MS = 1000;

/** Reads links and main routes of both families. */
export async function querySnapshot(): Promise<NetworkSnapshot> {
  const routes = presentFamilies().map(async (family) =>
    parseRoutes(family, await ipQuery([`-${family}`, 'route', 'show', 'table', 'main'])),
  );
  const [links, ...perFamily] = await Promise.all([queryLinks(), ...routes]);
  return { links, routes: perFamily.flat() };
}

/** `onChange` is called after each look that found another uplink. See `Platform.watchUplink`. */
export async function watchNetwork(
  uplinkDevice: string,
  onChange: (view: NetworkView) => void,
): Promise<NetworkWatcher> {
  let monitor: ChildProcess | null = null;
  let lookTimer: NodeJS.Timeout | null = null;
  /** When the look is due for which `lookTimer` waits. */
  let lookDue = 0;
  let restartTimer: NodeJS.Timeout | null = null;
  let looking = false;
  let changedMeanwhile = false;
  let closed = false;
  let view: NetworkView;

  function lookAfter(ms: number): void {
    if (looking) changedMeanwhile = true;
    if (looking || closed) return;
    const due = performance.now() + ms;
    if (lookTimer !== null && lookDue <= due) return;
    if (lookTimer !== null) clearTimeout(lookTimer);
    lookDue = due;
    lookTimer = setTimeout(() => {
      lookTimer = null;
      void look();
    }, ms);
  }

  async function look(): Promise<void> {
    looking = true;
    let retry = false;
    try {
      const next = viewNetwork(await querySnapshot(), uplinkDevice);
      if (closed) return;
      const isNew = JSON.stringify(next.uplink) !== JSON.stringify(view.uplink);
      view = next;
      if (isNew) onChange(next);
    } catch {
      // The old view stays. A machine that is out of processes or memory may have some again.
      retry = true;
    } finally {
      looking = false;
    }
    if (retry) lookAfter(RETRY_MS);
    else if (changedMeanwhile) lookAfter(SETTLE_MS);
    changedMeanwhile = false;
  }

  function startMonitor(): void {
    const child = spawn('ip', ['-oneline', 'monitor', 'link', 'address', 'route'], {
      env: toolEnvironment(),
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    monitor = child;
    child.stdout.on('data', () => lookAfter(SETTLE_MS));
    child.on('error', () => {});
    child.on('close', () => {
      if (!closed) restartTimer = setTimeout(startMonitor, RETRY_MS);
    });
    // What changes before it listens would be missed otherwise.
    lookAfter(RETRY_MS);
  }

  view = viewNetwork(await querySnapshot(), uplinkDevice);
  startMonitor();

  return {
    get view() {
      return view;
    },
    close(): void {
      closed = true;
      if (lookTimer !== null) clearTimeout(lookTimer);
      if (restartTimer !== null) clearTimeout(restartTimer);
      monitor?.kill('SIGKILL');
    },
  };
}
