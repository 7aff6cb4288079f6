/**
 * Counts what leaves `home` by its uplink and is not meant for the one address that it may go to.
 * ARP, neighbour discovery, multicast and broadcast do not leave the link, where the system puts
 * them whatever the routes say, and have a counter of their own. Owns the counters' table and the
 * tcpdump that tells what was counted.
 */
import { uplink } from './addresses.ts';
import type { Lab } from './lab.ts';
import type { Daemon } from './processes.ts';

export class UplinkCounter {
  readonly #lab: Lab;
  readonly #watch: Daemon;

  private constructor(lab: Lab, watch: Daemon) {
    this.#lab = lab;
    this.#watch = watch;
  }

  /** `allowed` is an IPv4 address. */
  static async start(lab: Lab, allowed: string): Promise<UplinkCounter> {
    // In the egress hook of the device itself, behind which there is only the wire.
    const ruleset = `table netdev leak {
      counter leaked {}
      counter allowed {}
      counter link {}
      chain out {
        type filter hook egress device "${uplink.device}" priority 0;
        ether type arp accept
        icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept
        ip daddr { 224.0.0.0/4, 255.255.255.255, ${uplink.broadcast4} } counter name link accept
        ip6 daddr ff02::/16 counter name link accept
        ip daddr ${allowed} counter name allowed accept
        counter name leaked
      }
    }`;
    await lab.output('home', 'nft', ['-f', '-'], { input: ruleset });
    const rest =
      `not arp and not dst host ${allowed} and not multicast and not dst ${uplink.broadcast4}` +
      ' and not (icmp6 and ip6[40] >= 133 and ip6[40] <= 136)';
    const args = ['-lnni', uplink.device, '-Q', 'out', rest];
    const watch = lab.spawn('home', 'tcpdump', args);
    await watch.until('listen', () => watch.log.includes('listening on'));
    return new UplinkCounter(lab, watch);
  }

  /** Packets so far. */
  async count(name: 'leaked' | 'allowed' | 'link'): Promise<number> {
    const text = await this.#lab.output('home', 'nft', ['list', 'counter', 'netdev', 'leak', name]);
    return Number(/packets (\d+)/.exec(text)?.[1] ?? NaN);
  }

  /** What tcpdump saw of them, for the message of a test that fails. */
  get log(): string {
    return this.#watch.log.split('\n').slice(-40).join('\n');
  }

  async stop(): Promise<void> {
    await this.#watch.stop();
    await this.#lab.output('home', 'nft', ['delete', 'table', 'netdev', 'leak']);
  }
}
