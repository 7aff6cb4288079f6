/** Groups over the lab's proxies, and a subscription, as YAML for the top level of a configuration. */
import { ListServer, listPorts } from '../lab/list-server.ts';
import { labConfig } from '../lab/config.ts';
import { broken as unheard, proxies } from '../lab/addresses.ts';
import { RULES, startWorld } from './world.ts';
import type { InterfaceWorld } from './world.ts';

/** A page of the lab that every proxy reaches. */
const testUrl = 'http://www.site.test/';

const group = (name: string, rest: string): string =>
  `  - {name: ${name}, url: "${testUrl}", interval: 0, ${rest}}`;

const groups = [
  'proxy-groups:',
  group('Proxy', 'type: select, proxies: [dante, squid, microsocks-tls, Fastest, DIRECT]'),
  group('Fastest', 'type: url-test, proxies: [squid, dante, microsocks, chain], use: [plan]'),
  group('Backup', 'type: fallback, proxies: [mortal, dante, microsocks]'),
  group('Spread', 'type: load-balance, strategy: round-robin, proxies: [dante, squid]'),
  group('Behind the scenes', 'type: select, hidden: true, proxies: [dante, DIRECT]'),
].join('\n');

const subscription = [
  'proxy-providers:',
  `  plan: {type: http, url: "http://site.test:${listPorts.http}/plan", interval: 3600, health-check: {enable: false}}`,
].join('\n');

/** Nobody listens where the one should be; the other never answers. */
const broken = [
  `{name: mortal, type: socks5, server: ${proxies.microsocks}, port: 1}`,
  `{name: silent, type: http, server: ${unheard.silent4}, port: 3128}`,
];

const rules = [...RULES.slice(0, -1), 'MATCH,Proxy'];

export interface UpstreamWorld extends InterfaceWorld {
  readonly subscription: ListServer;
}

/** A lab with groups of every type, and a subscription with so many proxies. `extra` is YAML for the top level. */
export async function startUpstreams(
  count: number,
  extra: readonly string[] = [],
): Promise<UpstreamWorld> {
  const world = await startWorld();
  const server = await ListServer.start(world.lab);
  const lines = Array.from({ length: count }, (_, at) => proxyLine(`plan ${at + 1}`));
  server.put('proxies.txt', `proxies:\n${lines.join('\n')}\n`);
  const text = labConfig(world.lab.certificates, rules, [groups, subscription, ...extra]);
  await world.sluice.apply(
    text.replace('\nproxies:\n', `\nproxies:\n${broken.map((proxy) => `  - ${proxy}\n`).join('')}`),
  );
  return { ...world, subscription: server };
}

function proxyLine(name: string): string {
  return `  - {name: "${name}", type: socks5, server: ${proxies.microsocks}, port: 1080}`;
}
