/**
 * The lab: a small world of network namespaces in which Sluice runs as it would on a real machine.
 * `home` runs Sluice, `guest` is a NAT client behind it, `net` is the internet (addresses.ts). One
 * lab serves a whole test file; everything in it is gone after `stop`, on a crash, and on Ctrl-C.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { proxies, resolver, sites, uplink } from './addresses.ts';
import { makeCertificates } from './certificates.ts';
import type { Certificates } from './certificates.ts';
import { startInternet } from './internet.ts';
import type { Internet } from './internet.ts';
import { createWorld, destroyWorld } from './namespaces.ts';
import type { NamespaceName, World } from './namespaces.ts';
import { Daemon, exec, output } from './processes.ts';
import { startProxies } from './proxies.ts';
import type { Proxies } from './proxies.ts';
import type { DaemonOptions, ExecOptions, Outcome, Place } from './processes.ts';
import { Instance } from './sluice.ts';

export class Lab {
  readonly certificates: Certificates;
  readonly #world: World;
  #internet: Internet | null = null;
  #proxies: Proxies | null = null;

  private constructor(world: World) {
    this.#world = world;
    // Each has its own, since Sluice changes that of `home`.
    for (const name of Object.keys(world.namespaces)) {
      const text = `nameserver ${resolver.v4}\noptions timeout:2 attempts:2\n`;
      writeFileSync(this.place(name as NamespaceName).resolvConf, text);
    }
    const hosts = [...Object.entries(sites).flat(2), ...Object.values(proxies), uplink.net4];
    this.certificates = makeCertificates(world.folder, [...new Set(hosts)]);
  }

  /** Builds the namespaces and starts the internet. Needs root. */
  static async start(): Promise<Lab> {
    const world = createWorld();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => process.exit(130));
    }
    const lab = new Lab(world);
    process.on('exit', () => lab.stop());
    lab.#internet = await startInternet(lab.place('net'), world.folder, lab.certificates);
    return lab;
  }

  /** A folder for files of a test; removed with the lab. */
  get folder(): string {
    return this.#world.folder;
  }

  get internet(): Internet {
    if (this.#internet === null) throw new Error('the lab has not been started');
    return this.#internet;
  }

  place(namespace: NamespaceName): Place {
    const resolvConf = join(this.#world.folder, `resolv.conf.${namespace}`);
    return { namespace: this.#world.namespaces[namespace], resolvConf };
  }

  /** Runs a command to its end, whatever its exit status. */
  exec(
    namespace: NamespaceName,
    command: string,
    args: readonly string[] = [],
    options?: ExecOptions,
  ): Promise<Outcome> {
    return exec(this.place(namespace), command, args, options);
  }

  /** Runs a command and returns what it printed; throws unless it exits with 0. */
  output(
    namespace: NamespaceName,
    command: string,
    args: readonly string[] = [],
    options?: ExecOptions,
  ): Promise<string> {
    return output(this.place(namespace), command, args, options);
  }

  spawn(
    namespace: NamespaceName,
    command: string,
    args: readonly string[] = [],
    options?: DaemonOptions,
  ): Daemon {
    return new Daemon(this.place(namespace), command, args, options);
  }

  /** Starts the proxies of proxies.ts; not every lab needs them. */
  async startProxies(): Promise<Proxies> {
    this.#proxies ??= await startProxies(this.place('net'), this.folder, this.certificates);
    return this.#proxies;
  }

  /** Starts Sluice with this YAML, or with what it makes itself (null), and waits until it runs. */
  startSluice(config: string | null, namespace: NamespaceName = 'home'): Promise<Instance> {
    return Instance.start(this.place(namespace), this.folder, config);
  }

  /** Kills everything in the lab and removes it. */
  stop(): void {
    destroyWorld(this.#world);
  }
}
