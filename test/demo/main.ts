/**
 * `npm run demo`: Sluice at work in a world of its own. Makes the lab's network namespaces, starts
 * real proxies and web sites in one, Sluice in another and a WSL-like guest behind it, sends requests
 * from both, and shows how each flow was decided. Nothing outside the namespaces changes.
 */
import { ensureNative } from '../../build/native.ts';
import { BuildError, script } from '../../build/process.ts';
import type { FlowInfo } from '../../core/api/flows.ts';
import { guestLink, resolver, site4 } from '../lab/addresses.ts';
import { proxyYaml } from '../lab/proxies.ts';
import { Lab } from '../lab/lab.ts';
import type { NamespaceName } from '../lab/namespaces.ts';
import { ensureLabPackages } from '../lab/packages.ts';
import type { Instance } from '../lab/sluice.ts';

interface Step {
  readonly from: NamespaceName;
  readonly command: string;
  readonly args: readonly string[];
  readonly about: string;
}

const quiet = ['-sS', '--max-time', '10'];

const steps: readonly Step[] = [
  {
    from: 'home',
    command: 'dig',
    args: ['+short', 'site.test'],
    about: 'DNS: an address that stands for the name',
  },
  {
    from: 'home',
    command: 'curl',
    args: [...quiet, 'https://shop.site.test/'],
    about: 'a name with a rule of its own: the HTTP proxy',
  },
  {
    from: 'guest',
    command: 'curl',
    args: [...quiet, 'http://www.site.test/'],
    about: 'the guest, a name below site.test: SOCKS5',
  },
  {
    from: 'guest',
    command: 'curl',
    args: [...quiet, '-6', 'https://site.test/'],
    about: 'the same over IPv6',
  },
  {
    from: 'guest',
    command: 'git',
    args: ['ls-remote', 'git://site.test/project'],
    about: 'git says no name that could be read on the way, and needs not: SOCKS5',
  },
  {
    from: 'guest',
    command: 'sh',
    args: ['-c', 'echo hello | socat -t0.5 - UDP4:v4.site.test:7'],
    about: 'a datagram to a name, over SOCKS5, and its answer',
  },
  {
    from: 'home',
    command: 'ping',
    args: ['-n', '-c1', 'other.test'],
    about: 'ping, answered by Sluice',
  },
  {
    from: 'home',
    command: 'curl',
    args: [...quiet, `http://${site4}:8080/`],
    about: 'nobody listens there, and curl is told so at once',
  },
  {
    from: 'guest',
    command: 'curl',
    args: [...quiet, 'https://other.test/'],
    about: 'a name that is refused',
  },
];

const rules = [
  'DST-PORT,8080,DIRECT',
  'DOMAIN,shop.site.test,squid',
  'DOMAIN-SUFFIX,site.test,dante',
  'DOMAIN,other.test,REJECT',
  'MATCH,DIRECT',
];

await script(main);

async function main(): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new BuildError('The demo makes network namespaces: run it on Linux, as root.');
  }
  await ensureNative('release');
  await ensureLabPackages('the demo');
  say('Building three network namespaces: home (Sluice), guest (behind it), net (the internet)');
  const lab = await Lab.start();
  try {
    await lab.startProxies();
    const config = configuration(lab);
    say(`Starting Sluice in home, with this rule file:\n\n${indent(config)}`);
    const sluice = await lab.startSluice(config);
    const { tun } = await sluice.status();
    say(`Everything of home and guest now goes into ${tun?.device}:`);
    for (const change of tun?.changes ?? []) console.log(`    ${change}`);
    await show(lab, sluice);
    say('Stopping Sluice');
    await sluice.stop();
    console.log(indent(sluice.daemon.log.trim().split('\n').at(-1) ?? ''));
  } finally {
    lab.stop();
  }
  say('The namespaces are gone. Next: npm start, for this very machine.');
}

function configuration(lab: Lab): string {
  const { dante, squid } = proxyYaml(lab.certificates);
  const list = (items: readonly (string | undefined)[]): string =>
    items.map((item) => `  - ${item}\n`).join('');
  const dns = `dns: {nameserver: ["udp://${resolver.v4}#dante"]}`;
  return `tun: {enable: true}\n${dns}\nproxies:\n${list([dante, squid])}rules:\n${list(rules)}`;
}

async function show(lab: Lab, sluice: Instance): Promise<void> {
  for (const { from, command, args, about } of steps) {
    const ca = command === 'curl' ? ['--cacert', lab.certificates.ca] : [];
    const known = new Set((await sluice.flows()).map(({ id }) => id));
    say(`${from}$ ${command} ${args.filter((arg) => !quiet.includes(arg)).join(' ')}   (${about})`);
    const { stdout, stderr } = await lab.exec(from, command, [...args, ...ca]);
    console.log(indent((stdout + stderr).trim()));
    const flows = (await sluice.flows())
      .filter(({ id }) => !known.has(id))
      .toSorted((a, b) => a.id - b.id);
    for (const flow of flows) console.log(`  > ${describe(flow)}`);
  }
}

function describe(flow: FlowInfo): string {
  const { source, destination, network, rule, chain, state, upload, download } = flow;
  const guests: readonly string[] = [guestLink.guest4, guestLink.guest6];
  const who = guests.includes(source.address) ? 'guest' : 'home';
  const where = `${flow.domain ?? destination.address}:${destination.port}`;
  const how = `${rule?.text ?? 'no rule'} => ${chain.join(' via ')}`;
  const bytes = `${upload} B up, ${download} B down`;
  const why = flow.error === null ? '' : `: ${flow.error.message}`;
  return `${who} ${network} ${where}  |  ${how}  |  ${state}, ${bytes}${why}`;
}

function say(text: string): void {
  console.log(`\n${text}`);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}
