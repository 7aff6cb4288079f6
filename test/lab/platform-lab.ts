/**
 * A world for the tests of the platform, smaller than the lab and with more ways out:
 *
 *   guest ──guest0── home ──eth0── net      (192.0.2.0/24, 2001:db8:2::/64, default route)
 *                     ├────eth1── net       (203.0.113.0/24, 2001:db8:3::/64, no route yet)
 *                     └────lan0── lan       (10.7.0.0/24, fd07::/64, a specific route)
 *
 * UDP port 7 (and 53 in `lan`) answers with the name of the namespace; the
 * stand-in for the stack (programs/tun-echo.py) sends back what it got.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TunnelOptions, Uplink } from '../../core/platform/platform.ts';
import { exec, prefixFor } from './processes.ts';
import type { Outcome, Place } from './processes.ts';

export type PlatformNamespace = 'home' | 'net' | 'lan' | 'guest';

export const far4 = '198.51.100.10';
export const far6 = '2001:db8:51::10';
export const lan4 = '10.7.0.1';
export const lan6 = 'fd07::1';
export const guest4 = '172.28.16.2';

export const tunnelOptions: TunnelOptions = {
  device: 'sluice0',
  mtu: 1500,
  address4: '',
  address6: '',
  autoRoute: true,
  routeAddress: [],
  routeExcludeAddress: [],
  fakeRanges: [],
  dns: null,
  tableIndex: 2022,
  ruleIndex: 9000,
};

/** Null: the tests can run; else why not. */
export function whyNot(): string | false {
  return process.getuid?.() === 0 ? false : 'needs root to make network namespaces';
}

/** How a test's socket asks; empty: unbound. */
export interface Asking {
  readonly port?: number;
  readonly bind?: string;
  readonly device?: string;
}

const names: readonly PlatformNamespace[] = ['home', 'net', 'lan', 'guest'];
const programs = join(import.meta.dirname, 'programs');
let worlds = 0;

export class PlatformLab {
  readonly folder: string;
  readonly #prefix: string;
  readonly #children: ChildProcess[] = [];

  private constructor() {
    this.#prefix = `slp-${process.pid}-${++worlds}`;
    this.folder = mkdtempSync(join(tmpdir(), `${this.#prefix}-`));
  }

  static async start(): Promise<PlatformLab> {
    sweep();
    const lab = new PlatformLab();
    try {
      lab.#build();
      await lab.#serve();
    } catch (error) {
      lab.stop();
      throw error;
    }
    process.once('exit', () => lab.stop());
    return lab;
  }

  place(name: PlatformNamespace): Place {
    return { namespace: `${this.#prefix}-${name}`, resolvConf: join(this.folder, 'resolv.conf') };
  }

  /** Lines for `ip -batch` in a namespace. */
  ip(name: PlatformNamespace, ...lines: string[]): void {
    execFileSync('ip', ['-n', this.place(name).namespace, '-batch', '-'], {
      input: `${lines.join('\n')}\n`,
    });
  }

  exec(
    name: PlatformNamespace,
    command: string,
    args: readonly string[],
    input = '',
  ): Promise<Outcome> {
    return exec(this.place(name), command, args, { input });
  }

  async sysctl(name: PlatformNamespace, ...settings: string[]): Promise<void> {
    const { status, stderr } = await this.exec(name, 'sysctl', ['-q', '-w', ...settings]);
    if (status !== 0) throw new Error(stderr);
  }

  /** Rules and routes of both families, but for those that the kernel gives every device that is up. */
  async routing(): Promise<string> {
    const script = 'ip -4 rule; ip -6 rule; ip -4 route show table all; ip -6 route show table all';
    const { stdout } = await this.exec('home', 'sh', ['-c', script]);
    return stdout.replace(/^\w+ (fe80|ff00):.*\n/gm, '');
  }

  /**
   * Sends a datagram from a real socket. Resolves to who answered (`tun`, or the namespace), or to
   * the error.
   */
  async ask(name: PlatformNamespace, address: string, how: Asking = {}): Promise<string> {
    const { port = 7, bind = '', device = '' } = how;
    const script = join(programs, 'udp-ask.py');
    const args = [script, address, String(port), bind, device];
    const { stdout } = await this.exec(name, 'python3', args);
    return stdout.trim();
  }

  /** Starts a command that runs until the lab ends. */
  run(name: PlatformNamespace, command: string, args: readonly string[]): Lines {
    return new Lines(this.#spawn(name, command, args));
  }

  /** Starts one of programs/*.py, likewise. */
  runProgram(name: PlatformNamespace, program: string, ...args: string[]): Lines {
    return this.run(name, 'python3', [join(programs, program), ...args]);
  }

  /** Holds a TUN in `home`. */
  async openTun(device = 'sluice0'): Promise<TunEcho> {
    const tun = new TunEcho(this.runProgram('home', 'tun-echo.py', device));
    await tun.saw(/^ready$/);
    return tun;
  }

  /** A process that drives the platform in `home`; `shell` starts it (as `"$@"`). */
  openHost(stateDir = join(this.folder, 'state'), shell = 'exec "$@"'): PlatformHost {
    const command = [process.execPath, join(programs, 'platform-host.ts'), stateDir];
    return new PlatformHost(this.run('home', 'sh', ['-c', shell, 'sh', ...command]));
  }

  stop(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const name of names) removeNamespace(this.place(name).namespace);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #spawn(name: PlatformNamespace, command: string, args: readonly string[]): ChildProcess {
    const [first = '', ...rest] = [...prefixFor(this.place(name)), command, ...args];
    const child = spawn(first, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#children.push(child);
    return child;
  }

  #build(): void {
    writeFileSync(join(this.folder, 'resolv.conf'), '');
    for (const name of names) {
      const { namespace } = this.place(name);
      execFileSync('ip', ['netns', 'add', namespace]);
      this.ip(name, 'link set lo up');
    }
    const { namespace: home } = this.place('home');
    const settings = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
    execFileSync('ip', ['netns', 'exec', home, 'sysctl', '-q', '-w', ...settings]);
    this.#link(
      'net',
      'eth0',
      ['192.0.2.2/24', '2001:db8:2::2/64'],
      ['192.0.2.1/24', '2001:db8:2::1/64'],
    );
    this.#link(
      'net',
      'eth1',
      ['203.0.113.2/24', '2001:db8:3::2/64'],
      ['203.0.113.1/24', '2001:db8:3::1/64'],
    );
    this.#link('lan', 'lan0', ['10.7.0.2/24', 'fd07::2/64'], [`${lan4}/24`, `${lan6}/64`]);
    this.#link(
      'guest',
      'guest0',
      ['172.28.16.1/20', 'fd28:16::1/64'],
      [`${guest4}/20`, 'fd28:16::2/64'],
    );
    this.ip('home', 'route add default via 192.0.2.1', 'route add default via 2001:db8:2::1');
    this.ip('net', `addr add ${far4}/32 dev lo`, `addr add ${far6}/128 dev lo nodad`);
    this.ip('guest', 'route add default via 172.28.16.1', 'route add default via fd28:16::1');
    this.ip('lan', 'route add default via 10.7.0.2', 'route add default via fd07::2');
  }

  /** A link between `home` and another namespace, called the same at both ends. */
  #link(
    name: PlatformNamespace,
    device: string,
    here: readonly string[],
    there: readonly string[],
  ): void {
    const peer = this.place(name).namespace;
    this.ip('home', `link add ${device} type veth peer name ${device} netns ${peer}`);
    for (const [place, addresses] of [
      ['home', here],
      [name, there],
    ] as const) {
      const add = (address: string): string =>
        `addr add ${address} dev ${device}${address.includes(':') ? ' nodad' : ''}`;
      this.ip(place, `link set ${device} up`, ...addresses.map(add));
    }
  }

  async #serve(): Promise<void> {
    const answer = async (name: PlatformNamespace, ...ends: string[]): Promise<void> => {
      const lines = this.runProgram(name, 'udp-name.py', name, ...ends);
      await lines.wait((line) => line === 'ready' || null, 'the answering program');
    };
    await Promise.all([
      answer('net', ...[far4, far6, '192.0.2.1', '203.0.113.1'].map((address) => `${address},7`)),
      answer('lan', ...[lan4, lan6].flatMap((address) => [`${address},7`, `${address},53`])),
    ]);
  }
}

/** The lines of a child's stdout, with a way to wait for one. */
export class Lines {
  readonly child: ChildProcess;
  readonly seen: string[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.child = child;
    if (child.stdout === null) throw new Error('stdout is not a pipe');
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.seen.push(line);
      for (const wake of this.#waiting) wake();
    });
    child.on('exit', () => {
      for (const wake of this.#waiting) wake();
    });
  }

  /** The first line from index `from` on that `pick` takes. Rejects after 10 s, or when the child ends. */
  async wait<T>(pick: (line: string) => T | null, what: string, from = 0): Promise<T> {
    let at = from;
    const deadline = Date.now() + 10_000;
    for (;;) {
      for (; at < this.seen.length; at++) {
        const picked = pick(this.seen[at] ?? '');
        if (picked !== null) return picked;
      }
      const left = deadline - Date.now();
      if (left <= 0 || this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`waited in vain for ${what}; saw:\n${this.seen.join('\n')}`);
      }
      let wake = (): void => {};
      const woken = new Promise<void>((resolve) => (wake = resolve));
      this.#waiting.add(wake);
      const timer = setTimeout(wake, left);
      await woken;
      clearTimeout(timer);
      this.#waiting.delete(wake);
    }
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

export class TunEcho {
  readonly #lines: Lines;

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  /** Waits for a packet such as `tcp 198.18.0.1:4242 > 198.51.100.10:80`. */
  async saw(packet: RegExp): Promise<void> {
    await this.#lines.wait((line) => (packet.test(line) ? true : null), `packet ${packet.source}`);
  }

  /** Everything that came in so far. */
  get packets(): readonly string[] {
    return this.#lines.seen.slice(1);
  }

  kill(): Promise<void> {
    return this.#lines.kill();
  }
}

export class PlatformHost {
  readonly #lines: Lines;
  #calls = 0;
  #uplinks = 0;

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  get pid(): number {
    return this.#lines.child.pid ?? 0;
  }

  /** Calls a method of the platform; rejects with its error, `code` included. One call at a time. */
  async call<T>(call: string, argument: unknown = null): Promise<T> {
    this.#lines.child.stdin?.write(`${JSON.stringify({ call, argument })}\n`);
    const wanted = ++this.#calls;
    let answers = 0;
    const answer = await this.#lines.wait((line) => {
      const value = JSON.parse(line) as { result?: T; error?: { code: string; message: string } };
      return 'uplink' in value || ++answers < wanted ? null : value;
    }, call);
    if (answer.error !== undefined) {
      throw Object.assign(new Error(answer.error.message), { code: answer.error.code });
    }
    return answer.result as T;
  }

  /** The next report of an uplink (or of none) that is as wanted; skips those on the way there. */
  async uplinkUntil(isWanted: (uplink: Uplink | null) => boolean): Promise<Uplink | null> {
    for (;;) {
      const wanted = ++this.#uplinks;
      let reports = 0;
      const { uplink } = await this.#lines.wait((line) => {
        const value = JSON.parse(line) as { uplink?: Uplink | null };
        return !('uplink' in value) || ++reports < wanted ? null : { uplink: value.uplink ?? null };
      }, 'an uplink');
      if (isWanted(uplink)) return uplink;
    }
  }

  /** Ends it as it should end. */
  async end(): Promise<void> {
    const exited = once(this.#lines.child, 'exit');
    this.#lines.child.stdin?.end();
    await exited;
  }

  kill(): Promise<void> {
    return this.#lines.kill();
  }
}

function removeNamespace(namespace: string): void {
  if (!existsSync(`/run/netns/${namespace}`)) return;
  const pids = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' });
  for (const pid of pids.split('\n').filter((text) => text !== '')) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  execFileSync('ip', ['netns', 'del', namespace]);
}

/** Removes what tests of dead processes left. */
function sweep(): void {
  if (!existsSync('/run/netns')) return;
  for (const name of readdirSync('/run/netns')) {
    const pid = /^slp-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeNamespace(name);
  }
}
