/** The code point of a flow's first packet (RFC 2474 3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withDscp } from '../../../packets/ip.ts';
import { buildTcp, SYN } from '../../../packets/tcp.ts';
import { appAddress, farAddress, families, StackLab } from './stack-lab.ts';
import { datagram } from './udp-loopback.ts';

for (const family of families) {
  for (const dscp of [0, 46, 63]) {
    test(`IPv${family}: code point ${dscp} of a SYN and of a datagram is told`, async (t) => {
      const lab = new StackLab(t);
      const flow = { src: appAddress[family], srcPort: 9, dst: farAddress[family], dstPort: 80 };
      lab.machine.send(withDscp(buildTcp(flow, { flags: SYN, seq: 1 }), dscp));
      assert.equal((await lab.nextFlow()).dscp, dscp);
      lab.machine.send(withDscp(datagram(family, {}, 'x'), dscp));
      assert.equal((await lab.nextPeer()).dscp, dscp);
    });
  }
}
