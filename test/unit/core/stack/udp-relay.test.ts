/** Datagrams behind SOCKS5 headers (RFC 1928 section 7). */
import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import type { Family } from '../../../packets/address.ts';
import { addressBytes } from '../../../packets/address.ts';
import { buildUdp, parseUdp } from '../../../packets/udp.ts';
import { appAddress, farAddress, families, StackLab, unbound } from './stack-lab.ts';

const atyp: Readonly<Record<Family, number>> = { 4: 1, 6: 4 };

for (const family of families) {
  test(`IPv${family}: a datagram travels to the relay behind its destination`, async (t) => {
    const { lab, relay } = await openRelay(t, family);
    const [bytes, from] = await relay.heard;
    const header = headerOf(family, farAddress[family], 3478);
    assert.deepEqual(bytes, Buffer.concat([header, Buffer.from('question')]));

    // From whoever the relay says it is.
    const other = family === 4 ? '203.0.113.7' : '2001:db8:7::7';
    relay.send(Buffer.concat([headerOf(family, other, 9999), Buffer.from('answer')]), from);
    const packet = parseUdp(await lab.machine.next());
    assert.deepEqual([packet.src, packet.srcPort, String(packet.data)], [other, 9999, 'answer']);
    assert.deepEqual([packet.dst, packet.dstPort], [appAddress[family], 4000]);
  });
}

const bad: Readonly<Record<string, Buffer>> = {
  'no header': Buffer.alloc(0),
  'a header that is cut short': headerOf(4, farAddress[4], 53).subarray(0, 9),
  'an IPv6 header that is cut short': headerOf(6, farAddress[6], 53).subarray(0, 21),
  'a fragment': Buffer.from([0, 0, 1, 1, 198, 51, 100, 1, 0, 53]),
  'a domain name': Buffer.from([0, 0, 0, 3, 1, 65, 0, 53]),
  'an unknown kind of address': Buffer.from([0, 0, 0, 9, 1, 1, 1, 1, 0, 53]),
  'port 0': headerOf(4, farAddress[4], 0),
  'an address of the other family': headerOf(6, farAddress[6], 53),
};

for (const [what, header] of Object.entries(bad)) {
  test(`a relayed datagram with ${what} is counted and dropped`, async (t) => {
    const { lab, relay } = await openRelay(t, 4);
    const [, from] = await relay.heard;
    relay.send(header, from);
    relay.send(Buffer.concat([headerOf(4, farAddress[4], 53), Buffer.from('good')]), from);
    assert.equal(String(parseUdp(await lab.machine.next()).data), 'good');
    assert.equal(lab.stack.counters()['udpBadReply'], 1);
  });
}

test('only the relay is heard', async (t) => {
  const { lab, relay } = await openRelay(t, 4);
  const [, from] = await relay.heard;
  const stranger = createSocket('udp4');
  t.after(() => stranger.close());
  const message = Buffer.concat([headerOf(4, farAddress[4], 53), Buffer.from('forged')]);
  await new Promise((resolve) => stranger.send(message, from.port, from.address, resolve));
  relay.send(Buffer.concat([headerOf(4, farAddress[4], 53), Buffer.from('true')]), from);
  assert.equal(String(parseUdp(await lab.machine.next()).data), 'true');
  await lab.machine.barrier();
  assert.equal(lab.machine.waiting, 0);
});

function headerOf(family: Family, address: string, port: number): Buffer {
  const head = Buffer.from([0, 0, 0, atyp[family]]);
  return Buffer.concat([head, addressBytes(address), Buffer.from([port >> 8, port & 255])]);
}

interface Relay {
  /** The first message. */
  readonly heard: Promise<[bytes: Buffer, from: RemoteInfo]>;
  send(bytes: Buffer, to: RemoteInfo): void;
}

/** A stack whose application has sent `question` to the far address, port 3478, through a relay. */
async function openRelay(
  t: TestContext,
  family: Family,
): Promise<{ readonly lab: StackLab; readonly relay: Relay }> {
  const lab = new StackLab(t);
  const socket: Socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  t.after(() => socket.close());
  const heard = once(socket, 'message') as Promise<[Buffer, RemoteInfo]>;
  const target = { dst: farAddress[family], dstPort: 3478 };
  const data = Buffer.from('question');
  lab.machine.send(buildUdp({ src: appAddress[family], srcPort: 4000, ...target, data }));
  const { session } = await lab.nextPeer();
  const { port } = socket.address();
  const own = session.openSocket(family, unbound, { address: '127.0.0.1', port });
  session.route(target.dst, target.dstPort, own);
  return {
    lab,
    relay: { heard, send: (bytes, to) => socket.send(bytes, to.port, to.address) },
  };
}
