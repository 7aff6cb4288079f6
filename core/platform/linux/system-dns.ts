/**
 * Where the programs of this machine ask for names: while the tunnel is up, at its other end, whose
 * queries Sluice answers. A resolver on this machine would be asked past the tunnel otherwise. With
 * systemd-resolved that is a setting of the tunnel's link; /etc/resolv.conf is changed where
 * programs are not led to systemd-resolved by it. Where neither can be, the user is told and
 * everything else works.
 */
import { unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import { ORIGINAL_RESOLV_CONF, parseResolvConf } from '../../dns/resolv-conf.ts';
import type { ChangeKind, Journal } from '../journal.ts';
import { ResolvConf } from './resolv-conf.ts';
import { isResolvedRunning, pointResolved, resolvedChanges } from './resolved.ts';

export interface PointedDns {
  /** What was changed, one sentence each. */
  readonly changes: readonly string[];
  /** Whole sentences about what could not be. */
  readonly notices: readonly string[];
}

const RESOLV_CONF = '/etc/resolv.conf';
const LOOK_MS = 2000;
/** Where systemd-resolved keeps what programs should see as resolv.conf. */
const RESOLVED_FOLDER = '/run/systemd/resolve';
/** Its stub listener, and the one that passes queries on as they are. */
const RESOLVED_STUBS = new Set(['127.0.0.53', '127.0.0.54']);

export class SystemDns {
  readonly kinds: readonly (readonly [name: string, kind: ChangeKind<unknown>])[];
  readonly #file: ResolvConf;
  #wasUntouched = true;
  readonly #onNotice: (sentence: string) => void;

  /** `onNotice` hears that another program has changed the file, once each time. */
  constructor(stateDir: string, onNotice: (sentence: string) => void) {
    this.#onNotice = onNotice;
    this.#file = new ResolvConf(RESOLV_CONF, join(stateDir, ORIGINAL_RESOLV_CONF));
    this.kinds = [
      ['linux-resolved', resolvedChanges],
      ['linux-resolv-conf', this.#file.changes],
    ];
  }

  /** Makes the system ask `server`, or, for null, whom it asked before. Never rejects. */
  async point(device: string, server: string | null, journal: Journal): Promise<PointedDns> {
    const changes: string[] = [];
    const notices: string[] = [];
    this.unwatch();
    if (server === null) {
      const report = await journal.undo(this.kinds.map(([, kind]) => kind));
      return { changes, notices: [...report.notices, ...report.warnings] };
    }
    // Before anything is changed: our own file would lead away from it.
    const isResolveds = this.#leadsToResolved();
    let byResolved = false;
    if (isResolvedRunning()) {
      try {
        await pointResolved(device, server, journal);
        byResolved = true;
        changes.push(`systemd-resolved asks ${server} by ${device} for all names.`);
      } catch (error) {
        notices.push(
          `The names that systemd-resolved looks up may pass Sluice: ${(error as Error).message}.`,
        );
      }
    }
    if (byResolved && isResolveds) return { changes, notices };
    try {
      this.#file.point(server, journal);
      changes.push(`${RESOLV_CONF} leads to ${server}.`);
      this.#watch();
    } catch (error) {
      notices.push(
        `Names may pass Sluice where a resolver on this machine is asked: ${RESOLV_CONF} ` +
          `cannot lead to it: ${(error as Error).message}.`,
      );
    }
    return { changes, notices };
  }

  unwatch(): void {
    unwatchFile(RESOLV_CONF, this.#look);
  }

  /** Looks at it now and then: it may be replaced, or mounted from elsewhere, where no event tells. */
  #watch(): void {
    this.#wasUntouched = true;
    watchFile(RESOLV_CONF, { interval: LOOK_MS, persistent: false }, this.#look);
  }

  readonly #look = (): void => {
    const isUntouched = this.#file.isUntouched;
    if (this.#wasUntouched && !isUntouched) {
      this.#onNotice(
        `Another program has changed ${RESOLV_CONF}, and it is left as it is: names may pass Sluice ` +
          'where it leads to a resolver on this machine.',
      );
    }
    this.#wasUntouched = isUntouched;
  };

  #leadsToResolved(): boolean {
    try {
      if (this.#file.isLinkInto(RESOLVED_FOLDER)) return true;
    } catch {
      return false;
    }
    const { servers } = parseResolvConf(this.#file.text);
    return servers.every((server) => RESOLVED_STUBS.has(server));
  }
}
