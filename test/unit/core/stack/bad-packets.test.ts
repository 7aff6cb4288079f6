import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksum } from '../../../packets/checksum.ts';
import { buildIp, ICMP, ICMP6, TCP } from '../../../packets/ip.ts';
import { buildTcp, type Endpoints, SYN } from '../../../packets/tcp.ts';
import { buildUdp } from '../../../packets/udp.ts';
import { appAddress, farAddress, StackLab } from './stack-lab.ts';

const flow4: Endpoints = { src: appAddress[4], srcPort: 5000, dst: farAddress[4], dstPort: 80 };
const flow6: Endpoints = { src: appAddress[6], srcPort: 5000, dst: farAddress[6], dstPort: 80 };

const syn = (flow: Endpoints, options?: Buffer): Buffer =>
  buildTcp(flow, { flags: SYN, seq: 1, ...(options === undefined ? {} : { options }) });
const datagram = (flow: Endpoints): Buffer => buildUdp({ ...flow, data: Buffer.from('hello') });

/** A copy with bytes changed, and the IPv4 header checksum put right again. */
function changed(
  packet: Buffer,
  ...changes: readonly (readonly [at: number, byte: number])[]
): Buffer {
  const copy = Buffer.from(packet);
  for (const [at, byte] of changes) copy[at] = byte;
  if (copy[0]! >> 4 !== 4) return copy;
  copy.writeUInt16BE(0, 10);
  copy.writeUInt16BE(checksum(copy.subarray(0, 20)), 10);
  return copy;
}

/** An IPv6 packet with an extension header (RFC 8200 4) in front of its body. */
function extended(packet: Buffer, kind: number, header: Buffer): Buffer {
  const copy = Buffer.concat([packet.subarray(0, 40), header, packet.subarray(40)]);
  copy[40] = packet[6]!;
  copy[6] = kind;
  copy.writeUInt16BE(copy.length - 40, 4);
  return copy;
}

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;

const cases: Readonly<Record<string, Readonly<Record<string, Buffer>>>> = {
  malformed: {
    'an ICMP message that is cut short': buildIp(
      appAddress[4],
      farAddress[4],
      ICMP,
      Buffer.from([8, 0, 0, 0]),
      2,
    ),
    'an ICMPv6 message that is cut short': buildIp(
      appAddress[6],
      farAddress[6],
      ICMP6,
      Buffer.from([128, 0, 0, 0]),
      2,
    ),
    'a single byte': Buffer.from([0x45]),
    'no IP version at all': Buffer.alloc(40),
    'IP version 5': changed(syn(flow4), [0, 0x55]),
    'an IPv4 header of 16 bytes': changed(syn(flow4), [0, 0x44]),
    'an IPv4 header that is cut short': syn(flow4).subarray(0, 19),
    'an IPv4 header checksum that is wrong': Buffer.from(syn(flow4)).fill(63, 8, 9),
    'a total length beyond the packet': changed(syn(flow4), [3, 255]),
    'a total length inside the header': changed(syn(flow4), [3, 10]),
    'IPv4 options that leave no room for TCP': changed(syn(flow4), [0, 0x4a]),
    'an IPv6 header that is cut short': syn(flow6).subarray(0, 39),
    'an IPv6 payload length beyond the packet': changed(syn(flow6), [4, 1]),
    'a TCP header that is cut short': changed(syn(flow4), [3, 39]),
    'a TCP data offset below five words': changed(syn(flow4), [32, 0x40]),
    'a TCP data offset beyond the packet': changed(syn(flow4), [32, 0x60]),
    'a TCP option without its length': syn(flow4, Buffer.from([1, 1, 1, 2])),
    'a TCP option longer than the header': syn(flow4, Buffer.from([2, 5, 5, 180])),
    'a TCP option of length zero': syn(flow4, Buffer.from([8, 0, 0, 0])),
    'TCP from port 0': syn({ ...flow4, srcPort: 0 }),
    'TCP to port 0': syn({ ...flow6, dstPort: 0 }),
    'a UDP header that is cut short': changed(datagram(flow4), [3, 27]),
    'a UDP length below its header': changed(datagram(flow4), [25, 7]),
    'a UDP length beyond the packet': changed(datagram(flow6), [45, 200]),
    'an extension header beyond the packet': extended(
      syn(flow6),
      HOP_BY_HOP,
      Buffer.from([0, 200, 1, 4, 0, 0, 0, 0]),
    ),
    'a routing header with stops left': extended(
      syn(flow6),
      ROUTING,
      Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]),
    ),
  },
  badChecksum: {
    'a TCP checksum that is wrong': changed(syn(flow4), [37, 1]),
    'a TCP checksum that is wrong over IPv6': changed(syn(flow6), [57, 1]),
    'a UDP checksum that is wrong': changed(datagram(flow4), [27, 1], [26, 1]),
    'a UDP datagram over IPv6 without checksum': changed(datagram(flow6), [46, 0], [47, 0]),
    'another source address than was summed': changed(syn(flow4), [15, 9]),
  },
  fragments: {
    'the first fragment': changed(datagram(flow4), [6, 0x20]),
    'a later fragment': changed(datagram(flow4), [7, 0x10]),
    'an IPv6 fragment': extended(datagram(flow6), FRAGMENT, Buffer.from([0, 0, 0, 1, 0, 0, 0, 9])),
  },
  badAddress: {
    'from loopback': syn({ ...flow4, src: '127.0.0.1' }),
    'from IPv6 loopback': datagram({ ...flow6, src: '::1' }),
    'from nobody': datagram({ ...flow4, src: '0.0.0.0' }),
    'from multicast': syn({ ...flow4, src: '224.0.0.1' }),
    'from broadcast': datagram({ ...flow4, src: '255.255.255.255' }),
    'from IPv6 multicast': datagram({ ...flow6, src: 'ff02::1' }),
    'TCP to multicast': syn({ ...flow4, dst: '239.1.2.3' }),
    'TCP to broadcast': syn({ ...flow4, dst: '255.255.255.255' }),
    'TCP to IPv6 multicast': syn({ ...flow6, dst: 'ff02::1' }),
    'TCP to nobody': syn({ ...flow6, dst: '::' }),
  },
  otherProtocol: {
    SCTP: buildIp(appAddress[4], farAddress[4], 132, Buffer.alloc(12), 8),
  },
};

for (const [counter, packets] of Object.entries(cases)) {
  for (const [what, packet] of Object.entries(packets)) {
    test(`${what}: counted as ${counter}, and nothing else happens`, async (t) => {
      const lab = new StackLab(t);
      lab.machine.send(packet);
      await lab.machine.barrier();
      assert.equal(lab.stack.counters()[counter], 1);
      assert.equal(lab.stack.counters()['packetsOut'], 1, 'the answer to the barrier');
      assert.equal(lab.waitingFlows + lab.waitingPeers, 0);
    });
  }
}

for (const [what, packet] of Object.entries({
  'bytes behind the IP packet': Buffer.concat([syn(flow4), Buffer.alloc(6)]),
  'an IPv6 hop-by-hop header': extended(
    syn(flow6),
    HOP_BY_HOP,
    Buffer.from([0, 0, 1, 4, 0, 0, 0, 0]),
  ),
  'a routing header whose stops were all made': extended(syn(flow6), ROUTING, Buffer.alloc(8)),
  'an unknown TCP option': syn(flow4, Buffer.from([254, 4, 1, 2])),
})) {
  test(`${what}: no harm`, async (t) => {
    const lab = new StackLab(t);
    lab.machine.send(packet);
    await lab.nextFlow();
  });
}

test('a UDP datagram over IPv4 may go without checksum', async (t) => {
  const lab = new StackLab(t);
  lab.machine.send(changed(datagram(flow4), [26, 0], [27, 0]));
  await lab.nextPeer();
});

test('a flood of broken packets harms no connection', async (t) => {
  const lab = new StackLab(t);
  const { client, stream } = await lab.open(4);
  const whole = buildIp(flow4.src, flow4.dst, TCP, Buffer.alloc(60), 16);
  for (let size = 1; size < whole.length; size += 1) lab.machine.send(whole.subarray(0, size));
  stream.write('unharmed');
  assert.equal(String(await client.read(8)), 'unharmed');
});
