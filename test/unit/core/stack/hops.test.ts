/** Packets whose way ends here, as traceroute and tracepath send them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildEchoRequest, parseTimeExceeded, parseUnreachable } from '../../../packets/icmp.ts';
import { withHopLimit } from '../../../packets/ip.ts';
import { buildTcp, SYN } from '../../../packets/tcp.ts';
import { appAddress, farAddress, families, StackLab } from './stack-lab.ts';
import { datagram } from './udp-loopback.ts';

const hops = { 4: '198.18.0.2', 6: 'fdfe:dcba:9876::2' } as const;
const settings = {
  echo: 'reply',
  hop4: hops[4],
  hop6: hops[6],
  refuseIpv6: false,
  broadcast4: '',
  endpointIndependentNat: true,
} as const;

for (const family of families) {
  test(`IPv${family}: a hop limit that ends here is told by the tunnel's other end`, async (t) => {
    const lab = new StackLab(t);
    lab.stack.configure(settings);
    const [src, dst] = [appAddress[family], farAddress[family]];
    const packets = [
      buildTcp({ src, srcPort: 9, dst, dstPort: 80 }, { flags: SYN, seq: 1 }),
      datagram(family, { dstPort: 443 }, 'x'),
      buildEchoRequest({ src, dst, id: 1, seq: 1, data: Buffer.from('x') }),
    ];
    for (const packet of packets) {
      for (const limit of [1, 0]) {
        const sent = withHopLimit(packet, limit);
        lab.machine.send(sent);
        const error = await lab.machine.next();
        assert.deepEqual([error.src, error.dst], [hops[family], src]);
        const { code, quoted } = parseTimeExceeded(error);
        assert.equal(code, 0);
        assert.deepEqual(quoted, sent);
      }
    }
    assert.equal(lab.waitingFlows + lab.waitingPeers, 0);
    assert.equal(lab.stack.counters()['hopsExceeded'], 6);
  });

  test(`IPv${family}: the second hop is the destination`, async (t) => {
    const lab = new StackLab(t);
    lab.stack.configure(settings);
    for (const dstPort of [33434, 33534, 44444, 44544]) {
      lab.machine.send(withHopLimit(datagram(family, { dstPort }, 'probe'), 2));
      const error = await lab.machine.next();
      assert.equal(error.src, farAddress[family]);
      assert.equal(parseUnreachable(error).code, family === 4 ? 3 : 4);
    }
    assert.equal(lab.stack.counters()['probesAnswered'], 4);
    // Other ports, and senders that mean it, are flows like all others.
    lab.machine.send(withHopLimit(datagram(family, { dstPort: 33533 }, 'x'), 64));
    assert.equal((await lab.nextPeer()).dstPort, 33533);
    lab.machine.send(withHopLimit(datagram(family, { dstPort: 33535 }, 'x'), 2));
    assert.equal((await lab.nextPeer()).dstPort, 33535);
  });
}

test('of what goes to many nothing is told', async (t) => {
  const lab = new StackLab(t);
  lab.stack.configure(settings);
  lab.machine.send(withHopLimit(datagram(4, { dst: '239.255.255.250', dstPort: 1900 }, 'x'), 1));
  assert.equal((await lab.nextPeer()).dst, '239.255.255.250');
  assert.equal(lab.machine.waiting, 0);
});

test('without an address to tell it from nothing is told', async (t) => {
  const lab = new StackLab(t);
  lab.machine.send(withHopLimit(datagram(4, {}, 'x'), 1));
  await lab.machine.barrier();
  assert.equal(lab.machine.waiting, 0);
  assert.equal(lab.stack.counters()['hopsExceeded'], 1);
});

test('errors have a limit', async (t) => {
  const lab = new StackLab(t);
  lab.stack.configure(settings);
  for (let n = 0; n < 3500; n += 1) lab.machine.send(withHopLimit(datagram(4, {}, 'x'), 1));
  await lab.machine.barrier();
  const { hopsExceeded, icmpSuppressed } = lab.stack.counters();
  assert.equal(hopsExceeded, 3500);
  assert.ok(icmpSuppressed! > 0);
  assert.equal(lab.machine.waiting + icmpSuppressed!, 3500);
});
