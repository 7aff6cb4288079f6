import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Refusal } from '../../../../core/native/binding.d.ts';
import type { Family } from '../../../packets/address.ts';
import { parseUnreachable } from '../../../packets/icmp.ts';
import { ICMP, ICMP6 } from '../../../packets/ip.ts';
import { appAddress, farAddress, families, loopback, StackLab, unbound } from './stack-lab.ts';
import { answer, appPort, datagram, route, UdpServer } from './udp-loopback.ts';

for (const family of families) {
  test(`IPv${family}: a datagram waits for its route, and the answer comes back`, async (t) => {
    const lab = new StackLab(t);
    const server = await UdpServer.open(t, family);
    send(lab, family, server, 'ping');
    const peer = await lab.nextPeer();
    assert.deepEqual(
      [peer.session.src, peer.session.srcPort, peer.dst, peer.dstPort],
      [appAddress[family], appPort, loopback[family], server.port],
    );
    route(peer, family);
    const { text, from } = await server.next();
    assert.equal(text, 'ping');
    server.answer('pong', from);
    assert.deepEqual(await answer(lab), {
      from: `${loopback[family]} ${server.port}`,
      to: `${appAddress[family]} ${appPort}`,
      text: 'pong',
    });
  });

  test(`IPv${family}: one source talks to many destinations from one port`, async (t) => {
    const lab = new StackLab(t);
    const [one, two] = [await UdpServer.open(t, family), await UdpServer.open(t, family)];
    send(lab, family, one, 'to one');
    const first = await lab.nextPeer();
    const socket = route(first, family);
    send(lab, family, two, 'to two');
    const second = await lab.nextPeer();
    assert.equal(second.session, first.session);
    second.session.route(second.dst, second.dstPort, socket);
    const ports = [(await one.next()).from.port, (await two.next()).from.port];
    assert.equal(ports[0], ports[1]);
    assert.equal(lab.stack.counters()['udpSessionsOpened'], 1);
  });

  test(`IPv${family}: a third party that learned of the port may answer`, async (t) => {
    const lab = new StackLab(t);
    const [server, stranger] = [await UdpServer.open(t, family), await UdpServer.open(t, family)];
    send(lab, family, server, 'register');
    route(await lab.nextPeer(), family);
    const { from } = await server.next();
    stranger.answer('hello from elsewhere', from);
    assert.deepEqual(await answer(lab), {
      from: `${loopback[family]} ${stranger.port}`,
      to: `${appAddress[family]} ${appPort}`,
      text: 'hello from elsewhere',
    });
  });

  test(`IPv${family}: the largest datagrams pass both ways`, async (t) => {
    const lab = new StackLab(t);
    const server = await UdpServer.open(t, family);
    const big = 'x'.repeat(65_000);
    send(lab, family, server, big);
    route(await lab.nextPeer(), family);
    const { text, from } = await server.next();
    assert.equal(text, big);
    server.answer(big, from);
    assert.equal((await answer(lab)).text, big);
  });

  test(`IPv${family}: a datagram from an own socket that comes back is refused`, async (t) => {
    const lab = new StackLab(t);
    const server = await UdpServer.open(t, family);
    send(lab, family, server, 'out');
    route(await lab.nextPeer(), family);
    const { from } = await server.next();
    lab.machine.send(datagram(family, { srcPort: from.port, dstPort: 53 }, 'and in again'));
    await lab.machine.barrier();
    assert.equal(lab.stack.counters()['ownFlowsRefused'], 1);
    assert.equal(lab.waitingPeers, 0);
  });
}

/** RFC 792, RFC 1812 5.2.7.1; RFC 4443 3.1. What UDP has no word for is an unreachable port. */
const codes: readonly (readonly [Refusal, Readonly<Record<Family, number>>])[] = [
  ['reset', { 4: 3, 6: 4 }],
  ['port-unreachable', { 4: 3, 6: 4 }],
  ['host-unreachable', { 4: 1, 6: 3 }],
  ['net-unreachable', { 4: 0, 6: 0 }],
  ['prohibited', { 4: 13, 6: 1 }],
];

for (const family of families) {
  for (const [how, code] of codes) {
    test(`IPv${family}: ${how} refuses what waits and all that follows`, async (t) => {
      const lab = new StackLab(t);
      lab.machine.send(datagram(family, { dstPort: 443 }, 'first'));
      const peer = await lab.nextPeer();
      peer.session.refuse(peer.dst, peer.dstPort, how);
      lab.machine.send(datagram(family, { dstPort: 443 }, 'second'));
      for (const text of ['first', 'second']) {
        const packet = await lab.machine.next();
        assert.equal(packet.protocol, family === 4 ? ICMP : ICMP6);
        assert.equal(packet.src, farAddress[family]);
        const { code: told, quoted } = parseUnreachable(packet);
        assert.equal(told, code[family]);
        assert.equal(String(quoted.subarray(-text.length)), text);
      }
      assert.equal(lab.stack.counters()['udpRefused'], 2);
      assert.equal(lab.waitingPeers, 0);
    });
  }
}

test('a long datagram is quoted as far as a router would', async (t) => {
  const lab = new StackLab(t);
  for (const family of families) {
    lab.machine.send(datagram(family, { dstPort: 443 }, 'x'.repeat(1400)));
    const peer = await lab.nextPeer();
    peer.session.refuse(peer.dst, peer.dstPort, 'port-unreachable');
    const { body } = await lab.machine.next();
    // 576 bytes in all (RFC 1812 4.3.2.3), the minimum MTU (RFC 4443 2.4 c).
    assert.equal(body.length, family === 4 ? 556 : 1240);
  }
});

test('a dropped destination hears nothing', async (t) => {
  const lab = new StackLab(t);
  lab.machine.send(datagram(4, { dstPort: 443 }, 'first'));
  const peer = await lab.nextPeer();
  peer.session.refuse(peer.dst, peer.dstPort, 'drop');
  lab.machine.send(datagram(4, { dstPort: 443 }, 'second'));
  await lab.machine.barrier();
  assert.equal(lab.machine.waiting, 0);
  assert.equal(lab.stack.counters()['udpRefused'], 2);
});

test('nothing is said of a datagram to many', async (t) => {
  const lab = new StackLab(t);
  for (const dst of ['239.255.255.250', '255.255.255.255']) {
    lab.machine.send(datagram(4, { dst, dstPort: 1900 }, 'anybody?'));
    const peer = await lab.nextPeer();
    peer.session.refuse(dst, 1900, 'port-unreachable');
  }
  lab.machine.send(datagram(6, { dst: 'ff02::fb', dstPort: 5353 }, 'anybody?'));
  const peer = await lab.nextPeer();
  peer.session.refuse('ff02::fb', 5353, 'port-unreachable');
  await lab.machine.barrier();
  assert.equal(lab.machine.waiting, 0);
  assert.equal(lab.stack.counters()['udpRefused'], 3);
});

test('datagrams that wait leave in the order they came in', async (t) => {
  const lab = new StackLab(t);
  const server = await UdpServer.open(t, 4);
  for (let n = 0; n < 10; n += 1) send(lab, 4, server, `number ${n}`);
  const peer = await lab.nextPeer();
  await lab.machine.barrier();
  assert.equal(lab.waitingPeers, 0);
  const socket = route(peer, 4);
  for (let n = 0; n < 10; n += 1) assert.equal((await server.next()).text, `number ${n}`);
  assert.deepEqual(socket.counts(), { received: 80, sent: 0 });
});

test('an empty datagram is one, too', async (t) => {
  const lab = new StackLab(t);
  const server = await UdpServer.open(t, 4);
  send(lab, 4, server, '');
  route(await lab.nextPeer(), 4);
  const { text, from } = await server.next();
  assert.equal(text, '');
  server.answer('', from);
  assert.equal((await answer(lab)).text, '');
});

test('a session that nobody uses closes with its sockets', async (t) => {
  const lab = new StackLab(t);
  const server = await UdpServer.open(t, 4);
  send(lab, 4, server, 'ping');
  const peer = await lab.nextPeer();
  const socket = route(peer, 4);
  const { from } = await server.next();
  peer.session.setTimeout(1);
  while (lab.closedSessions.length === 0) await lab.machine.barrier();
  assert.equal(lab.closedSessions[0]?.session, peer.session);
  assert.deepEqual(lab.closedSessions[0]?.counts, { received: 4, sent: 0 });
  assert.equal(lab.stack.counters()['udpSessionsNow'], 0);
  server.answer('too late', from);
  await lab.machine.barrier();
  assert.equal(lab.machine.waiting, 0);
  // The handles are stale now.
  socket.close();
  peer.session.route(peer.dst, peer.dstPort, socket);
  peer.session.close();
  await lab.machine.barrier();
  assert.equal(lab.closedSessions.length, 1);
});

test('a session that is closed is told once, and begins anew', async (t) => {
  const lab = new StackLab(t);
  lab.machine.send(datagram(4, { dstPort: 53 }, 'x'));
  const { session } = await lab.nextPeer();
  session.close();
  session.close();
  lab.machine.send(datagram(4, { dstPort: 53 }, 'x'));
  const again = await lab.nextPeer();
  assert.notEqual(again.session, session);
  assert.equal(lab.closedSessions.length, 1);
});

test('what went through a socket that is closed is asked for again', async (t) => {
  const lab = new StackLab(t);
  const server = await UdpServer.open(t, 4);
  send(lab, 4, server, 'one');
  const first = await lab.nextPeer();
  const socket = route(first, 4);
  await server.next();
  socket.close();
  first.session.route(first.dst, first.dstPort, socket);
  send(lab, 4, server, 'two');
  const second = await lab.nextPeer();
  assert.equal(second.session, first.session);
  route(second, 4);
  assert.equal((await server.next()).text, 'two');
  assert.deepEqual(socket.counts(), { received: 3, sent: 0 });
});

test('a socket of one session does not serve another', async (t) => {
  const lab = new StackLab(t);
  const server = await UdpServer.open(t, 4);
  send(lab, 4, server, 'one');
  const socket = route(await lab.nextPeer(), 4);
  await server.next();
  lab.machine.send(
    datagram(4, { srcPort: 7777, dst: loopback[4], dstPort: server.port }, 'not through there'),
  );
  const other = await lab.nextPeer();
  other.session.route(other.dst, other.dstPort, socket);
  send(lab, 4, server, 'two');
  assert.equal((await server.next()).text, 'two');
});

test('a socket that cannot be made is an error with a code', async (t) => {
  const lab = new StackLab(t);
  lab.machine.send(datagram(4, { dstPort: 53 }, 'x'));
  const { session } = await lab.nextPeer();
  assert.throws(() => session.openSocket(4, { ...unbound, device: 'nowhere0' }, null), {
    code: 'ENODEV',
  });
});

for (const family of families) {
  test(`IPv${family}: a closed port at the far end is told, and does not disturb the session`, async (t) => {
    const lab = new StackLab(t);
    const server = await UdpServer.open(t, family);
    const target = { dst: loopback[family], dstPort: 1 };
    const sent = datagram(family, target, 'into nothing');
    lab.machine.send(sent);
    const peer = await lab.nextPeer();
    const socket = route(peer, family);
    const error = await lab.machine.next();
    assert.deepEqual([error.src, error.dst], [loopback[family], appAddress[family]]);
    const { code, quoted } = parseUnreachable(error);
    assert.equal(code, family === 4 ? 3 : 4);
    // The ports, by which the application's system finds the socket, and what was sent.
    const header = family === 4 ? 20 : 40;
    assert.deepEqual(quoted.subarray(header), sent.subarray(header));
    send(lab, family, server, 'still here');
    const { session, dst, dstPort } = await lab.nextPeer();
    session.route(dst, dstPort, socket);
    const { text, from } = await server.next();
    assert.equal(text, 'still here');
    server.answer('so am I', from);
    assert.equal((await answer(lab)).text, 'so am I');
    assert.equal(lab.stack.counters()['udpErrors'], 1);
  });
}

function send(lab: StackLab, family: Family, server: UdpServer, text: string): void {
  lab.machine.send(datagram(family, { dst: loopback[family], dstPort: server.port }, text));
}
