/** Destinations that are led somewhere else: to another address, or to a name behind a relay. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { UdpTarget } from '../../../../core/native/binding.d.ts';
import type { SessionSocket, UdpSession } from '../../../../core/stack/udp-session.ts';
import type { Family } from '../../../packets/address.ts';
import { appAddress, farAddress, families, loopback, StackLab, unbound } from './stack-lab.ts';
import {
  answer,
  appPort,
  datagram,
  type Heard,
  relayHeader,
  route,
  UdpServer,
} from './udp-loopback.ts';

const name = 'www.example.com';
const stranger: Readonly<Record<Family, string>> = { 4: '203.0.113.7', 6: '2001:db8:7::7' };

for (const family of families) {
  test(`IPv${family}: what another address answers seems to come from where the application sent`, async (t) => {
    const lab = new StackLab(t);
    const server = await UdpServer.open(t, family);
    lab.machine.send(datagram(family, { dstPort: 443 }, 'question'));
    const { session, dst, dstPort } = await lab.nextPeer();
    const socket = session.openSocket(family, unbound, null);
    session.route(dst, dstPort, socket, { host: loopback[family], port: server.port });
    const { text, from } = await server.next();
    assert.equal(text, 'question');
    server.answer('answer', from);
    assert.deepEqual(await answer(lab), {
      from: `${farAddress[family]} 443`,
      to: `${appAddress[family]} ${appPort}`,
      text: 'answer',
    });
    // Who answers otherwise is shown as himself.
    const other = await UdpServer.open(t, family);
    other.answer('hello', from);
    assert.equal((await answer(lab)).from, `${loopback[family]} ${other.port}`);
  });

  test(`IPv${family}: a name travels to the relay, whose answers are the name's`, async (t) => {
    const { lab, relay, heard } = await toName(t, family);
    assert.deepEqual(
      heard.bytes,
      Buffer.concat([relayHeader(name, 443), Buffer.from('question 0')]),
    );
    // Most relays answer with the address they found; from now on it is that of the name.
    for (const text of ['first', 'second']) {
      relay.answer(
        Buffer.concat([relayHeader(stranger[family], 443), Buffer.from(text)]),
        heard.from,
      );
      assert.deepEqual(await answer(lab), {
        from: `${farAddress[family]} 443`,
        to: `${appAddress[family]} ${appPort}`,
        text,
      });
    }
    // Others are shown as themselves: the name has its address.
    const third = family === 4 ? '203.0.113.9' : '2001:db8:9::9';
    relay.answer(Buffer.concat([relayHeader(third, 443), Buffer.from('third')]), heard.from);
    assert.equal((await answer(lab)).from, `${third} 443`);
  });
}

test('a relay may answer with the name', async (t) => {
  const { lab, relay, heard } = await toName(t, 4);
  relay.answer(
    Buffer.concat([relayHeader(name.toUpperCase(), 443), Buffer.from('one')]),
    heard.from,
  );
  assert.equal((await answer(lab)).from, `${farAddress[4]} 443`);
  // So nobody else is taken for it.
  relay.answer(Buffer.concat([relayHeader(stranger[4], 443), Buffer.from('two')]), heard.from);
  assert.equal((await answer(lab)).from, `${stranger[4]} 443`);
  // The same name on another port was never spoken to.
  relay.answer(Buffer.concat([relayHeader(name, 444), Buffer.from('three')]), heard.from);
  relay.answer(Buffer.concat([relayHeader(name, 443), Buffer.from('four')]), heard.from);
  assert.equal((await answer(lab)).text, 'four');
  assert.equal(lab.stack.counters()['udpBadReply'], 1);
});

test('an answer from another port, or from whom the session speaks to, is not the name', async (t) => {
  const { lab, relay, heard, session, socket } = await toName(t, 4);
  relay.answer(Buffer.concat([relayHeader(stranger[4], 80), Buffer.from('one')]), heard.from);
  assert.equal((await answer(lab)).from, `${stranger[4]} 80`);
  lab.machine.send(datagram(4, { dst: stranger[4], dstPort: 443 }, 'to him'));
  const peer = await lab.nextPeer();
  session.route(peer.dst, peer.dstPort, socket);
  await relay.next();
  relay.answer(Buffer.concat([relayHeader(stranger[4], 443), Buffer.from('two')]), heard.from);
  assert.equal((await answer(lab)).from, `${stranger[4]} 443`);
});

test('names of one port are told apart by the order in which they were asked', async (t) => {
  const { lab, relay, heard } = await toName(t, 4, ['one.example', 'two.example']);
  for (const [index, from] of ['203.0.113.1', '203.0.113.2'].entries()) {
    relay.answer(Buffer.concat([relayHeader(from, 443), Buffer.from('x')]), heard.from);
    assert.equal((await answer(lab)).from, `198.51.100.${index + 1} 443`);
  }
});

test('a destination that is routed again forgets its earlier target', async (t) => {
  const { lab, relay, heard, session, socket } = await toName(t, 4);
  relay.answer(Buffer.concat([relayHeader(stranger[4], 443), Buffer.from('one')]), heard.from);
  assert.equal((await answer(lab)).from, `${farAddress[4]} 443`);
  session.route(farAddress[4], 443, socket, { host: '192.0.2.8', port: 9 });
  relay.answer(Buffer.concat([relayHeader(stranger[4], 443), Buffer.from('two')]), heard.from);
  assert.equal((await answer(lab)).from, `${stranger[4]} 443`);
  relay.answer(Buffer.concat([relayHeader('192.0.2.8', 9), Buffer.from('three')]), heard.from);
  assert.equal((await answer(lab)).from, `${farAddress[4]} 443`);
});

test('the longest name fits, a longer one does not, and without a relay none does', async (t) => {
  const lab = new StackLab(t);
  const relay = await UdpServer.open(t, 4);
  lab.machine.send(datagram(4, { dstPort: 443 }, 'x'));
  const { session, dst, dstPort } = await lab.nextPeer();
  const direct = session.openSocket(4, unbound, null);
  const relayed = session.openSocket(4, unbound, { address: '127.0.0.1', port: relay.port });
  const longest = 'a'.repeat(255);
  assert.equal(session.route(dst, dstPort, direct, { host: longest, port: 443 }), false);
  assert.equal(session.route(dst, dstPort, relayed, { host: `${longest}a`, port: 443 }), false);
  assert.equal(session.route(dst, dstPort, relayed, { host: '', port: 443 }), false);
  assert.equal(session.route(dst, dstPort, relayed, { host: longest, port: 443 }), true);
  const expected = Buffer.concat([relayHeader(longest, 443), Buffer.from('x')]);
  assert.deepEqual((await relay.next()).bytes, expected);
});

test('what waits can be looked at, and more is told of', async (t) => {
  const lab = new StackLab(t);
  const server = await UdpServer.open(t, 4);
  const to = { dst: loopback[4], dstPort: server.port };
  lab.machine.send(datagram(4, to, 'one'));
  const peer = await lab.nextPeer();
  lab.machine.send(datagram(4, to, 'two'));
  await lab.machine.barrier();
  const waiting = (): string[] => peer.session.waiting(peer.dst, peer.dstPort).map(String);
  assert.deepEqual([waiting(), lab.more], [['one', 'two'], []]);
  lab.machine.send(datagram(4, to, 'three'));
  await lab.machine.barrier();
  assert.deepEqual([waiting(), lab.more], [['one', 'two', 'three'], [`${to.dst} ${to.dstPort}`]]);
  route(peer, 4);
  for (const text of ['one', 'two', 'three']) assert.equal((await server.next()).text, text);
  assert.deepEqual([waiting(), lab.more.length], [[], 1]);
});

for (const family of families) {
  test(`IPv${family}: TypeScript may be the other end`, async (t) => {
    const lab = new StackLab(t);
    lab.machine.send(datagram(family, {}, 'query 1'));
    const { session, dst, dstPort } = await lab.nextPeer();
    session.toScript(dst, dstPort);
    lab.machine.send(datagram(family, {}, 'query 2'));
    for (const query of ['query 1', 'query 2']) {
      const heard = await lab.nextScripted();
      assert.deepEqual([heard.session, heard.dst, heard.dstPort], [session, dst, dstPort]);
      assert.equal(String(heard.bytes), query);
      assert.equal(session.send(dst, dstPort, Buffer.from(`answer to ${query}`)), true);
      assert.deepEqual(await answer(lab), {
        from: `${farAddress[family]} 53`,
        to: `${appAddress[family]} ${appPort}`,
        text: `answer to ${query}`,
      });
    }
    // An address of the other family cannot be shown.
    assert.equal(session.send(farAddress[family === 4 ? 6 : 4], 53, Buffer.from('x')), false);
    session.close();
    assert.equal(session.send(dst, dstPort, Buffer.from('too late')), false);
  });
}

interface Named {
  readonly lab: StackLab;
  readonly relay: UdpServer;
  readonly session: UdpSession;
  readonly socket: SessionSocket;
  /** The first datagram of the application. */
  readonly heard: Heard;
}

/** A session whose destinations, port 443 of consecutive addresses, are names to the relay. */
async function toName(
  t: TestContext,
  family: Family,
  names: readonly string[] = [name],
): Promise<Named> {
  const lab = new StackLab(t);
  const relay = await UdpServer.open(t, 4);
  let session: UdpSession | null = null;
  let socket: SessionSocket | null = null;
  const heard: Heard[] = [];
  for (const [index, host] of names.entries()) {
    const dst = farAddress[family].replace(/1$/, String(index + 1));
    lab.machine.send(datagram(family, { dst, dstPort: 443 }, `question ${index}`));
    const peer = await lab.nextPeer();
    session = peer.session;
    socket ??= session.openSocket(4, unbound, { address: '127.0.0.1', port: relay.port });
    const target: UdpTarget = { host, port: 443 };
    assert.equal(session.route(peer.dst, peer.dstPort, socket, target), true);
    heard.push(await relay.next());
  }
  return { lab, relay, session: session!, socket: socket!, heard: heard[0]! };
}
