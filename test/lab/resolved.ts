/**
 * A real systemd-resolved for the lab: in `home`, with a bus, a /run/systemd and an /etc of its
 * own, so that the machine's own resolver hears nothing of it. Debian's package would make itself
 * the machine's resolver when it is installed, so it is only unpacked.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, findCommand, run } from '../../build/process.ts';
import type { Lines, PlatformLab } from './platform-lab.ts';

const USER = 'systemd-resolve';
const UID = 995;

const BUS = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=PATH</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
<allow send_requested_reply="true" send_type="error"/><allow receive_type="method_call"/>
<allow receive_type="method_return"/><allow receive_type="signal"/><allow receive_type="error"/>
</policy></busconfig>
`;

/** Runs until the lab ends. `$0` is its folder, `$1` where the programs are. */
const SCRIPT = `
set -e
mount --make-rprivate /
umount /etc/resolv.conf
mkdir -p /run/systemd
mount -t tmpfs tmpfs /run/systemd
mkdir /run/systemd/resolve
chown ${UID}:${UID} /run/systemd/resolve
mount --bind "$0/etc" /etc
export DBUS_SYSTEM_BUS_ADDRESS="unix:path=$0/bus"
dbus-daemon --config-file="$0/bus.conf" --nofork --nopidfile >/dev/null 2>&1 &
while [ ! -S "$0/bus" ]; do sleep 0.05; done
"$1/lib/systemd/systemd-resolved" >"$0/log" 2>&1 &
while [ ! -S /run/systemd/resolve/io.systemd.Resolve ]; do sleep 0.05; done
echo ready
wait
`;

export class Resolved {
  /** What programs beside it see as /etc. */
  readonly etc: string;
  readonly #lab: PlatformLab;
  readonly #lines: Lines;
  readonly #programs: string;
  readonly #bus: string;

  private constructor(lab: PlatformLab, lines: Lines, folder: string, programs: string) {
    this.#lab = lab;
    this.#lines = lines;
    this.#programs = programs;
    this.#bus = `unix:path=${folder}/bus`;
    this.etc = join(folder, 'etc');
  }

  static async start(lab: PlatformLab): Promise<Resolved> {
    const programs = await unpacked();
    const folder = join(lab.folder, 'resolved');
    const etc = join(folder, 'etc');
    mkdirSync(etc, { recursive: true });
    // It finds its bus there as a user of its own.
    chmodSync(lab.folder, 0o711);
    writeFileSync(join(folder, 'bus.conf'), BUS.replace('PATH', `${folder}/bus`));
    writeFileSync(
      join(etc, 'passwd'),
      `root:x:0:0::/root:/bin/sh\n${USER}:x:${UID}:${UID}::/:/bin/false\n`,
    );
    writeFileSync(join(etc, 'group'), `root:x:0:\n${USER}:x:${UID}:\n`);
    writeFileSync(join(etc, 'resolv.conf'), 'nameserver 127.0.0.53\n');
    const lines = lab.run('home', 'sh', ['-c', SCRIPT, folder, programs]);
    await lines.wait((line) => line === 'ready' || null, 'systemd-resolved');
    return new Resolved(lab, lines, folder, programs);
  }

  /** A shell's script that runs `"$@"` beside it. */
  get shell(): string {
    const enter = `nsenter --mount=/proc/${this.#lines.child.pid}/ns/mnt`;
    const path = `PATH=${this.#programs}/usr/bin:$PATH`;
    return `exec ${enter} env ${path} DBUS_SYSTEM_BUS_ADDRESS=${this.#bus} "$@"`;
  }

  /** Runs a command beside it; resolves to its output. */
  async exec(command: string, ...args: string[]): Promise<string> {
    const all = ['-c', this.shell, 'sh', command, ...args];
    const { stdout, stderr, status } = await this.#lab.exec('home', 'sh', all);
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
    return stdout;
  }
}

/** The folder that the package was unpacked into. */
async function unpacked(): Promise<string> {
  if (existsSync('/lib/systemd/systemd-resolved') && findCommand('resolvectl') !== null) return '';
  const folder = join(cacheDir, 'systemd-resolved');
  const root = join(folder, 'root');
  if (existsSync(join(root, 'usr/bin/resolvectl'))) return root;
  mkdirSync(root, { recursive: true });
  await run('apt-get', ['-qq', 'update'], { quiet: true });
  await run('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', 'systemd-resolved'], {
    cwd: folder,
    quiet: true,
  });
  const file = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (file === undefined) throw new Error('apt-get downloaded no package');
  await run('dpkg-deb', ['--extract', join(folder, file), root], { quiet: true });
  return root;
}
