/** Groups over proxies whose health the test decides. */
import assert from 'node:assert/strict';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import type { Config, ProxyConfig } from '../../../../core/config/config.ts';
import { Group, chainOf, follow } from '../../../../core/groups/group.ts';
import { Proxies } from '../../../../core/groups/proxies.ts';
import type { ProxiesParts } from '../../../../core/groups/proxies.ts';
import type { Groups } from '../../../../core/groups/groups.ts';
import { Proxy } from '../../../../core/groups/proxy.ts';
import { TUN_INBOUND } from '../../../../rules/flow-facts.ts';
import type { FlowFacts } from '../../../../rules/flow-facts.ts';
import { parseIp } from '../../../../rules/ip.ts';
import { ScriptedUpstream, idleProxies } from '../engine/engine-lab.ts';

export const URL_A = 'http://a.test/generate_204';

/** With proxies a, b and c, and the text given. */
export function configOf(yaml: string): Config {
  const names = ['a', 'b', 'c'];
  const list = names.map((name) => `{name: ${name}, type: socks5, server: 192.0.2.1, port: 1}`);
  const { config, problems } = parseConfig(`proxies: [${list.join(', ')}]\n${yaml}\n`, 'test.yaml');
  assert.ok(config, JSON.stringify(problems));
  return config;
}

export class GroupLab {
  readonly proxies: Proxies;
  readonly kept: ReadonlyMap<string, string>[] = [];
  /** What each upstream does is the test's to say; by name. */
  readonly upstreams = new Map<string, ScriptedUpstream>();
  groups: Groups;

  constructor(yaml: string, parts: Partial<ProxiesParts> = {}) {
    this.proxies = new Proxies({
      ...idleProxies,
      outbound: { connectTcp: unscripted, resolve: unscripted },
      buildUpstream: (proxy) => this.#upstreamOf(proxy),
      onChosen: (chosen) => this.kept.push(chosen),
      ...parts,
    });
    this.groups = this.apply(yaml);
  }

  apply(yaml: string): Groups {
    const config = configOf(yaml);
    this.groups = this.proxies.prepare(config);
    this.proxies.use(this.groups, config);
    return this.groups;
  }

  group(name = 'g'): Group {
    const group = this.groups.get(name);
    assert.ok(group instanceof Group);
    return group;
  }

  proxy(name: string): Proxy {
    const proxy = this.groups.get(name);
    assert.ok(proxy instanceof Proxy);
    return proxy;
  }

  /** Notes results of tests, 0 for a failure, as a round of them does. */
  measured(delays: Readonly<Record<string, number>>, url = URL_A): void {
    for (const [name, delay] of Object.entries(delays)) this.proxy(name).health.add(url, delay);
    for (const group of this.groups.groups) group.settle();
  }

  /** Where the group leads, and why. */
  now(name = 'g', facts: FlowFacts | null = null): string {
    const way = follow(this.group(name), facts);
    return `${chainOf(way).join(' > ')} (${way.why.at(-1)?.reason})`;
  }

  #upstreamOf({ name, type }: ProxyConfig): ScriptedUpstream | null {
    if (type !== 'direct' && type !== 'socks5') return null;
    const upstream = new ScriptedUpstream(name, type === 'direct' ? 'Direct' : 'Socks5');
    this.upstreams.set(name, upstream);
    return upstream;
  }
}

const unscripted = (): Promise<never> => Promise.reject(new Error('this is not scripted'));

export function factsOf(domain: string | null, src = '198.18.0.1', dst = '192.0.2.80'): FlowFacts {
  return {
    network: 'tcp',
    srcIp: parseIp(src)!,
    srcPort: 40_000,
    dstIp: parseIp(dst)!,
    dstPort: 443,
    domain,
    dstIpResolved: false,
    zone: 'host',
    dscp: 0,
    inbound: TUN_INBOUND,
    process: null,
  };
}
