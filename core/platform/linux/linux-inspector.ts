/** What the self test sees of a Linux machine. Reads, changes nothing, and keeps nothing. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatPrefix } from '../../../rules/ip.ts';
import { SluiceError } from '../../api/errors.ts';
import { OWN_MARK, parseResolvConf } from '../../dns/resolv-conf.ts';
import type { Forwarding, Inspector, Machine, SystemResolver } from '../inspector.ts';
import type { Way, WayOptions } from '../inspector.ts';
import { presentFamilies } from './changes.ts';
import { fieldsOf, list } from './fields.ts';
import { droppingChains } from './firewall.ts';
import { ipQuery } from './ip-command.ts';
import { parseWay } from './ip-output.ts';
import { forwards, isWsl } from './kernel.ts';
import { viewNetwork } from './network-view.ts';
import { querySnapshot } from './network-watcher.ts';
import { isResolvedRunning } from './resolved.ts';
import { queryRuleLines } from './rule-lines.ts';
import { zonesOf } from './zones.ts';
import { formatCount } from '../../../rules/text.ts';

const RESOLV_CONF = '/etc/resolv.conf';
/** Of the states in which a neighbour is known (ip-neighbour(8)) those in which it has not answered. */
const SILENT = new Set<unknown>(['FAILED', 'INCOMPLETE']);

export class LinuxInspector implements Inspector {
  async look(): Promise<Machine> {
    const snapshot = await querySnapshot();
    const { uplink } = viewNetwork(snapshot, '');
    const zones = zonesOf(snapshot.links, [uplink?.device4 ?? '', uplink?.device6 ?? '']);
    return {
      uplink,
      interfaces: snapshot.links.map((link) => ({
        name: link.name,
        up: link.up,
        mtu: link.mtu,
        addresses: link.addresses
          .filter(({ usable }) => usable)
          .map(({ address, prefix }) => `${address}/${prefix.length}`),
        // A port of a bridge is not an end of its own: the bridge is.
        zone: link.master === '' ? (zones.get(link.name) ?? null) : null,
      })),
      halves: snapshot.routes
        .filter(({ prefix, type }) => prefix.length === 1 && type === 'unicast')
        .map(({ prefix, device }) => ({ prefix: formatPrefix(prefix), device })),
      hasIpv6: presentFamilies().includes(6),
      isWsl: isWsl(),
    };
  }

  async wayTo(destination: string, options?: WayOptions): Promise<Way> {
    const args = [destination.includes(':') ? '-6' : '-4', 'route', 'get', destination];
    if (options !== undefined) {
      const { network, port, from } = options;
      args.push('ipproto', network, 'dport', String(port));
      if (from !== undefined) args.push('from', from.address, 'iif', from.device);
    }
    try {
      return parseWay(await ipQuery(args));
    } catch (cause) {
      if (cause instanceof SluiceError && cause.code === 'ERR_ROUTING') return { kind: 'refused' };
      throw cause;
    }
  }

  async rulesBefore(priority: number): Promise<readonly string[]> {
    const rules = await queryRuleLines();
    // The table `local` comes first everywhere.
    const others = rules.filter((rule) => rule.priority > 0 && rule.priority < priority);
    const shown = others
      .filter(({ isOwn }) => !isOwn)
      .map((rule) => `${rule.priority}: ${rule.text}`);
    // Most are there for both families.
    return [...new Set(shown)];
  }

  async isNeighbourThere(address: string, device: string): Promise<boolean | null> {
    const [entry] = await ipQuery(['neighbour', 'show', address, 'dev', device]);
    const { state } = fieldsOf(entry);
    return state === undefined ? null : !list(state).some((word) => SILENT.has(word));
  }

  async forwarding(): Promise<Forwarding> {
    return {
      ipv4: forwards(4) === true,
      ipv6: forwards(6) === true,
      dropping: await droppingChains(),
    };
  }

  async leftovers(stateDir: string): Promise<readonly string[]> {
    const found: string[] = [];
    const journal = await readFile(join(stateDir, 'journal'), 'utf8').catch(() => '');
    const changes = journal.split('\n').length - 1;
    if (changes > 0) found.push(`${formatCount(changes, 'change')} in the journal of ${stateDir}`);
    const rules = await queryRuleLines();
    for (const family of presentFamilies()) {
      const own = rules.filter((rule) => rule.isOwn && rule.family === family).length;
      if (own > 0) found.push(formatCount(own, `IPv${family} policy rule`));
    }
    return found;
  }

  async resolver(): Promise<SystemResolver> {
    const text = await readFile(RESOLV_CONF, 'utf8').catch(() => '');
    return {
      servers: parseResolvConf(text).servers,
      isOurs: text.startsWith(OWN_MARK),
      resolved: isResolvedRunning(),
    };
  }
}
