/**
 * Installs the Debian packages that a build or a test run lacks. Only root does; anybody
 * else is told which packages to ask for. Daemons that come with a package are not started.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { attempt, BuildError, findCommand, run } from './process.ts';

/** A program that a step needs, and the Debian package that has it. */
export interface Tool {
  readonly command: string;
  readonly package: string;
}

/** Makes sure that the commands exist. Works without apt where nothing is missing. */
export async function ensureTools(tools: readonly Tool[], purpose: string): Promise<void> {
  const missing = tools.filter((tool) => findCommand(tool.command) === null);
  const packages = new Set(missing.map((tool) => tool.package));
  await install(
    [...packages],
    missing.map((tool) => tool.command),
    purpose,
  );
}

/** Makes sure that the Debian packages are installed. */
export async function ensurePackages(packages: readonly string[], purpose: string): Promise<void> {
  const missing = await notInstalled(packages);
  await install(missing, missing, purpose);
}

async function notInstalled(packages: readonly string[]): Promise<string[]> {
  if (findCommand('dpkg-query') === null) return [...packages];
  const format = '${Package} ${db:Status-Status}\n';
  const query = await attempt('dpkg-query', ['-W', `-f=${format}`, ...packages], { quiet: true });
  const installed = new Set(
    query.stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

async function install(
  packages: readonly string[],
  missing: readonly string[],
  purpose: string,
): Promise<void> {
  if (packages.length === 0) return;
  if (findCommand('apt-get') === null) {
    throw new BuildError(
      `${purpose} needs what is missing here: ${missing.join(', ')}. Install it and run this again.`,
    );
  }
  const names = packages.join(' ');
  if (process.getuid?.() !== 0) {
    throw new BuildError(
      `${purpose} needs Debian packages that are missing: ${names}. ` +
        `Run "apt-get install ${names}" as root, then this again.`,
    );
  }
  console.error(`Installing Debian packages for ${purpose}: ${names}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const common = ['-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0'];
  await run('apt-get', [...common, 'update'], { env, quiet: true });
  await withoutStartingDaemons(async () => {
    await run('apt-get', [...common, 'install', '-y', '--no-install-recommends', ...packages], {
      env,
      quiet: true,
    });
  });
  console.error(`Installed ${names}`);
}

const policyFile = '/usr/sbin/policy-rc.d';
const policy =
  '#!/bin/sh\n# Written by the Sluice test run while it installs packages.\nexit 101\n';

/** Debian starts a daemon when its package is installed, unless this script says no. */
async function withoutStartingDaemons(body: () => Promise<void>): Promise<void> {
  const foreign = existsSync(policyFile) && readFileSync(policyFile, 'utf8') !== policy;
  if (foreign) {
    await body();
    return;
  }
  const remove = (): void => rmSync(policyFile, { force: true });
  writeFileSync(policyFile, policy, { mode: 0o755 });
  process.once('exit', remove);
  try {
    await body();
  } finally {
    remove();
    process.off('exit', remove);
  }
}
