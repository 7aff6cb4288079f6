/** Captured echo requests: answered, dropped, or sent on to a real host. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StackSettings } from '../../../../core/native/binding.d.ts';
import {
  buildEchoRequest,
  type Echo,
  parseEchoReply,
  parseUnreachable,
} from '../../../packets/icmp.ts';
import type { Family } from '../../../packets/address.ts';
import { ICMP, ICMP6 } from '../../../packets/ip.ts';
import { appAddress, farAddress, families, loopback, StackLab, unbound } from './stack-lab.ts';

const settings: StackSettings = {
  echo: 'reply',
  refuseIpv6: false,
  hop4: '198.18.0.2',
  hop6: 'fdfe:dcba:9876::2',
  broadcast4: '198.18.0.3',
  endpointIndependentNat: true,
};

function echo(family: Family, seq: number, fields: Partial<Echo> = {}): Echo {
  const data = Buffer.from(`payload ${seq}`);
  return { src: appAddress[family], dst: farAddress[family], id: 0x1234, seq, data, ...fields };
}

function reverse(request: Echo): Echo {
  return { ...request, src: request.dst, dst: request.src };
}

for (const family of families) {
  test(`IPv${family}: any address answers with the same id, number and payload`, async (t) => {
    const lab = new StackLab(t);
    lab.stack.configure(settings);
    for (const data of [Buffer.alloc(0), Buffer.from('odd'), Buffer.alloc(1400, 7)]) {
      const request = echo(family, data.length, { data });
      lab.machine.send(buildEchoRequest(request));
      assert.deepEqual(parseEchoReply(await lab.machine.next()), reverse(request));
    }
    assert.equal(lab.stack.counters()['echoAnswered'], 3);
  });

  test(`IPv${family}: nothing answers while echo is off`, async (t) => {
    const lab = new StackLab(t);
    lab.machine.send(buildEchoRequest(echo(family, 1)));
    lab.stack.configure({ ...settings, echo: 'off' });
    lab.machine.send(buildEchoRequest(echo(family, 2)));
    await lab.machine.barrier();
    assert.equal(lab.machine.waiting, 0);
    assert.equal(lab.stack.counters()['echoDropped'], 2);
  });

  test(`IPv${family}: what TypeScript lets through asks a real host, whose replies are the destination's`, async (t) => {
    const lab = new StackLab(t);
    lab.stack.configure({ ...settings, echo: 'direct' });
    const requests = [echo(family, 1), echo(family, 2)];
    for (const request of requests) lab.machine.send(buildEchoRequest(request));
    const session = await lab.nextEcho();
    assert.deepEqual([session.src, session.dst], [appAddress[family], farAddress[family]]);
    session.route(loopback[family], unbound);
    for (const request of requests) {
      assert.deepEqual(parseEchoReply(await lab.machine.next()), reverse(request));
    }
    // From now on without being asked.
    lab.machine.send(buildEchoRequest(echo(family, 3)));
    assert.equal(parseEchoReply(await lab.machine.next()).seq, 3);
    session.close();
    await lab.machine.barrier();
    assert.deepEqual(lab.closedEchoes, [{ session, counts: { received: 27, sent: 27 } }]);
  });

  test(`IPv${family}: TypeScript may refuse an echo session, or answer in its place`, async (t) => {
    const lab = new StackLab(t);
    lab.stack.configure({ ...settings, echo: 'direct' });
    lab.machine.send(buildEchoRequest(echo(family, 1)));
    (await lab.nextEcho()).refuse('prohibited');
    const packet = await lab.machine.next();
    assert.equal(packet.protocol, family === 4 ? ICMP : ICMP6);
    assert.equal(parseUnreachable(packet).code, family === 4 ? 13 : 1);
    // Another id is another program.
    lab.machine.send(buildEchoRequest(echo(family, 1, { id: 9 })));
    (await lab.nextEcho()).reply();
    assert.equal(parseEchoReply(await lab.machine.next()).id, 9);
    assert.equal(lab.stack.counters()['echoRefused'], 1);
  });

  test(`IPv${family}: a target of the other family is an error`, async (t) => {
    const lab = new StackLab(t);
    lab.stack.configure({ ...settings, echo: 'direct' });
    lab.machine.send(buildEchoRequest(echo(family, 1)));
    const session = await lab.nextEcho();
    const other = loopback[family === 4 ? 6 : 4];
    assert.throws(() => session.route(other, unbound), { code: 'EAFNOSUPPORT' });
    assert.throws(() => session.route('example.com', unbound), { code: 'EINVAL' });
  });
}

test('nothing that is for many is answered', async (t) => {
  const lab = new StackLab(t);
  lab.stack.configure(settings);
  const groups = ['224.0.0.1', '255.255.255.255', '198.18.0.3', '0.0.0.0'];
  for (const dst of groups) lab.machine.send(buildEchoRequest(echo(4, 1, { dst })));
  for (const dst of ['ff02::1', 'ff05::2', '::']) {
    lab.machine.send(buildEchoRequest(echo(6, 1, { dst })));
  }
  await lab.machine.barrier();
  assert.equal(lab.machine.waiting, 0);
  assert.equal(lab.stack.counters()['echoDropped'], 7);
});

test('what is no request is not answered', async (t) => {
  const lab = new StackLab(t);
  lab.stack.configure(settings);
  // A reply, a timestamp request, an unreachable; over IPv6 a router solicitation.
  for (const type of [0, 13, 3]) {
    const packet = buildEchoRequest(echo(4, 1));
    packet[20] = type;
    // The checksum over 16-bit words changes by what the type does.
    packet.writeUInt16BE((packet.readUInt16BE(22) + ((8 - type) << 8)) % 0xffff, 22);
    lab.machine.send(packet);
  }
  await lab.machine.barrier();
  assert.equal(lab.machine.waiting, 0);
  assert.equal(lab.stack.counters()['otherProtocol'], 3);
});

test('a wrong checksum is not answered', async (t) => {
  const lab = new StackLab(t);
  lab.stack.configure(settings);
  for (const family of families) {
    const packet = buildEchoRequest(echo(family, 1));
    packet[packet.length - 1]! ^= 1;
    lab.machine.send(packet);
  }
  await lab.machine.barrier();
  assert.equal(lab.machine.waiting, 0);
  assert.equal(lab.stack.counters()['badChecksum'], 2);
});

test('a flood is answered up to a limit', async (t) => {
  const lab = new StackLab(t);
  lab.stack.configure(settings);
  const request = buildEchoRequest(echo(4, 1));
  for (let n = 0; n < 4000; n += 1) lab.machine.send(request);
  await lab.machine.barrier();
  const { echoAnswered, echoDropped } = lab.stack.counters();
  assert.equal(echoAnswered! + echoDropped!, 4000);
  assert.ok(echoDropped! > 0);
});

test('echo sessions are bounded', async (t) => {
  const lab = new StackLab(t);
  lab.stack.configure({ ...settings, echo: 'direct' });
  for (let id = 0; id < 1100; id += 1) lab.machine.send(buildEchoRequest(echo(4, 1, { id })));
  await lab.machine.barrier();
  const { echoSessionsNow, echoDropped } = lab.stack.counters();
  assert.deepEqual([echoSessionsNow, echoDropped], [1024, 76]);
});

test('without IPv6 its pings are told at once that there is no way, and those of IPv4 are answered', async (t) => {
  const lab = new StackLab(t);
  lab.stack.configure({ ...settings, refuseIpv6: true });
  lab.machine.send(buildEchoRequest(echo(6, 1)));
  // RFC 4443 section 3.1: no route to destination.
  assert.equal(parseUnreachable(await lab.machine.next()).code, 0);
  lab.machine.send(buildEchoRequest(echo(4, 2)));
  assert.equal(parseEchoReply(await lab.machine.next()).seq, 2);
  assert.equal(lab.stack.counters()['echoRefused'], 1);
});
