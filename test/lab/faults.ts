/**
 * A bad link between `guest` and `home`, both ways: packets of the guest's MTU, some lost, some
 * doubled, some late. Made of nftables and HTB, which every kernel of a distribution has; netem is
 * missing in some.
 */
import { guestLink } from './addresses.ts';
import type { Lab } from './lab.ts';
import type { NamespaceName } from './namespaces.ts';

/** Each in per cent of the packets. */
export interface Faults {
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
}

interface Side {
  readonly namespace: NamespaceName;
  readonly device: string;
  readonly far4: string;
  readonly far6: string;
}

const sides: readonly Side[] = [
  { namespace: 'guest', device: 'eth0', far4: guestLink.home4, far6: guestLink.home6 },
  { namespace: 'home', device: guestLink.device, far4: guestLink.guest4, far6: guestLink.guest6 },
];

export async function degradeGuestLink(lab: Lab, faults: Faults): Promise<void> {
  for (const side of sides) {
    await lab.output(side.namespace, 'nft', ['-f', '-'], { input: ruleset(side, faults) });
    const tc = commands(side)
      .map((command) => `tc ${command}\n`)
      .join('');
    await lab.output(side.namespace, 'sh', ['-ec', tc]);
    // A packet of the link is one segment, not 64 KB that share a fate.
    await lab.output(side.namespace, 'ip', ['link', 'set', side.device, 'gso_max_segs', '1']);
  }
}

export async function repairGuestLink(lab: Lab): Promise<void> {
  for (const { namespace, device } of sides) {
    await lab.output(namespace, 'nft', ['delete table ip fault; delete table ip6 fault']);
    await lab.output(namespace, 'tc', ['qdisc', 'del', 'dev', device, 'root']);
    await lab.output(namespace, 'ip', ['link', 'set', device, 'gso_max_segs', '65535']);
  }
}

/** Loss happens where packets arrive: a sender that is told of it locally would just try again. */
function ruleset({ device, far4, far6 }: Side, { loss, duplicate, reorder }: Faults): string {
  const chance = (percent: number): string => `numgen random mod 1000 < ${percent * 10}`;
  const table = (family: string, far: string): string => `table ${family} fault {
    chain arriving {
      type filter hook prerouting priority raw;
      iifname "${device}" ${chance(loss)} drop
    }
    chain leaving {
      type filter hook postrouting priority 300;
      oifname "${device}" ${chance(duplicate)} dup to ${far} device "${device}"
      oifname "${device}" ${chance(reorder)} meta priority set 1:2
    }
  }`;
  return `${table('ip', far4)}\n${table('ip6', far6)}\n`;
}

/** The second class is slow: what is sent there is overtaken by what follows. */
function commands({ device }: Side): string[] {
  return [
    `qdisc add dev ${device} root handle 1: htb default 1`,
    `class add dev ${device} parent 1: classid 1:1 htb rate 10gbit quantum 60000`,
    `class add dev ${device} parent 1: classid 1:2 htb rate 10mbit burst 1 cburst 1 quantum 1514`,
    `qdisc add dev ${device} parent 1:2 pfifo limit 100`,
  ];
}
