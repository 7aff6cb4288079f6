/** A lab in which Sluice runs with proxies and rules, for looking at its interface. */
import { writeFileSync } from 'node:fs';
import { ensureNative } from '../../build/native.ts';
import { ensureBrowser } from './browser.ts';
import { ports } from '../lab/addresses.ts';
import { labConfig } from '../lab/config.ts';
import { Lab } from '../lab/lab.ts';
import { ensureLabPackages } from '../lab/packages.ts';
import type { Instance } from '../lab/sluice.ts';

export interface InterfaceWorld {
  readonly lab: Lab;
  readonly sluice: Instance;
  /** A new one-time link to the interface. */
  link(): Promise<string>;
  /** Traffic of several kinds: some that stays open, some that ends, some that is refused. */
  browse(): Promise<void>;
}

export const RULES = [
  'DOMAIN,shop.site.test,squid',
  'DOMAIN-SUFFIX,site.test,dante',
  'DOMAIN,other.test,REJECT',
  'MATCH,DIRECT',
];

/** `extra`: lines of the configuration beside the lab's own. */
export async function startWorld(
  rules: readonly string[] = RULES,
  extra: readonly string[] = [],
): Promise<InterfaceWorld> {
  return startWith((lab) => labConfig(lab.certificates, rules, extra));
}

/** As at the first start on a machine: without a configuration. */
export function startBareWorld(): Promise<InterfaceWorld> {
  return startWith(() => null);
}

async function startWith(configOf: (lab: Lab) => string | null): Promise<InterfaceWorld> {
  await ensureNative('release');
  await ensureLabPackages('the interface');
  await ensureBrowser();
  const lab = await Lab.start();
  try {
    await lab.startProxies();
    const sluice = await lab.startSluice(configOf(lab));
    return { lab, sluice, link: () => newLink(sluice), browse: () => browse(lab, sluice) };
  } catch (error) {
    lab.stop();
    throw error;
  }
}

async function newLink(sluice: Instance): Promise<string> {
  const { stdout, stderr } = await sluice.cli('ui', '--print');
  if (!stdout.startsWith('http')) throw new Error(`no link: ${stdout}${stderr}`);
  return stdout.trim();
}

/** Expectations of the rules, one of which they do not meet. */
const CASES = [
  'cases:',
  '  - { host: www.site.test, port: 443, target: dante }',
  '  - { host: shop.site.test, process: curl, target: squid, rule: "DOMAIN,shop.site.test,squid" }',
  '  - { host: other.test, port: 80, zone: container, target: REJECT }',
  '  - { host: "198.51.100.13", port: 53, network: udp, target: squid }',
  '',
].join('\n');

async function browse(lab: Lab, sluice: Instance): Promise<void> {
  const { ca } = lab.certificates;
  writeFileSync(sluice.configPath.replace(/\.yaml$/, '.cases.yaml'), CASES);
  const quiet = ['-sS', '--max-time', '60', '--cacert', ca, '-o', '/dev/null'];
  for (const host of ['www.site.test', 'site.test', 'v4.site.test']) {
    lab.spawn('guest', 'nc', [host, String(ports.echo)], { keepInput: true });
    lab.spawn('home', 'nc', [host, String(ports.echo)], { keepInput: true });
  }
  const urls = ['http://www.site.test/', 'https://shop.site.test/', 'https://other.test/'];
  for (const name of ['www.site.test', 'v4.site.test', 'nothing.test']) {
    await sluice.cli('dns', 'query', name, '--real');
  }
  await Promise.all(urls.map((url) => lab.exec('home', 'curl', [...quiet, url])));
}
